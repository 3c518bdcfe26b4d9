/** What the service and a worker have in common: everything but the doors. */
import type { ArtifactStore } from './artifacts/store.ts'
import type { Config } from './config/load.ts'
import type { Database } from './db/database.ts'
import { RecentRuns } from './db/recent-runs.ts'
import { runsByIds } from './db/runs.ts'
import type { DiffEngine } from './diff/engine.ts'
import {
  openClaims,
  openConfiguredArtifacts,
  openConfiguredDatabase,
  openConfiguredRedis,
  openEngine,
  openQueue,
  watchMemory,
} from './factories.ts'
import { createJobHandler, isCached } from './jobs/precache-job.ts'
import type { JobPair, PrecacheJob, PrecacheQueue } from './jobs/queue.ts'
import type { Logger } from './log.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import type { RunPair } from './model.ts'
import type { RedisLink } from './redis/redis.ts'
import { loadRunPair } from './run-pair.ts'
import { PrecacheService } from './services/precache-service.ts'

export interface Core {
  readonly database: Database
  readonly recentRuns: RecentRuns
  readonly artifacts: ArtifactStore
  readonly metrics: Metrics
  readonly engine: DiffEngine
  readonly queue: PrecacheQueue
  readonly precacheService: PrecacheService
  /** For what is asked: see RecentRuns. @throws RunNotFoundError, RunNotSuccessfulError, DatabaseUnavailableError */
  loadPair(oldId: string, newId: string): Promise<RunPair>
  /** Whether both diffs of a pair are cached. */
  isCached(pair: JobPair): Promise<boolean>
  /** Null where none is configured. */
  readonly redis: RedisLink | null
  /** Names of parts that do not work, without which the rest does. */
  degraded(): readonly string[]
}

/** What closes what has been opened: the last opened first, each whatever the others do. */
export class Closers {
  readonly #closers: (() => Promise<void>)[] = []
  readonly #log: Logger

  constructor(log: Logger) {
    this.#log = log
  }

  push(closer: () => Promise<void>): void {
    this.#closers.push(closer)
  }

  async closeAll(): Promise<void> {
    for (const closer of this.#closers.splice(0).reverse())
      await closer().catch((err: unknown) => this.#log.error({ err }, 'a part did not close cleanly'))
  }
}

/**
 * Opens the parts; what `closers` gets closes them, also where one could not be opened.
 * @param works whether jobs are done here
 * @throws all that the parts throw
 */
export async function openCore(config: Config, log: Logger, closers: Closers, works: boolean): Promise<Core> {
  if (config.otlpEndpoint ?? config.otlpTracesEndpoint ?? config.zipkinAddress) {
    const { startTracing } = await import('./telemetry.ts')
    closers.push(startTracing(config, log))
  }
  const database = await openConfiguredDatabase(config)
  closers.push(() => database.close())
  const artifacts = await openConfiguredArtifacts(config)
  closers.push(() => artifacts.close())
  const redis = await openConfiguredRedis(config, log)
  if (redis) closers.push(async () => redis.close())
  const metrics = createMetrics({
    making: () => engine.making,
    tools: () => engine.tools,
    toolSlots: config.maxConcurrentDiffs,
    queue: () => queue.counts(),
    cache: () => cache.usage(),
    cacheDisk: () => cache.disk(),
    memory: () => pressure.level,
    redis: () => redis && redis.available,
    sandboxed: () => sandbox === 'bubblewrap',
  })
  const claims = await openClaims(redis)
  const pressure = watchMemory(config, log)
  closers.push(async () => pressure.close())
  const { engine, cache, sandbox, close } = await openEngine(config, artifacts, log, {
    observer: metrics,
    claims,
    pressure,
  })
  closers.push(close)
  cache.start()
  const recentRuns = new RecentRuns(database)
  const loadPair: Core['loadPair'] = (oldId, newId) =>
    loadRunPair(oldId, newId, (ids) => recentRuns.byIds(ids))
  // Jobs are few, and what they work on may have been deleted a moment ago.
  const loadPairNow: Core['loadPair'] = (oldId, newId) =>
    loadRunPair(oldId, newId, (ids) => runsByIds(database, ids))
  const work = createJobHandler({
    engine,
    loadPair: loadPairNow,
    limits: config.backgroundLimits,
    retrievalTimeoutMs: config.backgroundRetrievalTimeout * 1000,
    waitForMemory: (signal) => pressure.waitUntilRelieved(signal),
  })
  const isPairCached = (pair: JobPair) => isCached(engine, pair)
  const queue = await openQueue(redis, {
    handler: works ? work : null,
    isCached: isPairCached,
    concurrency: config.precacheConcurrency,
    maxWaiting: config.maxWaitingJobs,
    onEnd: (job) => logEnd(job, log),
    log,
  })
  closers.push(() => queue.close())
  const precacheService = new PrecacheService({
    database,
    queue,
    loadPair: loadPairNow,
    onFillingFailed: ({ id }, err) =>
      log.warn({ err, batch: id }, 'not all pairs of a batch could be queued'),
  })
  const degraded = () => [
    ...(redis && !redis.available ? ['redis'] : []),
    ...(cache.hasDiskError ? ['cache'] : []),
    ...(pressure.level === 'none' ? [] : ['memory']),
  ]
  return {
    database,
    recentRuns,
    artifacts,
    metrics,
    engine,
    queue,
    precacheService,
    redis,
    loadPair,
    isCached: isPairCached,
    degraded,
  }
}

function logEnd({ oldId, newId, status, error, attempts }: PrecacheJob, log: Logger): void {
  const pair = { old: oldId, new: newId }
  if (status === 'FAILED') log.warn({ ...pair, err: error, attempts }, 'a pair could not be precached')
  else log.debug(pair, status === 'DONE' ? 'precached a pair' : 'a job was cancelled')
}
