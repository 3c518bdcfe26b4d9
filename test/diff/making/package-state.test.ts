/** A run whose packages are replaced in the store. */
import { copyFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ArtifactStore } from '../../../src/artifacts/store.ts'
import { placesOfPair } from '../../../src/diff/cache/layout.ts'
import { ArtifactRetrievalError, ArtifactsMissingError } from '../../../src/errors.ts'
import type { ResultKind, RunPair } from '../../../src/model.ts'
import { buildPackage } from '../../fixtures/packages.ts'
import { type Kit, MAKE_OPTIONS, makeKit } from '../engine-kit.ts'

const KINDS: readonly ResultKind[] = ['summary', 'debdiff', 'diffoscope']
const build = (content: string, name = 'alpha') => ({
  name,
  version: '1',
  files: { 'usr/share/x': content, 'usr/share/y': 'the same' },
})

async function madeKit(): Promise<{ kit: Kit; pair: RunPair; file: string }> {
  const kit = await makeKit()
  const pair = await kit.addPair('p', [build('one')], [build('two')])
  for (const kind of KINDS) await kit.engine.make(kind, pair, MAKE_OPTIONS)
  return { kit, pair, file: join(kit.root, 'artifacts', pair.new.id, 'alpha_1_all.deb') }
}

async function cachedKinds({ engine }: Kit, pair: RunPair): Promise<ResultKind[]> {
  const found = await Promise.all(
    KINDS.map(async (kind) => {
      const isThere = (await engine.lookup(kind, pair)) !== null
      expect(await engine.entries.has(kind, pair.old.id, pair.new.id)).toBe(isThere)
      return isThere ? [kind] : []
    }),
  )
  return found.flat()
}

/** Another package with the same name and, as the contents are of the same length, mostly the same size. */
async function otherPackage(kit: Kit, content: string): Promise<string> {
  return buildPackage(join(kit.root, `other-${content}`), build(content))
}

describe('a diff of packages that were replaced', () => {
  it.each<[string, (file: string, kit: Kit) => Promise<void>]>([
    ['in place', async (file, kit) => copyFile(await otherPackage(kit, 'six'), file)],
    [
      'in place by one of the same size and time',
      async (file, kit) => {
        const { size, atime, mtime } = await stat(file)
        const other = Buffer.alloc(size)
        await writeFile(file, other)
        await utimes(file, atime, mtime)
        await copyFile(await otherPackage(kit, 'six'), file)
        await utimes(file, atime, mtime)
      },
    ],
    ['by a rename', async (file, kit) => rename(await otherPackage(kit, 'six'), file)],
    [
      'by more packages',
      async (file, kit) => void (await buildPackage(join(file, '..'), build('six', 'beta')).then(() => kit)),
    ],
    [
      'by a package of another name',
      async (file) => {
        await buildPackage(join(file, '..'), build('six', 'beta'))
        await rm(file)
      },
    ],
  ])('is made again: %s', async (_, replace) => {
    const { kit, pair, file } = await madeKit()
    expect(await cachedKinds(kit, pair)).toEqual(KINDS)
    await replace(file, kit)
    expect(await cachedKinds(kit, pair)).toEqual([])
    for (const kind of KINDS) await kit.engine.make(kind, pair, MAKE_OPTIONS)
    const started = await kit.startedTools()
    expect(started.filter((line) => line.startsWith('debdiff'))).toHaveLength(2)
    expect(await cachedKinds(kit, pair)).toEqual(KINDS)
  })

  it('shows what the packages contain now', async () => {
    const { kit, pair, file } = await madeKit()
    await copyFile(join(kit.root, 'artifacts', pair.old.id, 'alpha_1_all.deb'), file)
    const report = await kit.engine.make('diffoscope', pair, MAKE_OPTIONS)
    expect(report.counts.nodes).toBe(1)
    const { summary } = await kit.engine.make('summary', pair, MAKE_OPTIONS)
    expect(summary.files).toEqual([])
  })

  it.each<[string, (file: string) => Promise<void>]>([
    ['that were touched', async (file) => utimes(file, new Date(0), new Date(1_000_000))],
    [
      'that were copied and moved back',
      async (file) => {
        await copyFile(file, `${file}.copy`)
        await rename(`${file}.copy`, file)
      },
    ],
    ['that were deleted', async (file) => rm(file)],
  ])('is not made again for packages %s', async (_, change) => {
    const { kit, pair, file } = await madeKit()
    await change(file)
    expect(await cachedKinds(kit, pair)).toEqual(KINDS)
  })

  it('is not made again if its stamp is that of an older version', async () => {
    const { kit, pair, file } = await madeKit()
    const { path, stampPath } = placesOfPair(kit.store.root, 'debdiff', pair.old.id, pair.new.id).own
    const { size } = await stat(path)
    await writeFile(stampPath, JSON.stringify({ sizeBytes: size }))
    await utimes(path, new Date(), new Date())
    await copyFile(await otherPackage(kit, 'six'), file)
    expect(await cachedKinds(kit, pair)).toEqual(['debdiff'])
  })
})

describe('a diff that failed', () => {
  it('is tried again when its packages were replaced, and not before', async () => {
    const kit = await makeKit({ failureTtlMs: 60_000 }, { debdiff: 'exit 3' })
    const pair = await kit.addPair('p', [build('one')], [build('two')])
    const make = () =>
      expect(kit.engine.make('debdiff', pair, MAKE_OPTIONS)).rejects.toMatchObject({
        name: 'DiffCommandError',
      })
    await make()
    await make()
    expect(await kit.startedTools()).toHaveLength(1)
    await copyFile(
      await otherPackage(kit, 'six'),
      join(kit.root, 'artifacts', pair.new.id, 'alpha_1_all.deb'),
    )
    await make()
    await make()
    expect(await kit.startedTools()).toHaveLength(2)
  })
})

describe('a store', () => {
  /** A store whose listing and checksums the test decides. */
  function storeOf(state: {
    checksum?: string
    sum?: string | null
    error?: Error
  }): ArtifactStore & { lists: number } {
    return {
      lists: 0,
      location: 'test',
      check: async () => {},
      async list(runId) {
        this.lists++
        if (state.error) throw state.error
        const { checksum } = state
        return [
          {
            runId,
            filename: 'a_1_all.deb',
            kind: 'deb',
            package: 'a',
            version: '1',
            architecture: 'all',
            sizeBytes: 5,
            ...(checksum !== undefined ? { checksum } : { changedMs: 1 }),
          },
        ]
      },
      passedOver: async () => [],
      sha256: async () => state.sum ?? null,
      fetch: async () => [],
      close: async () => {},
    }
  }

  const pair = { old: { id: 'o' }, new: { id: 'n' } } as RunPair

  async function madeWith(state: Parameters<typeof storeOf>[0]) {
    const { PackageStates } = await import('../../../src/diff/making/package-state.ts')
    const store = storeOf(state)
    const states = new PackageStates(store)
    const listed = { old: await store.list('o'), new: await store.list('n') }
    return { store, states, made: await states.of(pair, listed) }
  }

  it('with checksums needs no more than its listing', async () => {
    const state = { checksum: 'md5:1' }
    const { states, made } = await madeWith(state)
    expect(await states.isCurrent('o', 'n', made)).toBe(true)
    state.checksum = 'md5:2'
    expect(await states.isCurrent('o', 'n', made)).toBe(false)
  })

  it('is not asked for checksums that are known from making the diff', async () => {
    const { states, store } = await madeWith({ sum: 'from the store' })
    const listed = { old: await store.list('o'), new: await store.list('n') }
    const contentsOf = async (...known: Parameters<typeof states.of>[2][]) => {
      const { old, new: newer } = await states.of(pair, listed, ...known)
      return [old.contents, newer.contents]
    }
    const [asked] = await contentsOf()
    expect(await contentsOf({ old: ['from the store'], new: [null] })).toEqual([asked, asked])
    const [known, other] = await contentsOf({ old: ['of what was compared'], new: [] })
    expect(known).not.toBe(asked)
    expect(other).toBe(asked)
  })

  it('of another kind than before has the packages if names and sizes are the same', async () => {
    const state: Parameters<typeof storeOf>[0] = { sum: 'x' }
    const { states, made } = await madeWith(state)
    state.checksum = 'md5:2'
    expect(await states.isCurrent('o', 'n', made)).toBe(true)
  })

  it.each([
    ['has lost the packages', new ArtifactsMissingError('o'), 4],
    ['fails', new ArtifactRetrievalError('o'), 2],
  ])('that %s leaves the diff as it is, and is not asked for each', async (_, error, lists) => {
    const state: Parameters<typeof storeOf>[0] = { checksum: 'md5:1' }
    const { states, made, store } = await madeWith(state)
    state.error = error
    store.lists = 0
    expect(await states.isCurrent('o', 'n', made)).toBe(true)
    expect(await states.isCurrent('o', 'n', made)).toBe(true)
    expect(store.lists).toBe(lists)
  })
})
