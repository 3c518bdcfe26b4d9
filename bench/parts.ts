/**
 * Measures the parts of diffoscope reports: one for each pair of packages.
 *
 * Question: what does it cost to run diffoscope for each pair of packages, and what do kept parts save?
 *
 * Method: thirty pairs of packages, each with a small text that differs, and the engine in this process with two
 * tools at once, without a sandbox. Beside it, one run of diffoscope on the two directories.
 * - `one run`: `diffoscope OLD-DIRECTORY NEW-DIRECTORY`;
 * - `parts`: the report, with an empty cache;
 * - `one missing`: the report again, after one of its thirty parts was lost;
 * - `all kept`: the report of two other runs with the same packages.
 *
 * Targets: for the smallest packages, `parts` at most 2.5 times as long as `one run`; `all kept` under 0.1 times
 * `parts`.
 */
import { spawnSync } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDirectoryStore } from '../src/artifacts/directory.ts'
import { openCache } from '../src/diff/cache/open-cache.ts'
import { DiffEngine } from '../src/diff/engine.ts'
import { createInstanceDir } from '../src/diff/tools/instance-dir.ts'
import { MAKE_OPTIONS, makeRun } from '../test/diff/engine-options.ts'
import { buildRun, type PackageSpec } from '../test/fixtures/packages.ts'

const PAIRS = 30
const ROUNDS = 2

const packages = (version: string): PackageSpec[] =>
  Array.from({ length: PAIRS }, (_, index) => ({
    name: `package-${index}`,
    version,
    files: { 'usr/share/doc/text': `${'same\n'.repeat(200)}${index} of ${version}\n` },
  }))

const root = await mkdtemp(join(tmpdir(), 'differ-bench-'))
const artifacts = join(root, 'artifacts')
for (const name of ['one', 'two']) {
  await buildRun(join(artifacts, `${name}-old`), packages('1'))
  await buildRun(join(artifacts, `${name}-new`), packages('2'))
}
await mkdir(join(root, 'temp'))
// diffoscope pairs the files of two directories by their names.
for (const side of ['old', 'new']) {
  await mkdir(join(root, side))
  for (const name of await readdir(join(artifacts, `one-${side}`)))
    await copyFile(join(artifacts, `one-${side}`, name), join(root, side, name.replace(/_.*/, '.deb')))
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1000
}

async function withEngine<T>(cacheRoot: string, use: (engine: DiffEngine) => Promise<T>): Promise<T> {
  await mkdir(join(cacheRoot, 'differ', 'incoming'), { recursive: true })
  const tempDir = await createInstanceDir(join(root, 'temp'))
  const incomingDir = await createInstanceDir(join(cacheRoot, 'differ', 'incoming'))
  const bounds = { maxBytes: null, minFreeBytes: 0, maxUnusedMs: null }
  const cache = openCache({ root: cacheRoot, bounds, incomingDir, tempDir })
  const engine = new DiffEngine({
    ...{ artifacts: openDirectoryStore(artifacts), cache, tempDir, concurrency: 2, maxInProgress: 10 },
    commands: { debdiff: ['debdiff'], diffoscope: ['diffoscope'] },
  })
  try {
    return await use(engine)
  } finally {
    await engine.close()
    await cache.close()
    await tempDir.remove()
    await incomingDir.remove()
  }
}

const limits = { ...MAKE_OPTIONS.limits, timeoutMs: 120_000 }
const make = (engine: DiffEngine, name: string) =>
  engine.make(
    'diffoscope',
    { old: makeRun(`${name}-old`), new: makeRun(`${name}-new`) },
    { ...MAKE_OPTIONS, limits },
  )

console.log(`${PAIRS} pairs of packages, ${cpus().length} processors, best of ${ROUNDS}`)
const best = { 'one run': Infinity, parts: Infinity, 'one missing': Infinity, 'all kept': Infinity }
for (let round = 0; round < ROUNDS; round += 1) {
  const cacheRoot = join(root, `cache-${round}`)
  const measured = {
    'one run': await seconds(async () => {
      const args = ['--json=-', '--exclude-directory-metadata=yes', 'old', 'new']
      const { status, stderr } = spawnSync('diffoscope', args, { cwd: root, maxBuffer: 1 << 28 })
      if (status !== 1) throw new Error(`diffoscope exited with ${status}: ${stderr}`)
    }),
    ...(await withEngine(cacheRoot, async (engine) => {
      const all = await seconds(() => make(engine, 'one'))
      const parts = join(cacheRoot, 'differ', 'entries', 'part')
      const [lost = ''] = await readdir(parts)
      await rm(join(parts, lost))
      await rm(join(cacheRoot, 'diffoscope'), { recursive: true })
      const missing = await seconds(() => make(engine, 'one'))
      return { parts: all, 'one missing': missing, 'all kept': await seconds(() => make(engine, 'two')) }
    })),
  }
  for (const [name, value] of Object.entries(measured) as [keyof typeof best, number][])
    best[name] = Math.min(best[name], value)
}
for (const [name, value] of Object.entries(best)) console.log(`${name.padEnd(12)} ${value.toFixed(2)} s`)
await rm(root, { recursive: true, force: true })
