/** The gauges of `/metrics` whose values are read when it is requested. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Gauge } from 'prom-client'
import type { CacheUsage } from '../diff/cache/usage.ts'
import type { PressureLevel } from '../diff/making/memory-pressure.ts'
import type { RulesFileUse } from '../diff/rules-file/rules-file.ts'
import { VERSION } from '../version.ts'
import type { Definitions } from './definitions.ts'

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

/** How long `/metrics` waits for a source, such as a queue on another machine. */
const SOURCE_TIMEOUT_MS = 1_000

/** Defines all gauges; none delays another. */
export function defineSourceGauges(define: Definitions, sources: MetricSources): void {
  defineStateGauges(define, sources)
  defineCacheGauges(define, sources)
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
