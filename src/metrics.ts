/** The figures of `/metrics`: what is counted, under which names, and how it is written. docs/operations.md describes each. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { CacheUsage } from './diff/cache/usage.ts'
import type { PressureLevel } from './diff/making/memory-pressure.ts'
import type { CacheObserver, DiffObserver } from './diff/making/observer.ts'
import { VERSION } from './version.ts'

export type GraphqlOutcome = 'ok' | 'errors' | 'refused'

/** What is asked for when the figures are read; each may fail or be slow without holding up the others. */
export interface MetricSources {
  /** Diffs being made. */
  readonly making: () => number
  readonly tools: () => { running: number; waiting: number }
  /** Tools that may run at a time. */
  readonly toolSlots: number
  readonly queue: () => Promise<{ queued: number; running: number }>
  readonly cache: () => Promise<CacheUsage>
  /** The cache's bound in bytes (null for none), what is free on its disk, and whether that takes what is new. */
  readonly cacheDisk: () => Promise<{ maxBytes: number | null; freeBytes: number; takes: boolean }>
  /** How short of memory the process is. */
  readonly memory: () => PressureLevel
  /** Whether Redis is there; null where none is configured. */
  readonly redis: () => boolean | null
  readonly sandboxed: () => boolean
}

export interface Metrics extends DiffObserver, CacheObserver {
  /** @param route the pattern, such as `/debdiff/:old/:new`, never a path: every value is kept for ever */
  requestEnded(route: string, method: string, status: number, seconds: number): void
  operationEnded(type: string, outcome: GraphqlOutcome, seconds: number): void
  /** @param outcome see `RunEventOutcome` */
  runEvent(outcome: string): void
  /** All figures, as Prometheus' own text (0.0.4) or as OpenMetrics (1.0.0). */
  read(format: 'prometheus' | 'openmetrics'): Promise<string>
}

const REQUEST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1, 5, 10, 30, 60, 300]
const DIFF_SECONDS = [0.001, 0.005, 0.05, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600]
const MEBIBYTES = [8, 16, 32, 64, 128, 256, 512, 1024, 1536, 2048, 4096].map((size) => size * 2 ** 20)

/** Of a queue on another machine; the figures of the others are not to wait for it. */
const SOURCE_TIMEOUT_MS = 1_000
type CacheDisk = Awaited<ReturnType<MetricSources['cacheDisk']>>

/** Figures of one service: another one in the same process has its own. */
export function createMetrics(sources: MetricSources): Metrics {
  const registers = [new Registry()]
  const [registry] = registers as [Registry]
  const histogram = <L extends string>(name: string, help: string, labelNames: L[], buckets: number[]) =>
    new Histogram({ name, help, labelNames, buckets, registers })
  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter({ name, help, labelNames, registers })
  const gauge = <L extends string>(
    name: string,
    help: string,
    labelNames: L[],
    read: (gauge: Gauge<L>) => void | Promise<void>,
  ) =>
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        return read(this)
      },
    })

  const requests = histogram(
    'differ_http_request_duration_seconds',
    'Answered requests, from their head to the end of the answer; status 499: the client went away',
    ['route', 'method', 'status'],
    REQUEST_SECONDS,
  )
  const operations = histogram(
    'differ_graphql_operation_duration_seconds',
    'GraphQL operations; refused: not executed, because it could not be parsed, validated or allowed',
    ['type', 'outcome'],
    REQUEST_SECONDS,
  )
  const diffs = histogram(
    'differ_diff_duration_seconds',
    'Diffs asked for: cached, made, joined (made for somebody else at that time), or the name of the error',
    ['kind', 'outcome'],
    DIFF_SECONDS,
  )
  const lookups = counter('differ_cache_lookups_total', 'Look-ups in the cache: hit, miss or damaged', [
    'kind',
    'result',
  ])
  const toolSeconds = histogram(
    'differ_tool_duration_seconds',
    'Runs of a tool, until its last process was gone',
    ['tool'],
    DIFF_SECONDS,
  )
  const toolProcessor = histogram(
    'differ_tool_processor_seconds',
    'Processor time of each run of a tool, with all its processes',
    ['tool'],
    DIFF_SECONDS,
  )
  const toolMemory = histogram(
    'differ_tool_memory_peak_bytes',
    'Most resident memory of each run of a tool, all its processes together; runs under 50 ms are not measured',
    ['tool'],
    MEBIBYTES,
  )

  gauge('differ_build_info', 'Always 1; the versions are its labels', ['version', 'node'], (info) =>
    info.set({ version: VERSION, node: process.versions.node }, 1),
  )
  gauge('differ_diffs_in_progress', 'Diffs being made', [], (now) => now.set(sources.making()))
  gauge('differ_tools', 'Tools that run, and that wait for a slot', ['state'], (now) => {
    const { running, waiting } = sources.tools()
    now.set({ state: 'running' }, running)
    now.set({ state: 'waiting' }, waiting)
  })
  gauge('differ_tool_slots', 'Tools that may run at a time', [], (now) => now.set(sources.toolSlots))
  gauge(
    'differ_queue_jobs',
    'Precache jobs; absent while the queue does not answer',
    ['state'],
    async (now) => {
      now.reset()
      const counts = await within(SOURCE_TIMEOUT_MS, sources.queue())
      for (const [state, jobs] of Object.entries(counts ?? {})) now.set({ state }, jobs)
    },
  )

  gauge('differ_redis_up', 'Whether Redis is there; absent where none is configured', [], (now) => {
    const up = sources.redis()
    now.reset()
    if (up !== null) now.set(up ? 1 : 0)
    else now.remove()
  })
  gauge('differ_sandboxed', 'Whether tools run in a sandbox', [], (now) =>
    now.set(sources.sandboxed() ? 1 : 0),
  )
  const runEvents = counter(
    'differ_run_events_total',
    'News of finished runs on Redis, by what became of it',
    ['outcome'],
  )

  const ofCache = (name: string, help: string, what: 'files' | 'bytes') =>
    gauge(name, `${help}, as it was last looked through`, ['part'], async (now) => {
      const usage = await within(SOURCE_TIMEOUT_MS, sources.cache())
      for (const [part, sums] of Object.entries(usage ?? {})) now.set({ part }, sums[what])
    })
  ofCache('differ_cache_files', 'Files in the cache', 'files')
  ofCache('differ_cache_bytes', 'Bytes in the cache', 'bytes')
  const ofDisk = (name: string, help: string, read: (disk: CacheDisk) => number | null) =>
    gauge(name, help, [], async (now) => {
      const disk = await within(SOURCE_TIMEOUT_MS, sources.cacheDisk())
      const value = disk && read(disk)
      now.reset()
      if (value !== undefined && value !== null) now.set(value)
      else now.remove()
    })
  ofDisk('differ_cache_max_bytes', 'What the cache may take; absent without a bound', (disk) => disk.maxBytes)
  ofDisk('differ_cache_free_bytes', "Room on the cache's disk", (disk) => disk.freeBytes)
  ofDisk(
    'differ_cache_writable',
    "1, or 0 while the cache's disk takes nothing and diffs are not kept",
    (disk) => (disk.takes ? 1 : 0),
  )
  const evictedFiles = counter(
    'differ_cache_evicted_total',
    'Files taken out of the cache to keep its bounds',
    ['part'],
  )
  const evictedBytes = counter('differ_cache_evicted_bytes_total', 'Their bytes', ['part'])
  gauge(
    'differ_memory_pressure',
    '0; 1 while background work rests for want of memory; 2 while new diffs are refused, too',
    [],
    (now) => now.set(['none', 'pause', 'refuse'].indexOf(sources.memory())),
  )
  // The process, its memory, the event loop's delay: `process_…` and `nodejs_…`, under the names that dashboards know.
  collectDefaultMetrics({ register: registry })

  return {
    requestEnded: (route, method, status, seconds) =>
      requests.observe({ route, method, status: String(status) }, seconds),
    operationEnded: (type, outcome, seconds) => operations.observe({ type, outcome }, seconds),
    runEvent: (outcome) => runEvents.inc({ outcome }),
    cacheAsked: (kind, result) => lookups.inc({ kind, result }),
    diffEnded: (kind, outcome, seconds) => diffs.observe({ kind, outcome }, seconds),
    evicted(part, bytes) {
      evictedFiles.inc({ part })
      evictedBytes.inc({ part }, bytes)
    },
    toolEnded(tool, { durationMs, processorSeconds, peakResidentBytes }) {
      toolSeconds.observe({ tool }, durationMs / 1000)
      toolProcessor.observe({ tool }, processorSeconds)
      if (peakResidentBytes > 0) toolMemory.observe({ tool }, peakResidentBytes)
    },
    async read(format) {
      // The library writes no number where there is none yet as `Nan`.
      const text = (await registry.metrics()).replace(/ Nan$/gm, ' NaN')
      return format === 'prometheus' ? text : openMetrics(text)
    },
  }
}

/**
 * The same in OpenMetrics. Not by the library's own switch: that renames the counters of a registry for good, and writes bucket bounds that are
 * whole numbers as no OpenMetrics parser takes them.
 */
function openMetrics(text: string): string {
  return `${text
    .replace(/^(# (?:HELP|TYPE) \S+)_total /gm, (line, family) => (isGauge(text, line) ? line : `${family} `))
    .replace(/(?<=[{,]le=")(\d+)(?=")/g, '$1.0')
    .replace(/^\n/gm, '')}# EOF\n`
}

/** Some of the library's gauges end in `_total`, as no counter's family does in OpenMetrics. */
function isGauge(text: string, line: string): boolean {
  const name = line.split(' ')[2]
  return text.includes(`\n# TYPE ${name} gauge\n`)
}

/** What came in time, or undefined: a source that does not answer leaves a gap, and no error. */
function within<T>(ms: number, answer: Promise<T>): Promise<T | undefined> {
  return Promise.race([answer.catch(() => undefined), sleep(ms, undefined, { ref: false })])
}
