import { readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Format } from '../../../src/diff/rendering/format.ts'
import { createInstanceDir } from '../../../src/diff/tools/instance-dir.ts'
import { ToolVersions } from '../../../src/diff/tools/provenance.ts'
import { OverloadedError } from '../../../src/errors.ts'
import type { DiffKind, RunPair } from '../../../src/model.ts'
import { eventually } from '../../fixtures/service.ts'
import { mountDisk, NO_MOUNTS } from '../../fixtures/tmpfs.ts'
import { type Kit, MAKE_OPTIONS, makeKit } from '../engine-kit.ts'
import { collect } from '../report/model.ts'

const KINDS: readonly DiffKind[] = ['debdiff', 'diffoscope']
const build = (version: string) => [
  { name: 'alpha', version, files: { 'usr/share/x': `text of ${version}\n` } },
]
const pairIn = (kit: Kit) => kit.addPair('one', build('1'), build('2'))

async function textOf(kit: Kit, kind: DiffKind, pair: RunPair, format: Format = 'text'): Promise<string> {
  const stored = await kit.engine.make(kind, pair, MAKE_OPTIONS)
  return String(await collect(stored.render(format, { filterBoring: false })))
}

const stampOf = async (kit: Kit, kind: DiffKind, pair: RunPair) =>
  JSON.parse(
    await readFile(join(kit.store.root, 'differ/stamps', kind, `${pair.old.id}_${pair.new.id}`), 'utf8'),
  )

describe('a cached diff', () => {
  it('has a stamp with the versions and options that it was made with', async () => {
    const kit = await makeKit()
    const tempDir = await createInstanceDir(join(kit.root, 'temp'))
    const facts = new ToolVersions({ debdiff: ['debdiff'], diffoscope: ['no-such-tool'] }, tempDir)
    const noted = await makeKit({ toolVersions: facts })
    const pair = await pairIn(noted)
    for (const kind of KINDS) await textOf(noted, kind, pair)
    expect(await stampOf(noted, 'debdiff', pair)).toMatchObject({
      madeBy: { differ: expect.any(String), tool: expect.stringMatching(/^\d+\.\d+/), options: ['--noconf'] },
    })
    expect((await stampOf(noted, 'diffoscope', pair)).madeBy).toMatchObject({ tool: null })
    await tempDir.remove()
  })

  it('has its access time updated by lookup but not by has', async () => {
    const kit = await makeKit()
    const pair = await pairIn(kit)
    const made = await kit.engine.make('debdiff', pair, MAKE_OPTIONS)
    const accessTimePath = join(kit.store.root, 'differ/used/debdiff', `${pair.old.id}_${pair.new.id}`)
    expect(await kit.engine.entries.has('debdiff', pair.old.id, pair.new.id)).toBe(true)
    await kit.cache.close()
    expect(await stat(accessTimePath).catch(() => null)).toBeNull()
    expect((await kit.engine.lookup('debdiff', pair))?.digest).toBe(made.digest)
    await kit.cache.close()
    expect(Date.now() - (await stat(accessTimePath)).mtimeMs).toBeLessThan(10_000)
  })
})

describe('a diff that is deleted between lookup and reading', () => {
  it.each(KINDS)('(%s) throws OverloadedError, and is then made again', async (kind) => {
    const kit = await makeKit()
    const pair = await pairIn(kit)
    const text = await textOf(kit, kind, pair)
    const stored = await kit.engine.make(kind, pair, MAKE_OPTIONS)
    await rm(stored.entry.path)
    const reading = (async () => {
      for await (const _ of stored.render('text', { filterBoring: false }));
    })()
    await expect(reading).rejects.toThrow(OverloadedError)
    expect(await textOf(kit, kind, pair)).toBe(text)
  })
})

describe('damage that shows only when a report is read', () => {
  it('throws OverloadedError once; the report is then set aside and made again', async () => {
    const kit = await makeKit()
    const pair = await pairIn(kit)
    const whole = await textOf(kit, 'diffoscope', pair)
    const { path } = (await kit.engine.make('diffoscope', pair, MAKE_OPTIONS)).entry
    const [bytes, time] = [await readFile(path), 1_700_000_000]
    await utimes(path, time, time)
    await textOf(kit, 'diffoscope', pair)
    // Like a failing disk: other bytes but the same modification time, so the index does not notice.
    const at = bytes.indexOf('text of 1')
    bytes.write('\\u0zz', at)
    await writeFile(path, bytes)
    await utimes(path, time, time)
    const outcomes: string[] = []
    for (let attempt = 0; attempt < 3; attempt++)
      outcomes.push(await textOf(kit, 'diffoscope', pair).catch((error: Error) => error.name))
    expect(outcomes).toEqual(['OverloadedError', whole, whole])
    expect(await readdir(join(kit.store.root, 'differ/damaged'))).toHaveLength(1)
  })
})

describe.skipIf(NO_MOUNTS !== null)('a disk that becomes read-only while a diff is written', () => {
  it('has the files of that diff removed once it accepts writes again, without any request', async () => {
    const disk = mountDisk(8 << 20)
    onTestFinished(() => disk.unmount())
    const recovered = vi.fn()
    const kit = await makeKit({
      cacheOptions: { cacheRoot: join(disk.path, 'cache'), onRecovered: recovered },
    })
    const dirs: string[] = []
    await kit.cache.withWriteTarget(
      async ({ dir }) => {
        dirs.push(dir)
        await writeFile(join(dir, 'half'), 'x')
        if (dirs.length === 1) await disk.setReadOnly(true)
        if (dirs.length === 1) await writeFile(join(dir, 'rest'), 'y')
      },
      () => true,
    )
    expect(dirs).toHaveLength(2)
    expect(dirs[0]).toContain(disk.path)
    expect(await stat(join(String(dirs[0]), 'half'))).toMatchObject({ size: 1 })
    await disk.setReadOnly(false)
    await eventually(async () => expect(await readdir(dirname(String(dirs[0])))).toEqual([]), 30_000)
    expect(recovered).toHaveBeenCalledOnce()
    expect(kit.cache.hasDiskError).toBe(false)
  })
})
