/**
 * How long does a summary take, and what does making it cost others?
 *
 * Method: the built service on a real PostgreSQL, with two versions of packages from Debian (`apt-get download`): those of bookworm and of its security or
 * update archive, so code differs. What is measured runs alternately with its yardsticks on the same machine; each figure is the median of nine rounds.
 * So is the multiple of the unpacking: what slows the machine down for a while slows down both halves of a round.
 *
 * - `pairs`: `GET /summary/OLD/NEW` of a service that has made ten before, since V8 compiles what runs often: *anew* (nothing kept), from *kept* contents of both packages, and *cached*; beside
 *   `dpkg-deb --fsys-tarfile` of both sides at once, debdiff, diffoscope (once), and `GET /debdiff/OLD/NEW` of a cached debdiff.
 * - `load`: 1,000 pairs of small packages, two at once, while others ask for `/health` and for a cached summary.
 * - `memory`: packages of 300,000 files, with md5sums, and of 2 GB; the peak of the resident memory of the service and its job processes, over what they have idle.
 *
 * Requirements: anew at most twice the unpacking and 60 ms; 5 times faster than diffoscope for the smallest, 100 times for git and libc6; from kept contents
 * 50 ms; cached as fast as a cached debdiff; 10 small pairs a second; the event loop is never blocked for more than 50 ms; at most 100 MB over idle.
 *
 * `npm run bench summary`, with `--part=pairs`, `--part=load` or `--part=memory` for one of the parts, `--only=NAME,NAME` for some of the packages, and
 * `--quick` without diffoscope.
 */
import { mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { type MadeFile, madeFile, writeDeb } from './kit/deb-writer.ts'
import { type PackageFiles, twoVersions } from './kit/packages.ts'
import { exited, forget, get, longestBlockMs, timed } from './kit/run.ts'
import {
  type BenchPair,
  type BenchService,
  forgetPeak,
  peakBytes,
  residentBytes,
  startBenchService,
} from './kit/service.ts'
import { median, share } from './kit/stats.ts'

const PACKAGES = ['nginx-common', 'curl', 'sudo', 'libssl3', 'python3.11-minimal', 'git', 'libc6']
const ROUNDS = 9
const WARM_UP = 10
const SMALL_PAIRS = 1_000
const AT_ONCE = 2
const MANY_FILES = 300_000
const LARGE_FILES = 4
const LARGE_BYTES = 512 << 20

/** The service repeats a response for a second without looking anything up: the first request after that is measured. */
const FORGOTTEN_MS = 1_100

const options = process.argv.slice(2)
const only = options
  .find((option) => option.startsWith('--only='))
  ?.slice('--only='.length)
  .split(',')
const isQuick = options.includes('--quick')
const parts = { pairs, load, memory }
for (const [name, part] of Object.entries(parts))
  if (!options.some((option) => option.startsWith('--part=')) || options.includes(`--part=${name}`)) {
    console.log(`-- ${name}`)
    await part()
  }

async function pairs(): Promise<void> {
  const found: { name: string; packages: PackageFiles }[] = []
  for (const name of only ?? PACKAGES) {
    const packages = await twoVersions(name)
    if (packages) found.push({ name, packages })
    else console.log(`(${name}: the archive does not offer two versions)`)
  }
  const service = await startBenchService(found)
  try {
    for (let made = 0; made < WARM_UP; made += 1) {
      const { name, packages } = found[made % found.length] as (typeof found)[number]
      await summaryAnew(service, name, packages)
    }
    const blocks: Blocks[] = []
    for (const { name, packages } of found) blocks.push(await comparePair(service, name, packages))
    const [ofService, ofBench] = [blocks.map((one) => one.service), blocks.map((one) => one.bench)]
    console.log(
      `longest block of the event loop: ${Math.max(...ofService).toFixed(0)} ms; of that of this program, which only waits: ${Math.max(...ofBench).toFixed(0)} ms`,
    )
  } finally {
    await service.stop()
  }
}

/** How long event loops were blocked at most, in milliseconds. Each may only have waited for a processor. */
interface Blocks {
  readonly service: number
  readonly bench: number
}

/** Puts a debdiff of about the length of the summary into the cache: longer responses are compressed. */
async function cacheDebdiff(service: BenchService, name: string): Promise<void> {
  const { length } = await summary(service, name)
  const line = 'Version: [-1-] {+2+}\n'
  const path = join(service.cachePath, 'debdiff', `${name}-old_${name}-new`)
  await writeFile(path, line.repeat(Math.ceil(length / line.length)))
}

/** @returns blocks while summaries were requested, not while yardsticks ran */
async function comparePair(service: BenchService, name: string, packages: PackageFiles): Promise<Blocks> {
  const times: Record<'unpacking' | 'anew' | 'kept' | 'cached' | 'debdiffCached' | 'debdiff', number[]> = {
    unpacking: [],
    anew: [],
    kept: [],
    cached: [],
    debdiffCached: [],
    debdiff: [],
  }
  const debs = [packages.old, packages.new]
  const blocks = { service: 0, bench: 0 }
  await cacheDebdiff(service, name)
  for (let round = 0; round < ROUNDS; round += 1) {
    times.unpacking.push(
      await timed(() => Promise.all(debs.map((deb) => exited('dpkg-deb', ['--fsys-tarfile', deb])))),
    )
    await longestBlockMs(service)
    const own = monitorEventLoopDelay({ resolution: 10 })
    own.enable()
    times.anew.push(await summaryAnew(service, name, packages))
    await forget(service, ['entries/summary'])
    await sleep(FORGOTTEN_MS)
    times.kept.push(await timed(() => summary(service, name)))
    await sleep(FORGOTTEN_MS)
    times.cached.push(await timed(() => summary(service, name)))
    own.disable()
    blocks.service = Math.max(blocks.service, await longestBlockMs(service))
    blocks.bench = Math.max(blocks.bench, own.max / 1e6)
    await sleep(FORGOTTEN_MS)
    times.debdiffCached.push(await timed(() => get(`${service.url}/debdiff/${name}-old/${name}-new`)))
    times.debdiff.push(await timed(() => exited('debdiff', debs)))
  }
  const { unpacking, anew, kept, cached, debdiffCached, debdiff } = Object.fromEntries(
    Object.entries(times).map(([key, values]) => [key, median(values)]),
  ) as Record<keyof typeof times, number>
  const multiples = times.anew.map((ms, round) => (ms - 60) / (times.unpacking[round] as number))
  const diffoscope = isQuick
    ? null
    : await timed(() =>
        exited('diffoscope', ['--json=/dev/null', '--exclude-directory-metadata=yes', ...debs]),
      )
  const beside =
    diffoscope === null ? '' : `, diffoscope ${diffoscope.toFixed(0)} ms (${(diffoscope / anew).toFixed(0)}×)`
  console.log(
    `${name}: anew ${anew.toFixed(0)} ms = ${median(multiples).toFixed(2)} × unpacking (${unpacking.toFixed(0)} ms) + 60; kept ${kept.toFixed(0)} ms; ` +
      `cached ${cached.toFixed(1)} ms beside ${debdiffCached.toFixed(1)} of a debdiff; debdiff ${debdiff.toFixed(0)} ms${beside}`,
  )
  return blocks
}

/** @returns milliseconds */
async function summaryAnew(service: BenchService, name: string, packages: PackageFiles): Promise<number> {
  await forget(service, ['entries/summary', 'contents', 'unpacked'])
  // Job processes remember what is in a package until the time of its last change is another one.
  for (const path of [packages.old, packages.new]) {
    const { atime, mtime } = await stat(path)
    await utimes(path, atime, mtime)
  }
  await sleep(FORGOTTEN_MS)
  return timed(() => summary(service, name))
}

async function load(): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'differ-bench-'))
  try {
    const small: BenchPair[] = []
    for (let index = 0; index < SMALL_PAIRS; index += 1) {
      const packages = {
        old: join(dir, `small-${index}_1_all.deb`),
        new: join(dir, `small-${index}_2_all.deb`),
      }
      for (const [side, version] of [
        ['old', '1'],
        ['new', '2'],
      ] as const)
        await writeDeb(packages[side], {
          name: `small-${index}`,
          version,
          hasMd5sums: true,
          files: () =>
            Array.from({ length: 30 }, (_, file) =>
              madeFile(`usr/share/small/${file}.txt`, `${index} ${file < 3 ? version : ''}\n`.repeat(200)),
            ),
        })
      small.push({ name: `small-${index}`, packages })
    }
    const service = await startBenchService(small)
    try {
      await summary(service, 'small-0')
      await longestBlockMs(service)
      const alone = await probes(service, () => sleep(5_000))
      let next = 1
      const work = async () => {
        while (next < SMALL_PAIRS) {
          next += 1
          await summary(service, `small-${next - 1}`)
        }
      }
      const started = performance.now()
      const beside = await probes(service, () => Promise.all(Array.from({ length: AT_ONCE }, work)))
      const seconds = (performance.now() - started) / 1000
      console.log(
        `${SMALL_PAIRS} small pairs, ${AT_ONCE} at once: ${(SMALL_PAIRS / seconds).toFixed(1)} a second`,
      )
      for (const what of ['health', 'cached'] as const)
        console.log(
          `${what}: ${shown(beside[what])} ms beside it, ${shown(alone[what])} ms alone (p50, p99, worst)`,
        )
      console.log(`longest block of the event loop: ${(await longestBlockMs(service)).toFixed(0)} ms`)
    } finally {
      await service.stop()
    }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

function shown(times: readonly number[]): string {
  return [median(times), share(times, 0.99), Math.max(...times)].map((ms) => ms.toFixed(1)).join(', ')
}

/** How long answers take while something else is done, in milliseconds. */
async function probes(
  service: BenchService,
  during: () => Promise<unknown>,
): Promise<{ health: number[]; cached: number[] }> {
  const times = { health: [] as number[], cached: [] as number[] }
  const done = during().then(() => true)
  while (!(await Promise.race([done, sleep(20, false)]))) {
    times.health.push(await timed(() => get(`${service.url}/health`)))
    times.cached.push(await timed(() => summary(service, 'small-0')))
  }
  return times
}

async function memory(): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'differ-bench-'))
  try {
    const packages = async (
      name: string,
      files: (side: number) => () => Iterable<MadeFile>,
      hasMd5sums: boolean,
    ) => {
      const made = { old: join(dir, `${name}_1_all.deb`), new: join(dir, `${name}_2_all.deb`) }
      await writeDeb(made.old, { name, version: '1', files: files(1), hasMd5sums })
      await writeDeb(made.new, { name, version: '2', files: files(2), hasMd5sums })
      return { name, packages: made }
    }
    const large = [
      await packages('many-files', manyFiles, true),
      await packages('two-gigabytes', largeFiles, false),
    ]
    const small = await packages('small', (side) => () => [madeFile('usr/share/small', `${side}\n`)], true)
    for (const pair of large) {
      const service = await startBenchService([pair, small])
      try {
        await summary(service, 'small')
        await sleep(2_000)
        const idle = residentBytes(service.pid)
        forgetPeak(service.pid)
        const ms = await timed(() => summary(service, pair.name))
        const over = (peakBytes(service.pid) - idle) / 1e6
        console.log(
          `${pair.name}: ${(ms / 1000).toFixed(1)} s, ${over.toFixed(0)} MB over ${(idle / 1e6).toFixed(0)} MB idle`,
        )
      } finally {
        await service.stop()
      }
    }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

/** All times differ, and the content of every hundredth file. */
function manyFiles(side: number): () => Iterable<MadeFile> {
  return function* () {
    for (let index = 0; index < MANY_FILES; index += 1)
      yield madeFile(
        `usr/share/many-files/${String(index % 1000).padStart(3, '0')}/file-${index}.txt`,
        `${index} ${index % 100 === 0 ? side : ''}\n`,
        1_700_000_000 + side,
      )
  }
}

/** One file is text and differs in its last line; the others are binary and differ everywhere. */
function largeFiles(side: number): () => Iterable<MadeFile> {
  const line = Buffer.from(`${'tea '.repeat(24)}brewed\n`)
  const text = Buffer.alloc(1 << 20, line)
  const binary = Buffer.alloc(1 << 20, Buffer.from([side, 0, 7, 255, 3]))
  return function* () {
    for (let index = 0; index < LARGE_FILES; index += 1)
      yield {
        path: `usr/share/two-gigabytes/file-${index}`,
        sizeBytes: LARGE_BYTES,
        mtime: 1_700_000_000,
        piece: (at, length) => {
          if (index > 0) return binary.subarray(0, length)
          const isLast = at + length === LARGE_BYTES
          return isLast
            ? Buffer.concat([text.subarray(0, length - 2), Buffer.from(`${side}\n`)])
            : text.subarray(0, length)
        },
      }
  }
}

function summary({ url }: BenchService, name: string): Promise<string> {
  return get(`${url}/summary/${name}-old/${name}-new`)
}
