/** The built service as people run it: a process of its own on a real PostgreSQL, its cache filled beforehand. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { copyFile, link, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { openDatabase } from '../../src/db/database.ts'
import { placesOfPair } from '../../src/diff/cache/layout.ts'
import { seedRuns, startPostgres } from '../../test/fixtures/postgres.ts'
import type { PackageFiles } from './packages.ts'

export interface BenchPair {
  /** The runs are `{name}-old` and `{name}-new`. */
  readonly name: string
  /** A diffoscope report to put into the cache. */
  readonly report?: string
  /** A debdiff to put there. */
  readonly debdiff?: string
  /** A package of each run. */
  readonly packages?: PackageFiles
}

/** `url` and `pid` are others after a restart. */
export interface BenchService {
  readonly url: string
  readonly pid: number
  readonly databaseUrl: string
  readonly cachePath: string
  /** Forgets the renderings that were kept on the disk. */
  forgetRenderings(): Promise<void>
  /** Ends the service and starts it again; all that is on the disk stays. */
  restart(): Promise<void>
  stop(): Promise<void>
}

export async function startBenchService(pairs: readonly BenchPair[]): Promise<BenchService> {
  const postgres = await startPostgres()
  const dir = await mkdtemp(join(tmpdir(), 'differ-bench-'))
  const cache = join(dir, 'cache')
  const { renderingsDir } = placesOfPair(cache, 'diffoscope', 'any', 'other').own
  for (const kind of ['debdiff', 'diffoscope']) await mkdir(join(cache, kind), { recursive: true })
  for (const { name, report, debdiff, packages } of pairs) {
    const file = `${name}-old_${name}-new`
    const path = join(cache, 'diffoscope', `${file}.json`)
    if (report) await link(report, path).catch(() => copyFile(report, path))
    if (debdiff) await writeFile(join(cache, 'debdiff', file), debdiff)
    for (const side of ['old', 'new'] as const) {
      if (!packages) continue
      const artifacts = join(dir, 'data', 'artifacts', `${name}-${side}`)
      await mkdir(artifacts, { recursive: true })
      await link(packages[side], join(artifacts, basename(packages[side])))
    }
  }
  const database = await openDatabase({ url: postgres.url })
  await seedRuns(
    database,
    pairs.flatMap(({ name }) => [
      {
        id: `${name}-old`,
        codebase: name,
        campaign: 'unchanged',
        source: name,
        version: '1.0-1',
        revision: 'main',
      },
      { id: `${name}-new`, codebase: name, source: name, version: '1.0-1+jan1', mainBranchRevision: 'main' },
    ]),
  )
  await database.close()
  const env = {
    ...process.env,
    DATABASE_URL: postgres.url,
    DIFFER_DATA_DIR: join(dir, 'data'),
    DIFFER_CACHE_PATH: cache,
    DIFFER_TEMP_PATH: dir,
    DIFFER_PORT: '0',
    DIFFER_LISTEN_ADDRESS: '127.0.0.1',
  }
  let service = await launch(dir, env)
  return {
    get url() {
      return service.url
    },
    get pid() {
      return service.child.pid as number
    },
    databaseUrl: postgres.url,
    cachePath: cache,
    forgetRenderings: () => rm(renderingsDir, { recursive: true, force: true }),
    async restart() {
      await end(service.child)
      service = await launch(dir, env)
    },
    async stop() {
      await end(service.child)
      await postgres.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** Resident memory of a service and of its job processes at most, each since it started or since `forgetPeak`, in bytes. */
export function peakBytes(pid: number): number {
  return sumOf(pid, 'VmHWM')
}

/** Begins to measure `peakBytes` anew. */
export function forgetPeak(pid: number): void {
  for (const one of [pid, ...jobProcessesOf(pid)]) writeFileSync(`/proc/${one}/clear_refs`, '5')
}

function sumOf(pid: number, field: 'VmHWM' | 'VmRSS'): number {
  return [pid, ...jobProcessesOf(pid)].reduce((sum, one) => {
    const status = readFileSync(`/proc/${one}/status`, 'utf8')
    return sum + Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1]) * 1024
  }, 0)
}

function jobProcessesOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`)
    .flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' '))
    .filter((child) => child !== '' && readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('job-process'))
    .map(Number)
}

/** Starts the built program; ready when it says where it listens. */
export async function launch(
  cwd: string,
  env: NodeJS.ProcessEnv,
  command: 'serve' | 'worker' = 'serve',
): Promise<{ child: ChildProcess; url: string }> {
  const program = join(import.meta.dirname, '../../dist/main.js')
  const child = spawn(process.execPath, [program, command], { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] })
  for await (const line of createInterface(child.stderr)) {
    const url =
      /listening on (http:\S+?)"?[,}]?$/.exec(line)?.[1] ?? /(http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1]
    if (url) {
      child.stderr.resume()
      return { child, url }
    }
    process.stderr.write(`${line}\n`)
  }
  throw new Error('the service did not start')
}

/** Orderly. */
export async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

/** Resident memory of a service and of its job processes, in bytes. */
export function residentBytes(pid: number): number {
  return sumOf(pid, 'VmRSS')
}
