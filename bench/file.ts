/**
 * How long does the report of one file take?
 *
 * Method: the built service on a real PostgreSQL, with two versions of packages from Debian. `GET /file/OLD/NEW` of one text file: *anew* (nothing kept of
 * the packages), *cold* (their uncompressed data archives must be unpacked again), *warm* (everything but the report is kept) and *cached*; and of one program
 * whose report is not cached, beside diffoscope on the two extracted files. The calls of a row alternate; each figure is the median of five rounds.
 *
 * Requirements: text warm in 10 ms, cold in 30 ms for nginx-common; a program in at most 1.1 × diffoscope + 60 ms; the first file of git in 0.7 s.
 *
 * `npm run bench file`
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type PackageFiles, twoVersions } from './kit/packages.ts'
import { type BenchService, startBenchService } from './kit/service.ts'
import { median } from './kit/stats.ts'

const TEXTS: Readonly<Record<string, string>> = {
  'nginx-common': 'usr/share/doc/nginx-common/changelog.Debian.gz',
  git: 'usr/share/doc/git/changelog.Debian.gz',
}
const PROGRAMS: Readonly<Record<string, string>> = { sudo: 'usr/bin/sudo' }
const ROUNDS = 5

const found: { name: string; packages: PackageFiles }[] = []
for (const name of [...Object.keys(TEXTS), ...Object.keys(PROGRAMS)]) {
  const packages = await twoVersions(name)
  if (packages) found.push({ name, packages })
  else console.log(`(${name}: the archive does not offer two versions)`)
}
const service = await startBenchService(found.map((pair) => ({ ...pair, debdiff: 'Version: [-1-] {+2+}\n' })))
try {
  for (const { name, packages } of found) {
    const [text, program] = [TEXTS[name], PROGRAMS[name]]
    if (text) await measureText(name, text)
    if (program) await measureProgram(name, program, packages)
  }
} finally {
  await service.stop()
}

async function measureText(name: string, path: string): Promise<void> {
  await get(name, path)
  const times = { anew: [] as number[], cold: [] as number[], warm: [] as number[], cached: [] as number[] }
  for (let round = 0; round < ROUNDS; round += 1) {
    await forget(service, ['entries/file', 'contents', 'unpacked'])
    times.anew.push(await timed(() => get(name, path)))
    await forget(service, ['entries/file', 'unpacked'])
    times.cold.push(await timed(() => get(name, path)))
    await forget(service, ['entries/file'])
    times.warm.push(await timed(() => get(name, path)))
    times.cached.push(await timed(() => get(name, path)))
  }
  const shown = Object.entries(times).map(([what, values]) => `${what} ${median(values).toFixed(1)} ms`)
  console.log(`${name}, ${path}: ${shown.join(', ')}`)
}

async function measureProgram(name: string, path: string, packages: PackageFiles): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'differ-bench-'))
  try {
    const sides = ['old', 'new'] as const
    for (const side of sides) await exited('dpkg-deb', ['-x', packages[side], join(dir, side)])
    const files = sides.map((side) => join(dir, side, path))
    const own: number[] = []
    const tool: number[] = []
    for (let round = 0; round < ROUNDS; round += 1) {
      await forget(service, ['entries/file'])
      own.push(await timed(() => get(name, path)))
      tool.push(await timed(() => exited('diffoscope', ['--json=/dev/null', ...files])))
    }
    const [ownMs, toolMs] = [median(own), median(tool)]
    const share = ((ownMs - 60) / toolMs).toFixed(2)
    console.log(
      `${name}, ${path}: ${ownMs.toFixed(0)} ms = ${share} × diffoscope (${toolMs.toFixed(0)} ms) + 60`,
    )
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

async function get(name: string, path: string): Promise<void> {
  const query = new URLSearchParams({ package: name, path })
  const response = await fetch(`${service.url}/file/${name}-old/${name}-new?${query}`, {
    headers: { accept: 'text/plain' },
  })
  await response.arrayBuffer()
  if (response.status !== 200) throw new Error(`${name}, ${path}: ${response.status}`)
}

/** Removes what the service keeps below `differ/` in its cache. */
async function forget({ cachePath }: BenchService, kept: readonly string[]): Promise<void> {
  for (const part of kept) {
    const path = join(cachePath, 'differ', part)
    await mkdir(path, { recursive: true })
    for (const file of await readdir(path)) await rm(join(path, file), { recursive: true })
  }
}

async function exited(program: string, args: readonly string[]): Promise<void> {
  const child = spawn(program, args, { stdio: 'ignore' })
  await once(child, 'exit')
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}
