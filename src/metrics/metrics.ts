/**
 * The metrics of `/metrics`: their names, help texts and buckets. See docs/monitoring.md.
 */
import { collectDefaultMetrics, Registry } from 'prom-client'
import type { CacheObserver, DiffObserver } from '../diff/making/observer.ts'
import { Definitions } from './definitions.ts'
import { toOpenMetrics } from './open-metrics.ts'
import { defineSourceGauges, type MetricSources } from './source-gauges.ts'

export type GraphqlOutcome = 'ok' | 'errors' | 'refused'

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

let ofProcess: Registry | undefined

/**
 * `process_…` and `nodejs_…`, under the names that dashboards know. They are collected once in a process, because
 * prom-client never stops: what it refers to would never be freed.
 */
function processRegistry(): Registry {
  if (!ofProcess) {
    ofProcess = new Registry()
    collectDefaultMetrics({ register: ofProcess })
  }
  return ofProcess
}

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
  defineSourceGauges(define, sources)
  const registries = Registry.merge([registry, processRegistry()])
  return {
    ...metrics,
    async read(format) {
      // prom-client writes a missing number as `Nan`, which is not valid.
      const text = (await registries.metrics()).replace(/ Nan$/gm, ' NaN')
      return format === 'prometheus' ? text : toOpenMetrics(text)
    },
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
