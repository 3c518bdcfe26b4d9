/** Reports of many packages, of which some cannot be compared; and parts of reports that are kept. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { PackageCheck } from '../../src/diff/making/package-check.ts'
import type { StoredDiffoscope } from '../../src/diff/stored/stored-diffoscope.ts'
import type { Provenance, ToolVersions } from '../../src/diff/tools/provenance.ts'
import { DiffCommandError } from '../../src/errors.ts'
import type { DiffKind, Limits, RunPair } from '../../src/model.ts'
import { bundleScript } from '../fixtures/bundle-script.ts'
import { buildPackage, type PackageSpec } from '../fixtures/packages.ts'
import { type Kit, MAKE_OPTIONS, makeKit, makeRun, waitUntil } from './engine-kit.ts'
import { LIMITS, processesWith } from './tools/helpers.ts'

/** A tool that starts as fast as a shell: its report has the names of the packages. Some packages are traps. */
const TOOL = `
old="\${@: -2:1}" new="\${@: -1}"
while [[ "$new" = */slow_* && ! -e \${0%/*}/patient ]]; do sleep 0.05; done
case "$new" in
  */crash_*) echo 'Traceback (most recent call last):' >&2; echo 'ValueError: no' >&2; exit 2;;
  */killed_*) kill -9 $$;;
  */full_*) echo 'OSError: [Errno 28] No space left on device' >&2; exit 2;;
  */fails_*) exit 3;;
esac
printf '{"diffoscope-json-version": 1, "source1": "%s", "source2": "%s", "unified_diff": "@@ -1 +1 @@\\\\n-%s\\\\n+%s\\\\n"}' \\
  "$old" "$new" "\${old##*/}" "\${new##*/}"
exit 1`

const fileOf = (name: string, version: string) => `${name}_${version}_all.deb`
const packages = (names: readonly string[], version: string): PackageSpec[] =>
  names.map((name) => ({ name, version, files: { 'usr/share/x': `${name} ${version}` } }))

/** What the tool says of a pair, as an entry of the whole report. */
const entryOf = (name: string) =>
  `{"source1": "${fileOf(name, '1')}", "source2": "${fileOf(name, '2')}", "unified_diff": "@@ -1 +1 @@\\n-${fileOf(name, '1')}\\n+${fileOf(name, '2')}\\n"}`
const reportOf = (entries: readonly string[]) =>
  `{"diffoscope-json-version": 1, "source1": "old version", "source2": "new version", "unified_diff": null, "details": [${entries.join(', ')}]}`

const hasty = { ...MAKE_OPTIONS, limits: { ...LIMITS, timeoutMs: 20_000 } satisfies Limits }
const patient = { ...MAKE_OPTIONS, limits: { ...LIMITS, timeoutMs: 60_000 }, urgency: 'background' } as const

const kitOf = (options: Parameters<typeof makeKit>[0] = {}) => makeKit(options, { diffoscope: TOOL })

function addPair(kit: Kit, names: readonly string[], name = 'some'): Promise<RunPair> {
  return kit.addPair(name, packages(names, '1'), packages(names, '2'))
}

const make = (kit: Kit, pair: RunPair, options: typeof hasty | typeof patient = patient) =>
  kit.engine.make('diffoscope', pair, options)

const reportIn = (stored: StoredDiffoscope) => readFile(stored.entry.path, 'utf8')

/** Names of the packages for which the tool was started. */
async function started(kit: Kit): Promise<string[]> {
  const lines = (await kit.startedTools()).map((line) => /^diffoscope ([a-z0-9]+)_/.exec(line)?.[1] ?? '')
  return lines.filter((name) => name !== '').sort()
}

const partFiles = (kit: Kit) => filesIn(join(kit.root, 'cache', 'differ', 'entries', 'part'))
/** The stamp of a part is written after it; a part without one is made again. */
const partStamps = (kit: Kit) => filesIn(join(kit.root, 'cache', 'differ', 'stamps', 'part'))

async function filesIn(dir: string): Promise<string[]> {
  return (await readdir(dir).catch(() => [])).map((name) => join(dir, name))
}

describe('a run of thirty packages of which one times out, one crashes the tool and one is broken', () => {
  const good = Array.from({ length: 27 }, (_, index) => `p${String(index).padStart(2, '0')}`)
  const names = [...good, 'broken', 'crash', 'slow'].sort()

  it('has the others, says why not these, and makes only what is missing later', async () => {
    const packageCheck = new PackageCheck({ maxBytes: 1e9, sandbox: 'none' })
    const kit = await kitOf({ packageCheck })
    const pair = await addPair(kit, names)
    const ids = [pair.old.id, pair.new.id] as const
    const brokenDir = join(kit.root, 'artifacts', pair.new.id)
    await writeFile(join(brokenDir, fileOf('broken', '2')), 'not a package')

    const first = await make(kit, pair, hasty)
    const details = JSON.parse(await reportIn(first)).details as { source2: string; unified_diff: unknown }[]
    const compared = details.filter((entry) => entry.unified_diff !== null).map(({ source2 }) => source2)
    expect(compared).toEqual(good.map((name) => fileOf(name, '2')))
    expect(first.missing).toMatchObject([
      { new: fileOf('broken', '2'), error: { name: 'InvalidPackageError' } },
      { new: fileOf('slow', '2'), error: { name: 'DiffCommandTimeoutError', limitMs: 20_000 } },
    ])
    expect(first.incomplete.map(({ kind, comment }) => [kind, comment])).toEqual([
      ['NOT_COMPARED', expect.stringMatching(/broken: broken_2_all\.deb is not a Debian binary package/)],
      ['NOT_COMPARED', expect.stringMatching(/ValueError: no$/)],
      ['NOT_COMPARED', expect.stringMatching(/slow: diffoscope took longer than 20 s$/)],
    ])
    // The old service would take it for a whole report.
    expect(await kit.store.find('diffoscope', ...ids)).toBeNull()

    const before = await started(kit)
    expect((await make(kit, pair, hasty)).digest).toBe(first.digest)
    expect(await started(kit)).toEqual(before)
    expect(await kit.engine.entries.has('diffoscope', ...ids, { limits: hasty.limits })).toBe(true)
    expect(await kit.engine.entries.has('diffoscope', ...ids, { limits: patient.limits })).toBe(false)

    await writeFile(join(kit.root, 'patient'), '')
    const second = await make(kit, pair)
    expect(second.missing).toMatchObject([{ new: fileOf('broken', '2') }])
    expect(await started(kit)).toEqual([...before, 'slow'].sort())
    // Larger limits do not mend a package.
    expect(await kit.engine.entries.has('diffoscope', ...ids, { limits: patient.limits })).toBe(true)

    await buildPackage(brokenDir, packages(['broken'], '2')[0] as PackageSpec)
    const third = await make(kit, pair)
    expect(third.missing).toEqual([])
    expect(await started(kit)).toEqual([...before, 'broken', 'slow'].sort())
    const whole = names.map((name) => (name === 'crash' ? JSON.stringify('crash') : entryOf(name)))
    const comparable = (await reportIn(third)).replace(/\{"source1": "crash_[^}]*\}/, '"crash"')
    expect(comparable).toBe(reportOf(whole))
    expect(await kit.store.find('diffoscope', ...ids)).not.toBeNull()
  }, 120_000)
})

describe('a package that cannot be compared', () => {
  it.each([
    ['takes too long', 'slow', { name: 'DiffCommandTimeoutError' }],
    ['makes the kernel kill the tool', 'killed', { name: 'DiffCommandError', signal: 'SIGKILL' }],
    ['makes the tool fail', 'fails', { name: 'DiffCommandError', exitCode: 3 }],
  ])('leaves the others as they are if it %s', async (_, name, error) => {
    const kit = await kitOf()
    const stored = await make(kit, await addPair(kit, ['aa', name, 'zz']), hasty)
    expect(stored.missing).toMatchObject([{ old: fileOf(name, '1'), new: fileOf(name, '2'), error }])
    const report = await reportIn(stored)
    for (const other of ['aa', 'zz']) expect(report).toContain(entryOf(other))
  })

  it.each([
    ['it is the only one', ['slow'], 'DiffCommandTimeoutError'],
    ['all fail', ['fails', 'killed'], 'DiffCommandError'],
    ['the disk is full', ['aa', 'full'], 'DiffCommandError'],
  ])('fails the report if %s, but what is compared is kept', async (_, names, error) => {
    const kit = await kitOf()
    const pair = await addPair(kit, names)
    await expect(make(kit, pair, hasty)).rejects.toMatchObject({ name: error })
    expect(await kit.engine.lookup('diffoscope', pair)).toBeNull()
    expect((await kit.leftovers()).processes).toEqual([])
  })

  it('is no reason to start over: a job tries again what was killed, a request gets the report at once', async () => {
    const kit = await kitOf()
    const pair = await addPair(kit, ['aa', 'killed'])
    await make(kit, pair, hasty)
    await make(kit, pair, hasty)
    expect(await started(kit)).toEqual(['aa', 'killed'])
    expect((await make(kit, pair, { ...patient, limits: hasty.limits })).missing).toHaveLength(1)
    expect(await started(kit)).toEqual(['aa', 'killed', 'killed'])
  })

  it('has nothing to do with a tool that never works', async () => {
    const kit = await makeKit({}, { diffoscope: 'exit 3' })
    const pair = await kit.addPair('mixed', packages(['aa'], '1'), packages(['aa', 'bb'], '2'))
    await expect(make(kit, pair, hasty)).rejects.toThrow(DiffCommandError)
  })
})

function versions(facts: Partial<Provenance>): ToolVersions {
  const of = async (_kind: DiffKind) => ({
    differ: '0',
    tool: '240',
    options: [],
    missing: ['xxd'],
    ...facts,
  })
  return { of } as unknown as ToolVersions
}

describe('a kept part', () => {
  it('serves other runs with the same packages, in the report that the tool would give', async () => {
    const kit = await kitOf()
    await make(kit, await addPair(kit, ['aa', 'bb', 'cc'], 'one'))
    const other = await kit.addPair(
      'other',
      packages(['bb', 'cc', 'dd'], '1'),
      packages(['bb', 'cc', 'dd'], '2'),
    )
    const stored = await make(kit, other)
    expect(await started(kit)).toEqual(['aa', 'bb', 'cc', 'dd'])
    expect(await reportIn(stored)).toBe(reportOf(['bb', 'cc', 'dd'].map(entryOf)))
    // No tool at all.
    await make(kit, await addPair(kit, ['aa', 'dd'], 'third'))
    expect(await started(kit)).toEqual(['aa', 'bb', 'cc', 'dd'])
  })

  it('is another one for other names, and under another version of the tool', async () => {
    const first = await kitOf({ toolVersions: versions({}) })
    await make(first, await addPair(first, ['aa']))
    const cacheOptions = { cacheRoot: join(first.root, 'cache') }
    const newer = await kitOf({ cacheOptions, toolVersions: versions({ tool: '241' }) })
    await make(newer, await addPair(newer, ['aa'], 'renewed'))
    expect(await started(newer)).toEqual(['aa'])
    const same = await kitOf({ cacheOptions, toolVersions: versions({}) })
    await make(same, await addPair(same, ['aa'], 'again'))
    expect(await started(same)).toEqual([])
    const renamed = { old: makeRun('named-old'), new: makeRun('named-new'), areFiles: true }
    for (const [run, version] of [
      [renamed.old, '1'],
      [renamed.new, '2'],
    ] as const) {
      const path = await buildPackage(
        join(same.root, 'artifacts', run.id),
        packages(['aa'], version)[0] as PackageSpec,
      )
      await writeFile(path.replace('/aa_', '/other_'), await readFile(path))
      await rm(path)
    }
    await make(same, renamed)
    expect(await started(same)).toEqual(['other'])
  })

  it.each([
    ['cut', (path: string) => truncate(path, 200)],
    ['empty', (path: string) => truncate(path, 0)],
    [
      'overwritten',
      async (path: string) => writeFile(path, (await readFile(path, 'utf8')).replace('-aa_', '-ax_')),
    ],
    ['gone', (path: string) => rm(path)],
  ])('is made again if it is %s', async (_, damage) => {
    const kit = await kitOf()
    await make(kit, await addPair(kit, ['aa'], 'one'))
    const [path = ''] = await partFiles(kit)
    await damage(path)
    const stored = await make(kit, await addPair(kit, ['aa'], 'two'))
    expect(await reportIn(stored)).toBe(reportOf([entryOf('aa')]))
    expect(await started(kit)).toEqual(['aa', 'aa'])
    await make(kit, await addPair(kit, ['aa'], 'three'))
    expect(await started(kit)).toEqual(['aa', 'aa'])
  })

  it('is not needed: reports are made without them while the cache cannot be written', async () => {
    const kit = await kitOf()
    await writeFile(join(kit.root, 'cache', 'differ', 'entries'), '')
    const stored = await make(kit, await addPair(kit, ['aa']))
    expect(await reportIn(stored)).toBe(reportOf([entryOf('aa')]))
  })

  it('survives the death of its process, in the middle of the report', async () => {
    const kit = await kitOf()
    const pair = await addPair(kit, ['aa', 'bb', 'slow'])
    const program = await bundleScript(join(import.meta.dirname, 'fixtures/makes-report.ts'))
    onTestFinished(() => program.remove())
    const worker = spawn(process.execPath, [program.path, kit.root, pair.old.id, pair.new.id], {
      stdio: 'inherit',
    })
    await waitUntil(async () => (await partStamps(kit)).length === 2 && (await started(kit)).includes('slow'))
    worker.kill('SIGKILL')
    await once(worker, 'exit')
    await writeFile(join(kit.root, 'patient'), '')
    expect(await reportIn(await make(kit, pair))).toBe(reportOf(['aa', 'bb', 'slow'].map(entryOf)))
    expect(await started(kit)).toEqual(['aa', 'bb', 'slow', 'slow'])
    await waitUntil(() => processesWith(`TMPDIR=${kit.root}`).length === 0)
  })
})
