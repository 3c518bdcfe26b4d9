/** The parts that the service and a worker have in common. */
import type { ArtifactStore } from './artifacts/store.ts'
import type { CleanupStack } from './cleanup-stack.ts'
import type { Config } from './config/load.ts'
import type { Database } from './db/database.ts'
import { RecentRuns } from './db/recent-runs.ts'
import { runsByIds } from './db/runs.ts'
import type { DiffEngine } from './diff/engine.ts'
import type { MemoryPressure } from './diff/making/memory-pressure.ts'
import { ReportRenderer } from './diff/rendering/report-renderer.ts'
import type { RulesFile } from './diff/rules-file/rules-file.ts'
import {
  openConfiguredArtifacts,
  openConfiguredDatabase,
  openConfiguredRedis,
  openEngine,
  openLeases,
  openQueue,
  openState,
  openWebhooks,
  watchMemory,
} from './factories.ts'
import { createJobHandler, isCached } from './jobs/precache-job.ts'
import type { JobPair, PrecacheJob, PrecacheQueue } from './jobs/queue.ts'
import type { Logger } from './log.ts'
import { createMetrics, type Metrics } from './metrics/metrics.ts'
import type { RunPair } from './model.ts'
import type { RedisLink } from './redis/redis.ts'
import { loadRunPair } from './run-pair.ts'
import { PrecacheService } from './services/precache-service.ts'
import { ReadyComparisons } from './services/ready-comparisons.ts'
import type { State } from './state/state.ts'
import { StateWriter } from './state/state-writer.ts'

export interface Runtime {
  readonly database: Database
  readonly recentRuns: RecentRuns
  readonly state: State
  readonly stateWriter: StateWriter
  readonly ready: ReadyComparisons
  /** Null if none is configured. */
  readonly rulesFile: RulesFile | null
  readonly artifacts: ArtifactStore
  readonly metrics: Metrics
  readonly engine: DiffEngine
  readonly queue: PrecacheQueue
  readonly precacheService: PrecacheService
  /** Loads a pair for a request, from the cache of recent runs. */
  readonly loadPair: LoadPair
  /** Whether both diffs of a pair are cached. */
  isCached(pair: JobPair): Promise<boolean>
  readonly pressure: MemoryPressure
  /** Null if none is configured. */
  readonly redis: RedisLink | null
  /** The names of optional parts that do not work. */
  degraded(): readonly string[]
}

/** @throws RunNotFoundError, RunNotSuccessfulError, DatabaseUnavailableError */
type LoadPair = (oldId: string, newId: string) => Promise<RunPair>

/**
 * Opens the parts. `cleanup` closes them, also if this fails halfway.
 * @param options.runsJobs whether this process runs background jobs
 * @param options.renderer closed with the other parts. Default: a new one.
 * @throws all errors of the parts
 */
export async function openRuntime(
  config: Config,
  log: Logger,
  cleanup: CleanupStack,
  { runsJobs, renderer = new ReportRenderer() }: { runsJobs: boolean; renderer?: ReportRenderer },
): Promise<Runtime> {
  // The engine closes it too, if it can be opened.
  cleanup.defer(() => renderer.close())
  if (config.otlpEndpoint ?? config.otlpTracesEndpoint ?? config.zipkinAddress) {
    const { startTracing } = await import('./telemetry.ts')
    cleanup.defer(startTracing(config, log))
  }
  const database = await openConfiguredDatabase(config)
  cleanup.defer(() => database.close())
  const { state, close: closeState } = await openState(config, database)
  cleanup.defer(closeState)
  const stateWriter = new StateWriter({
    state,
    webhooks: config.webhookUrl !== null,
    onFailed: (err) =>
      log.warn({ err }, 'cannot write what summaries say to the state; views of campaigns lag'),
    onRecovered: () => log.info('the state can be written again'),
    onNews: (records) => {
      ready.announce(records)
      webhooks?.announce(records)
    },
  })
  const artifacts = await openConfiguredArtifacts(config)
  cleanup.defer(() => artifacts.close())
  const redis = await openConfiguredRedis(config, log)
  if (redis) cleanup.defer(async () => redis.close())
  const ready = new ReadyComparisons({ isConfigured: state.isConfigured, link: redis })
  cleanup.defer(async () => ready.close())
  const pressure = watchMemory(config, log)
  cleanup.defer(async () => pressure.close())
  const metrics = createMetrics({
    making: () => engine.inProgress,
    tools: () => engine.tools,
    toolSlots: config.maxConcurrentDiffs,
    queue: () => queue.counts(),
    cache: () => cache.usage(),
    cacheDisk: () => cache.disk(),
    bucket: () => cache.shared,
    memory: () => pressure.level,
    redis: () => (redis ? redis.available : null),
    sandboxed: () => sandbox === 'bubblewrap',
    rulesFile: () => rulesFile?.uses ?? [],
    state: () => (state.isConfigured ? stateWriter : null),
  })
  const leases = await openLeases(redis)
  const webhooks = await openWebhooks(config, redis, { state, runsJobs, metrics, log })
  if (webhooks) cleanup.defer(() => webhooks.close())
  cleanup.defer(() => stateWriter.close())
  const { engine, cache, sandbox, rulesFile, close } = await openEngine(config, artifacts, log, {
    observer: metrics,
    leases,
    listener: stateWriter,
    pressure,
    renderer,
  })
  cleanup.defer(close)
  cache.start()

  const recentRuns = new RecentRuns(database)
  const jobs = await openJobs(config, log, cleanup, { database, engine, pressure, redis, runsJobs })
  const { queue } = jobs
  return {
    database,
    recentRuns,
    state,
    stateWriter,
    ready,
    rulesFile,
    artifacts,
    metrics,
    engine,
    ...jobs,
    pressure,
    redis,
    loadPair: (oldId, newId) => loadRunPair(oldId, newId, (ids) => recentRuns.byIds(ids)),
    degraded: () => [
      ...(redis && !redis.available ? ['redis'] : []),
      ...(cache.hasDiskError ? ['cache'] : []),
      ...(cache.shared?.isAway ? ['bucket'] : []),
      ...(pressure.level === 'none' ? [] : ['memory']),
    ],
  }
}

/** Opens the queue and the service that fills it. This process runs the jobs only with `runsJobs`. */
async function openJobs(
  config: Config,
  log: Logger,
  cleanup: CleanupStack,
  {
    database,
    engine,
    pressure,
    redis,
    runsJobs,
  }: Pick<Runtime, 'database' | 'engine' | 'pressure' | 'redis'> & { readonly runsJobs: boolean },
): Promise<Pick<Runtime, 'queue' | 'precacheService' | 'isCached'>> {
  // Jobs are rare, and their runs may just have been deleted, so they do not use the cache of recent runs.
  const loadPair: LoadPair = (oldId, newId) => loadRunPair(oldId, newId, (ids) => runsByIds(database, ids))
  // Batches ask for every pair that there is. The job of a pair asks again, and thoroughly.
  const isPairCached = (pair: JobPair) =>
    isCached(engine, pair, { quick: true, limits: config.backgroundLimits })
  const queue = await openQueue(redis, {
    handler: runsJobs ? jobHandler(config, engine, loadPair, pressure) : null,
    isCached: isPairCached,
    concurrency: config.precacheConcurrency,
    maxWaiting: config.maxWaitingJobs,
    onEnd: (job) => logJobEnd(job, log),
    log,
  })
  cleanup.defer(() => queue.close())
  const precacheService = new PrecacheService({
    database: database.for('background', 'batches'),
    queue,
    loadPair,
    onFillingFailed: ({ id }, err) => log.warn({ err, batch: id }, 'cannot queue all pairs of a batch'),
  })
  return { queue, precacheService, isCached: isPairCached }
}

function jobHandler(config: Config, engine: DiffEngine, loadPair: LoadPair, pressure: MemoryPressure) {
  return createJobHandler({
    engine,
    loadPair,
    limits: config.backgroundLimits,
    retrievalTimeoutMs: config.precacheRetrievalTimeout * 1000,
    waitForMemory: (signal) => pressure.waitUntilRelieved(signal),
  })
}

function logJobEnd({ oldId, newId, status, error, attempts }: PrecacheJob, log: Logger): void {
  const pair = { old: oldId, new: newId }
  if (status === 'FAILED') log.warn({ ...pair, err: error, attempts }, 'a precache job failed')
  else log.debug(pair, status === 'DONE' ? 'precached a pair' : 'a precache job was cancelled')
}
