import { appendFile, rm, truncate, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import type { StoredDebdiff } from '../../src/diff/stored/stored-debdiff.ts'
import {
  ArtifactsMissingError,
  DiffCommandError,
  DiffCommandTimeoutError,
  OverloadedError,
} from '../../src/errors.ts'
import type { DiffProgress, RunPair } from '../../src/model.ts'
import type { PackageSpec } from '../fixtures/packages.ts'
import { ASKED, eventually, type Kit, makeKit, makeRun } from './engine-kit.ts'
import { collect } from './report/model.ts'
import { LIMITS } from './tools/helpers.ts'

const pkg = (name: string, version: string, text: string): PackageSpec => ({
  name,
  version,
  files: { [`usr/share/${name}/text`]: `${text}\n` },
})
const NOTHING = { processes: [], files: [] }
const changedPair = (kit: Kit, name = 'one') =>
  kit.addPair(name, [pkg('alpha', '1', 'before')], [pkg('alpha', '2', 'after')])

async function reportOf(kit: Kit, pair: RunPair) {
  const stored = await kit.engine.make('diffoscope', pair, ASKED)
  return JSON.parse(String(await collect(stored.render('json', { filterBoring: false })))) as {
    details: { source1: string; source2: string; comments?: string[] }[]
  }
}

describe('a diff', () => {
  it('is made by the real tools, kept, and not made again', async () => {
    const kit = await makeKit()
    const pair = await changedPair(kit)
    for (const kind of ['debdiff', 'diffoscope'] as const) {
      expect(await kit.engine.lookup(kind, pair)).toBeNull()
      const made = await kit.engine.make(kind, pair, ASKED)
      expect(made.entry.verified).toBe(true)
      expect((await kit.engine.make(kind, pair, ASKED)).digest).toBe(made.digest)
      expect((await kit.engine.lookup(kind, pair))?.digest).toBe(made.digest)
    }
    expect(await kit.started()).toEqual(['debdiff alpha_2_all.deb', 'diffoscope alpha_2_all.deb'])
    expect(await kit.leftovers()).toEqual(NOTHING)
  })

  it('is made once for 100 who ask at a time', async () => {
    const kit = await makeKit()
    const pair = await changedPair(kit)
    const made = await Promise.all(
      Array.from({ length: 100 }, () => kit.engine.make('diffoscope', pair, ASKED)),
    )
    expect(new Set(made.map(({ digest }) => digest)).size).toBe(1)
    expect(await kit.started()).toHaveLength(1)
  })

  it('shares the packages with the other kind, fetched once for both', async () => {
    const kit = await makeKit()
    const pair = await changedPair(kit)
    await kit.shut()
    const both = [kit.engine.make('debdiff', pair, ASKED), kit.engine.make('diffoscope', pair, ASKED)]
    await eventually(async () => (await kit.started()).length === 2)
    await kit.open()
    await Promise.all(both)
    expect([...kit.fetches.values()]).toEqual([1, 1])
  })

  it('has an entry for each pair that differs, in name order; identical packages start no tool', async () => {
    const kit = await makeKit()
    const same = pkg('middle', '1', 'the same')
    const pair = await kit.addPair(
      'many',
      [pkg('zeta', '1', 'before'), same, pkg('alpha', '1', 'before'), pkg('removed', '1', 'x')],
      [pkg('alpha', '2', 'after'), pkg('zeta', '2', 'after'), same, pkg('added', '2', 'x')],
    )
    const { details } = await reportOf(kit, pair)
    expect(details.map(({ source1, source2, comments }) => [source1, source2, comments?.[0]])).toEqual([
      ['added_2_all.deb', 'added_2_all.deb', 'Package is only in the new run'],
      ['alpha_1_all.deb', 'alpha_2_all.deb', undefined],
      ['removed_1_all.deb', 'removed_1_all.deb', 'Package is only in the old run'],
      ['zeta_1_all.deb', 'zeta_2_all.deb', undefined],
    ])
    expect((await kit.started()).sort()).toEqual(['diffoscope alpha_2_all.deb', 'diffoscope zeta_2_all.deb'])
  })

  it('is a report without entries where nothing differs', async () => {
    const kit = await makeKit()
    const same = [pkg('alpha', '1', 'the same')]
    expect((await reportOf(kit, await kit.addPair('same', same, same))).details).toEqual([])
    expect(await kit.started()).toEqual([])
  })

  it('is made again where the kept one is damaged inside', async () => {
    const kit = await makeKit()
    const pair = await changedPair(kit)
    const { entry } = await kit.engine.make('diffoscope', pair, ASKED)
    // As long as before, so that only a reader of the report sees it.
    await writeFile(entry.path, '}'.padStart(entry.sizeBytes, '{'))
    const { details } = await reportOf(kit, pair)
    expect(details).toHaveLength(1)
    expect(await kit.started()).toHaveLength(2)
  })

  it.each([
    ['cut', (path: string, bytes: number) => truncate(path, Math.floor(bytes / 2))],
    ['replaced by a longer one', (path: string) => appendFile(path, 'and more\n')],
  ])('is no answer where it was %s after it was found: asked again, it is whole', async (_what, change) => {
    const kit = await makeKit()
    const pair = await changedPair(kit)
    const found = (await kit.engine.make('debdiff', pair, ASKED)) as StoredDebdiff
    const whole = await collect(found.render('text', { filterBoring: false }))
    await change(found.entry.path, found.entry.sizeBytes)
    for (const filterBoring of [false, true])
      for (const format of ['text', 'json'] as const)
        await expect(collect(found.render(format, { filterBoring }))).rejects.toThrow(/repeat the request/)
    await expect(found.sections(false)).rejects.toThrow(/repeat the request/)
    const again = await kit.engine.make('debdiff', pair, ASKED)
    expect(await collect(again.render('text', { filterBoring: false }))).toEqual(whole)
    expect(await kit.started()).toHaveLength(2)
  })

  it.each(['cut', 'written over'])(
    'as JSON is no answer where it was %s after it was found',
    async (what) => {
      const kit = await makeKit()
      const found = await kit.engine.make('diffoscope', await changedPair(kit), ASKED)
      const { path, sizeBytes } = found.entry
      await writeFile(path, '{}'.padEnd(what === 'cut' ? sizeBytes / 2 : sizeBytes))
      await expect(collect(found.render('json', { filterBoring: false }))).rejects.toThrow(
        /repeat the request/,
      )
    },
  )

  it('is read through its index, which is made again where it has gone since the diff was found', async () => {
    const kit = await makeKit()
    const pair = await changedPair(kit)
    const made = await kit.engine.make('diffoscope', pair, ASKED)
    const whole = await collect(made.render('text', { filterBoring: false }))
    await rm(`${made.entry.indexPath}.index`)
    const found = await kit.engine.lookup('diffoscope', pair)
    expect(found?.counts).toEqual(made.counts)
    expect(await collect(found!.render('text', { filterBoring: false }))).toEqual(whole)
    expect(await kit.started()).toHaveLength(1)
  })
})

describe('progress', () => {
  it('never falls, and says what is compared', async () => {
    const kit = await makeKit()
    const names = ['alpha', 'beta', 'gamma']
    const pair = await kit.addPair(
      'three',
      names.map((name) => pkg(name, '1', 'before')),
      names.map((name) => pkg(name, '2', 'after')),
    )
    const seen: DiffProgress[] = []
    await kit.engine.make('diffoscope', pair, { ...ASKED, onProgress: (progress) => seen.push(progress) })
    const fractions = seen.map(({ fraction }) => fraction)
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b))
    expect(fractions.at(-1)).toBe(1)
    const steps = seen.map(({ step }) => step)
    for (const [place, name] of names.entries())
      expect(steps).toContain(`diffoscope ${name}_2_all.deb, ${place + 1} of 3`)
  })
})

describe('trouble', () => {
  it('with a slow tool is a timeout with the limit of the whole diff', async () => {
    const kit = await makeKit({}, { diffoscope: 'sleep 1000' })
    const limits = { ...LIMITS, timeoutMs: 400 }
    const failure = kit.engine.make('diffoscope', await changedPair(kit), { ...ASKED, limits })
    await expect(failure).rejects.toThrow(DiffCommandTimeoutError)
    await expect(failure).rejects.toMatchObject({ limitMs: 400 })
    expect(await kit.leftovers()).toEqual(NOTHING)
  })

  it('is not kept: the next request tries again', async () => {
    const kit = await makeKit({}, { debdiff: 'echo no >&2; exit 3' })
    const pair = await changedPair(kit)
    for (const _ of [1, 2])
      await expect(kit.engine.make('debdiff', pair, ASKED)).rejects.toThrow(DiffCommandError)
    expect(await kit.started()).toHaveLength(2)
  })

  it('with one package stops the tools of the others and leaves nothing', async () => {
    const failing = 'case "$*" in *alpha*) exit 3;; esac; sleep 1000'
    const kit = await makeKit({}, { diffoscope: failing })
    const pair = await kit.addPair(
      'two',
      [pkg('alpha', '1', 'before'), pkg('beta', '1', 'before')],
      [pkg('alpha', '2', 'after'), pkg('beta', '2', 'after')],
    )
    await expect(kit.engine.make('diffoscope', pair, ASKED)).rejects.toThrow(DiffCommandError)
    expect(await kit.leftovers()).toEqual(NOTHING)
  })

  it('is said where a run has no packages', async () => {
    const kit = await makeKit()
    const pair = { ...(await changedPair(kit)), new: makeRun('nowhere') }
    await expect(kit.engine.make('debdiff', pair, ASKED)).rejects.toThrow(ArtifactsMissingError)
    expect(await kit.started()).toEqual([])
  })

  it('is an overload where too many different diffs are asked for; who joins one is welcome', async () => {
    const kit = await makeKit({ maxInProgress: 1 })
    const [one, other] = [await changedPair(kit, 'one'), await changedPair(kit, 'other')]
    await kit.shut()
    const made = [kit.engine.make('debdiff', one, ASKED)]
    await eventually(() => kit.engine.inProgress === 1)
    made.push(kit.engine.make('debdiff', one, ASKED))
    await expect(kit.engine.make('debdiff', other, ASKED)).rejects.toThrow(OverloadedError)
    // Background work has a queue of its own that bounds it.
    made.push(kit.engine.make('debdiff', other, { ...ASKED, urgency: 'background' }))
    await kit.open()
    expect(await Promise.all(made)).toHaveLength(3)
  })
})

describe('a caller that goes away', () => {
  it('stops the tool when nobody else waits, and leaves nothing', async () => {
    const kit = await makeKit()
    await kit.shut()
    const leaver = new AbortController()
    const made = kit.engine.make('debdiff', await changedPair(kit), { ...ASKED, signal: leaver.signal })
    await eventually(async () => (await kit.started()).length === 1)
    leaver.abort(new Error('gone'))
    await expect(made).rejects.toThrow('gone')
    await eventually(async () => JSON.stringify(await kit.leftovers()) === JSON.stringify(NOTHING))
  })

  it('does not disturb those who still wait', async () => {
    const kit = await makeKit()
    await kit.shut()
    const pair = await changedPair(kit)
    const leaver = new AbortController()
    const left = kit.engine.make('debdiff', pair, { ...ASKED, signal: leaver.signal })
    const stayed = kit.engine.make('debdiff', pair, ASKED)
    await eventually(async () => (await kit.started()).length === 1)
    leaver.abort(new Error('gone'))
    await expect(left).rejects.toThrow('gone')
    await kit.open()
    expect((await stayed).kind).toBe('debdiff')
    expect(await kit.started()).toHaveLength(1)
  })
})

describe('closing', () => {
  it('stops the tools, and when it is over nothing of them is left', async () => {
    const kit = await makeKit()
    await kit.shut()
    const made = kit.engine.make('debdiff', await changedPair(kit), ASKED)
    const outcome = expect(made).rejects.toThrow('The service is stopping')
    await eventually(async () => (await kit.started()).length === 1)
    await kit.engine.close()
    await outcome
    expect(await kit.leftovers()).toEqual(NOTHING)
  })
})
