/**
 * The metrics of `/metrics`: their names, help texts and buckets, and their text formats. See
 * docs/operations.md.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { CacheUsage } from './diff/cache/usage.ts'
import type { PressureLevel } from './diff/making/memory-pressure.ts'
import type { CacheObserver, DiffObserver } from './diff/making/observer.ts'
import type { RulesFileUse } from './diff/rules-file/rules-file.ts'
import { VERSION } from './version.ts'

export type GraphqlOutcome = 'ok' | 'errors' | 'refused'

/**
 * Values that are read when `/metrics` is requested. A source that fails or is slow does not delay the
 * others.
 */
export interface MetricSources {
  /** Diffs that are being made. */
  readonly making: () => number
  readonly tools: () => { running: number; waiting: number }
  /** Tools that may run concurrently. */
  readonly toolSlots: number
  readonly queue: () => Promise<{ queued: number; running: number }>
  readonly cache: () => Promise<CacheUsage>
  /**
   * The cache's limit in bytes (null: none), the free bytes of its disk, and whether entries can be written.
   */
  readonly cacheDisk: () => Promise<CacheDisk>
  /** The bucket of the cache; null if none is configured. */
  readonly bucket: () => { readonly isAway: boolean; readonly waiting: number } | null
  /** How short of memory the process is. */
  readonly memory: () => PressureLevel
  /** Whether Redis is connected; null if none is configured. */
  readonly redis: () => boolean | null
  readonly sandboxed: () => boolean
  /** How often each entry of the rules file was used; empty without such a file. */
  readonly rulesFile: () => readonly RulesFileUse[]
  /** How far the state is behind this process; null without a state. */
  readonly state: () => { readonly lagSeconds: number; readonly dropped: number } | null
}

export interface CacheDisk {
  readonly maxBytes: number | null
  readonly freeBytes: number
  readonly isWritable: boolean
}

interface RequestMetrics {
  /** @param route a pattern such as `/debdiff/:old/:new`, never a path: each value is stored forever */
  requestEnded(route: string, method: string, status: number, seconds: number): void
  operationEnded(type: string, outcome: GraphqlOutcome, seconds: number): void
}

export interface Metrics extends RequestMetrics, DiffObserver, CacheObserver {
  /** @param outcome see `RunEventOutcome` */
  runEvent(outcome: string): void
  webhookEnded(outcome: 'delivered' | 'failed'): void
  /** All metrics, in Prometheus' text format 0.0.4 or in OpenMetrics 1.0.0. */
  read(format: 'prometheus' | 'openmetrics'): Promise<string>
}

const REQUEST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1, 5, 10, 30, 60, 300]
const DIFF_SECONDS = [0.001, 0.005, 0.05, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600]
const MEMORY_BYTES = [8, 16, 32, 64, 128, 256, 512, 1024, 1536, 2048, 4096].map((mebi) => mebi * 2 ** 20)

/** How long `/metrics` waits for a source, such as a queue on another machine. */
const SOURCE_TIMEOUT_MS = 1_000

/** The metrics of one service. Each service has its own registry, also several in one process. */
export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry()
  const define = new Definitions(registry)
  const metrics = {
    ...requestMetrics(define),
    ...diffMetrics(define),
    ...evictionMetrics(define),
    ...runEventMetrics(define),
    ...webhookMetrics(define),
  }
  defineStateGauges(define, sources)
  defineCacheGauges(define, sources)
  // `process_…` and `nodejs_…`, under the names that dashboards know.
  collectDefaultMetrics({ register: registry })
  return {
    ...metrics,
    async read(format) {
      // prom-client writes a missing number as `Nan`, which is not valid.
      const text = (await registry.metrics()).replace(/ Nan$/gm, ' NaN')
      return format === 'prometheus' ? text : toOpenMetrics(text)
    },
  }
}

/** Defines metrics in one registry. */
class Definitions {
  readonly #registers: Registry[]

  constructor(registry: Registry) {
    this.#registers = [registry]
  }

  counter<L extends string>(name: string, help: string, labelNames: L[]): Counter<L> {
    return new Counter({ name, help, labelNames, registers: this.#registers })
  }

  histogram<L extends string>(name: string, help: string, labelNames: L[], buckets: number[]): Histogram<L> {
    return new Histogram({ name, help, labelNames, buckets, registers: this.#registers })
  }

  /** @param read sets the gauge whenever the registry is read */
  gauge<L extends string>(
    name: string,
    help: string,
    labelNames: L[],
    read: (gauge: Gauge<L>) => void | Promise<void>,
  ): void {
    new Gauge({
      name,
      help,
      labelNames,
      registers: this.#registers,
      collect() {
        return read(this)
      },
    })
  }
}

function requestMetrics(define: Definitions): RequestMetrics {
  const requests = define.histogram(
    'differ_http_request_duration_seconds',
    'HTTP requests, until the end of the response; status 499: the client closed the connection',
    ['route', 'method', 'status'],
    REQUEST_SECONDS,
  )
  const operations = define.histogram(
    'differ_graphql_operation_duration_seconds',
    'GraphQL operations; refused: not executed, because it was invalid or not allowed',
    ['type', 'outcome'],
    REQUEST_SECONDS,
  )
  return {
    requestEnded: (route, method, status, seconds) =>
      requests.observe({ route, method, status: String(status) }, seconds),
    operationEnded: (type, outcome, seconds) => operations.observe({ type, outcome }, seconds),
  }
}

function diffMetrics(define: Definitions): DiffObserver {
  const diffs = define.histogram(
    'differ_diff_duration_seconds',
    'Requested diffs: cached, made, joined (another request was making it), or the name of the error',
    ['kind', 'outcome'],
    DIFF_SECONDS,
  )
  const lookups = define.counter('differ_cache_lookups_total', 'Lookups in the cache: hit, miss or damaged', [
    'kind',
    'result',
  ])
  const toolSeconds = define.histogram(
    'differ_tool_duration_seconds',
    'Duration of each run of a tool, until its last process has ended',
    ['tool'],
    DIFF_SECONDS,
  )
  const toolProcessor = define.histogram(
    'differ_tool_processor_seconds',
    'Processor time of each run of a tool, all its processes together',
    ['tool'],
    DIFF_SECONDS,
  )
  const toolMemory = define.histogram(
    'differ_tool_memory_peak_bytes',
    'Peak resident memory of each run of a tool, all its processes together; without runs under 50 ms',
    ['tool'],
    MEMORY_BYTES,
  )
  const parts = define.counter(
    'differ_report_parts_total',
    'Pairs of packages in diffoscope reports that were made: kept (from an earlier report), made, failed, damaged',
    ['result'],
  )
  const summaries = define.counter('differ_summaries_total', 'Summaries that were made, by their verdict', [
    'verdict',
  ])
  const packages = define.counter(
    'differ_summary_packages_total',
    'Packages of these summaries: kept (their contents were in the cache) or read',
    ['contents'],
  )
  const searches = define.histogram(
    'differ_search_page_duration_seconds',
    'Pages of searches in reports: complete (the report was searched to its end), partial, or the name of the error',
    ['outcome'],
    REQUEST_SECONDS,
  )
  return {
    cacheLookup: (kind, result) => lookups.inc({ kind, result }),
    diffEnded: (kind, outcome, seconds) => diffs.observe({ kind, outcome }, seconds),
    toolEnded(tool, { durationMs, processorSeconds, peakResidentBytes }) {
      toolSeconds.observe({ tool }, durationMs / 1000)
      toolProcessor.observe({ tool }, processorSeconds)
      if (peakResidentBytes > 0) toolMemory.observe({ tool }, peakResidentBytes)
    },
    partEnded: (result) => parts.inc({ result }),
    summaryMade(verdict, { kept, read }) {
      summaries.inc({ verdict })
      packages.inc({ contents: 'kept' }, kept)
      packages.inc({ contents: 'read' }, read)
    },
    pageSearched: (outcome, seconds) => searches.observe({ outcome }, seconds),
  }
}

function evictionMetrics(define: Definitions): CacheObserver {
  const files = define.counter(
    'differ_cache_evicted_total',
    'Files evicted from the cache to keep its limits',
    ['part'],
  )
  const bytes = define.counter('differ_cache_evicted_bytes_total', 'Size of the evicted files', ['part'])
  const requests = define.counter(
    'differ_bucket_requests_total',
    'Lookups in the bucket of the cache (hit, miss, damaged, failed), and uploads (done, agreed, damaged, failed)',
    ['operation', 'outcome'],
  )
  return {
    evicted(part, size) {
      files.inc({ part })
      bytes.inc({ part }, size)
    },
    bucketAsked: (operation, outcome) => requests.inc({ operation, outcome }),
  }
}

function runEventMetrics(define: Definitions): Pick<Metrics, 'runEvent'> {
  const events = define.counter(
    'differ_run_events_total',
    'Events about finished runs from Redis, by what Differ did with them',
    ['outcome'],
  )
  return { runEvent: (outcome) => events.inc({ outcome }) }
}

function webhookMetrics(define: Definitions): Pick<Metrics, 'webhookEnded'> {
  const webhooks = define.counter(
    'differ_webhooks_total',
    'Webhooks that this process delivered, or gave up',
    ['outcome'],
  )
  return { webhookEnded: (outcome) => webhooks.inc({ outcome }) }
}

function defineStateGauges(define: Definitions, sources: MetricSources): void {
  define.gauge('differ_build_info', 'Always 1; the versions are its labels', ['version', 'node'], (gauge) =>
    gauge.set({ version: VERSION, node: process.versions.node }, 1),
  )
  define.gauge(
    'differ_rules_file_findings',
    'Findings of summaries read since the start to which the entry of the rules file in this line applied',
    ['line'],
    (gauge) => {
      for (const { entry, findings } of sources.rulesFile()) gauge.set({ line: String(entry.line) }, findings)
    },
  )
  define.gauge('differ_diffs_in_progress', 'Diffs being made', [], (gauge) => gauge.set(sources.making()))
  define.gauge('differ_tools', 'Tools that run, and that wait for a slot', ['state'], (gauge) => {
    const { running, waiting } = sources.tools()
    gauge.set({ state: 'running' }, running)
    gauge.set({ state: 'waiting' }, waiting)
  })
  define.gauge('differ_tool_slots', 'Tools that may run concurrently', [], (gauge) =>
    gauge.set(sources.toolSlots),
  )
  define.gauge(
    'differ_queue_jobs',
    'Precache jobs; absent while the queue does not answer',
    ['state'],
    async (gauge) => {
      gauge.reset()
      const counts = await valueInTime(sources.queue())
      for (const [state, jobs] of Object.entries(counts ?? {})) gauge.set({ state }, jobs)
    },
  )
  define.gauge('differ_redis_up', 'Whether Redis is connected; absent if none is configured', [], (gauge) => {
    const up = sources.redis()
    setOrRemove(gauge, up === null ? null : Number(up))
  })
  define.gauge(
    'differ_state_lag_seconds',
    'How long the oldest summary of this process has waited to be written to the state; absent without a state',
    [],
    (gauge) => setOrRemove(gauge, sources.state()?.lagSeconds ?? null),
  )
  define.gauge(
    'differ_state_dropped_summaries',
    'Summaries that the state lacks because too many waited; absent without a state. See "differ state rebuild"',
    [],
    (gauge) => setOrRemove(gauge, sources.state()?.dropped ?? null),
  )
  define.gauge('differ_sandboxed', 'Whether tools run in a sandbox', [], (gauge) =>
    gauge.set(Number(sources.sandboxed())),
  )
  define.gauge(
    'differ_memory_pressure',
    '0; 1 while background work waits for memory; 2 while new diffs are refused, too; 3 while all reading is',
    [],
    (gauge) => gauge.set(['none', 'pause', 'refuse', 'stop'].indexOf(sources.memory())),
  )
}

function defineCacheGauges(define: Definitions, { bucket, cache, cacheDisk }: MetricSources): void {
  const usage = (name: string, help: string, field: 'files' | 'bytes') =>
    define.gauge(name, `${help}, as of the last sweep`, ['part'], async (gauge) => {
      const parts = await valueInTime(cache())
      for (const [part, sums] of Object.entries(parts ?? {})) gauge.set({ part }, sums[field])
    })
  usage('differ_cache_files', 'Files in the cache', 'files')
  usage('differ_cache_bytes', 'Bytes in the cache', 'bytes')

  const disk = (name: string, help: string, field: (disk: CacheDisk) => number | null) =>
    define.gauge(name, help, [], async (gauge) => {
      const state = await valueInTime(cacheDisk())
      setOrRemove(gauge, state ? field(state) : null)
    })
  disk('differ_cache_max_bytes', "The cache's size limit; absent without one", ({ maxBytes }) => maxBytes)
  disk('differ_cache_free_bytes', "Free space on the cache's disk", ({ freeBytes }) => freeBytes)
  disk(
    'differ_cache_writable',
    "1, or 0 while nothing can be written to the cache's disk and diffs are not stored",
    ({ isWritable }) => Number(isWritable),
  )
  define.gauge(
    'differ_bucket_up',
    'Whether the bucket of the cache answered the last request; absent if none is configured',
    [],
    (gauge) => {
      const state = bucket()
      setOrRemove(gauge, state && Number(!state.isAway))
    },
  )
  define.gauge(
    'differ_bucket_waiting_uploads',
    'Entries that are not in the bucket of the cache yet; absent if none is configured',
    [],
    (gauge) => setOrRemove(gauge, bucket()?.waiting ?? null),
  )
}

/** A gauge without labels shows 0 once it is reset, so one without a value must be removed. */
function setOrRemove(gauge: Gauge, value: number | null): void {
  gauge.reset()
  if (value === null) gauge.remove()
  else gauge.set(value)
}

/** The value of a source, or undefined if it fails or takes too long: its metric is then absent. */
function valueInTime<T>(value: Promise<T>): Promise<T | undefined> {
  return Promise.race([value.catch(() => undefined), sleep(SOURCE_TIMEOUT_MS, undefined, { ref: false })])
}

/**
 * The same metrics in OpenMetrics. prom-client's own switch renames the counters of a registry for good, and
 * writes integer bucket bounds in a form that OpenMetrics parsers refuse.
 */
function toOpenMetrics(text: string): string {
  return `${text
    .replace(/^(# (?:HELP|TYPE) \S+)_total /gm, (line, family) => (isGauge(text, line) ? line : `${family} `))
    .replace(/(?<=[{,]le=")(\d+)(?=")/g, '$1.0')
    .replace(/^\n/gm, '')}# EOF\n`
}

/** Some gauges of prom-client end in `_total`. Only the families of counters lose it in OpenMetrics. */
function isGauge(text: string, line: string): boolean {
  const name = line.split(' ')[2]
  return text.includes(`\n# TYPE ${name} gauge\n`)
}
