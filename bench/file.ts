/**
 * How long does the report of one file take, and what do many readers cost others?
 *
 * Method: the built service on a real PostgreSQL, with two versions of packages from Debian. The calls of a row alternate; each figure is the median of
 * its rounds. Run it with `--part=NAME` for one part.
 *
 * - `text`: `GET /file/OLD/NEW` of a text file: *anew* (nothing is kept of the packages), *unpacked again* (their uncompressed data archives are not kept),
 *   *warm* (everything but the report is kept) and *cached*. Yardstick: `dpkg-deb` unpacks both data archives at once.
 * - `program`: of an ELF file whose report is not cached, beside diffoscope on the two extracted files. They are extracted without special permissions,
 *   because diffoscope does not recognise a setuid program as ELF.
 * - `click`: the first file of git that is opened, with nothing kept: text, and the answer that a program needs diffoscope. The same yardstick.
 * - `many`: 100 clients open a different file each, half of them programs, and wait at most 20 s, while others ask for `/health`.
 *
 * Requirements: text warm in 10 ms, unpacked again in 30 ms for nginx-common; a program in at most 1.1 × diffoscope + 60 ms; a click in 0.7 s; for many, no
 * more tools than configured, and `/health` p99 under 20 ms.
 *
 * `npm run bench file`
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { graphql } from './kit/graphql-client.ts'
import { type PackageFiles, twoVersions } from './kit/packages.ts'
import { exited, forget, get, longestBlockMs, metric, timed } from './kit/run.ts'
import { type BenchService, startBenchService } from './kit/service.ts'
import { median, share } from './kit/stats.ts'

const TEXTS: Readonly<Record<string, string>> = {
  'nginx-common': 'usr/share/doc/nginx-common/changelog.Debian.gz',
  git: 'usr/share/doc/git/changelog.Debian.gz',
}
const PROGRAMS: Readonly<Record<string, string>> = {
  sudo: 'usr/bin/sudo',
  libc6: 'lib/x86_64-linux-gnu/libc.so.6',
}
const CLICKED = 'git'
const CLICKED_TEXT = 'usr/lib/git-core/git-sh-setup'
const CLICKED_PROGRAM = 'usr/bin/git'
const ROUNDS = 9
const PROGRAM_ROUNDS = 3
const CLIENTS = 100
/** After this time a client of `many` gives up. */
const PATIENCE_MS = 20_000
/** What the service keeps for files, below `differ/` in its cache. */
const ALL_KEPT = ['entries/file', 'contents', 'unpacked']

const options = process.argv.slice(2)
const parts = { text, program, click, many }
const chosen = Object.keys(parts).filter((name) => options.includes(`--part=${name}`))

const found: Record<string, PackageFiles> = {}
for (const name of [...Object.keys(TEXTS), ...Object.keys(PROGRAMS)]) {
  const packages = await twoVersions(name)
  if (packages) found[name] = packages
  else console.log(`(${name}: the archive does not offer two versions)`)
}
const service = await startBenchService(
  Object.entries(found).map(([name, packages]) => ({ name, packages, debdiff: 'Version: [-1-] {+2+}\n' })),
)
try {
  for (const [name, part] of Object.entries(parts))
    if (chosen.length === 0 || chosen.includes(name)) {
      console.log(`-- ${name}`)
      // Job processes remember the packages of the part before.
      await service.restart()
      await part(service)
    }
} finally {
  await service.stop()
}

async function text(service: BenchService): Promise<void> {
  for (const [name, path] of Object.entries(TEXTS)) {
    const packages = found[name]
    if (!packages) continue
    const times: Record<string, number[]> = {
      anew: [],
      'unpacked again': [],
      warm: [],
      cached: [],
      unpacking: [],
    }
    const open = async (what: string) => times[what]?.push(await timed(() => openFile(service, name, path)))
    await openFile(service, name, path)
    for (let round = 0; round < ROUNDS; round += 1) {
      await forget(service, ALL_KEPT)
      await open('anew')
      await forget(service, ['entries/file', 'unpacked'])
      await open('unpacked again')
      await forget(service, ['entries/file'])
      await open('warm')
      await open('cached')
      times.unpacking?.push(await timed(() => unpack(packages)))
    }
    const shown = Object.entries(times).map(([what, values]) => `${what} ${median(values).toFixed(1)} ms`)
    console.log(`${name}, ${path}: ${shown.join(', ')}`)
  }
}

/** Unpacks the data archives of both sides at once, to nowhere. */
async function unpack(packages: PackageFiles): Promise<void> {
  await Promise.all([packages.old, packages.new].map((path) => exited('dpkg-deb', ['--fsys-tarfile', path])))
}

async function program(service: BenchService): Promise<void> {
  for (const [name, path] of Object.entries(PROGRAMS)) {
    const packages = found[name]
    if (packages) await besideDiffoscope(service, name, path, packages)
  }
}

async function besideDiffoscope(
  service: BenchService,
  name: string,
  path: string,
  packages: PackageFiles,
): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'differ-bench-'))
  try {
    const sides = ['old', 'new'] as const
    for (const side of sides) await exited('dpkg-deb', ['-x', packages[side], join(dir, side)])
    const files = sides.map((side) => join(dir, side, path))
    for (const file of files) await chmod(file, 0o600)
    const own: number[] = []
    const tool: number[] = []
    // The first one asks diffoscope for its version, once an hour.
    await openFile(service, name, path)
    for (let round = 0; round < PROGRAM_ROUNDS; round += 1) {
      await forget(service, ['entries/file'])
      own.push(await timed(() => openFile(service, name, path)))
      tool.push(await timed(() => exited('diffoscope', ['--json=/dev/null', ...files])))
    }
    const [ownMs, toolMs] = [median(own), median(tool)]
    const ratio = ((ownMs - 60) / toolMs).toFixed(2)
    console.log(
      `${name}, ${path}: ${ownMs.toFixed(0)} ms = ${ratio} × diffoscope (${toolMs.toFixed(0)} ms) + 60`,
    )
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

async function click(service: BenchService): Promise<void> {
  const packages = found[CLICKED]
  if (!packages) return
  const times = { text: [] as number[], program: [] as number[], unpacking: [] as number[] }
  for (let round = 0; round < ROUNDS; round += 1) {
    await forget(service, ALL_KEPT)
    times.text.push(await timed(() => openFile(service, CLICKED, CLICKED_TEXT)))
    await forget(service, ALL_KEPT)
    times.program.push(
      await timed(() =>
        graphql(
          service.url,
          `query ($path: String!) { comparison(old: "${CLICKED}-old", new: "${CLICKED}-new") { ... on Comparison {
            file(package: "${CLICKED}", path: $path) { __typename } } } }`,
          { path: CLICKED_PROGRAM },
        ),
      ),
    )
    times.unpacking.push(await timed(() => unpack(packages)))
  }
  for (const [what, values] of Object.entries(times))
    console.log(
      `${CLICKED}, ${what}: ${median(values).toFixed(0)} ms, at most ${Math.max(...values).toFixed(0)}`,
    )
}

async function many(service: BenchService): Promise<void> {
  if (!found[CLICKED]) return
  const paths = await differentFiles(service)
  await forget(service, ['entries/file'])
  await longestBlockMs(service)
  const healthMs: number[] = []
  let mostTools = 0
  const ends = { answered: 0, refused: 0, left: 0 }
  const statuses = Promise.all(
    paths.map(async (path) => {
      const signal = AbortSignal.timeout(PATIENCE_MS)
      const { status } = await fetch(urlOf(service, CLICKED, path), { signal }).catch(() => ({
        status: null,
      }))
      ends[status === 200 ? 'answered' : status === null ? 'left' : 'refused'] += 1
    }),
  ).then(() => true)
  const started = performance.now()
  while (!(await Promise.race([statuses, sleep(20, false)]))) {
    healthMs.push(await timed(() => get(`${service.url}/health`)))
    mostTools = Math.max(mostTools, await metric(service, 'differ_tools{state="running"}'))
  }
  const seconds = (performance.now() - started) / 1000
  const shown = [median(healthMs), share(healthMs, 0.99), Math.max(...healthMs)].map((ms) => ms.toFixed(1))
  console.log(
    `${paths.length} clients: ${seconds.toFixed(1)} s, ${JSON.stringify(ends)}, at most ${mostTools} tools at once; ` +
      `/health p50, p99, worst ${shown.join(', ')} ms; longest block ${(await longestBlockMs(service)).toFixed(0)} ms`,
  )
}

/** Paths of files that differ, as many programs as other files. */
async function differentFiles(service: BenchService): Promise<string[]> {
  await get(`${service.url}/summary/${CLICKED}-old/${CLICKED}-new`)
  const { comparison } = await graphql(
    service.url,
    `{ comparison(old: "${CLICKED}-old", new: "${CLICKED}-new") { ... on Comparison { summary { ... on Summary {
      files(first: 100) { nodes { path } } } } } } }`,
  )
  const paths: string[] = comparison.summary.files.nodes.map((file: { path: string }) => file.path)
  const isProgram = (path: string) => /^usr\/(bin|lib\/git-core)\/[^.]+$/.test(path)
  const programs = paths.filter(isProgram).slice(0, CLIENTS / 2)
  const others = paths.filter((path) => !isProgram(path)).slice(0, CLIENTS - programs.length)
  return [...programs, ...others]
}

function urlOf({ url }: BenchService, name: string, path: string): string {
  return `${url}/file/${name}-old/${name}-new?${new URLSearchParams({ package: name, path })}`
}

function openFile(service: BenchService, name: string, path: string): Promise<string> {
  return get(urlOf(service, name, path))
}
