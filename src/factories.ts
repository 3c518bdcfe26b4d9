/** Opens the parts of the service and of the commands with the drivers that the configuration chooses. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openDirectoryStore } from './artifacts/directory.ts'
import { withRecentListings } from './artifacts/recent-listings.ts'
import type { ArtifactStore } from './artifacts/store.ts'
import { locationOf } from './bucket/bucket-location.ts'
import { bucketAt } from './bucket/open-bucket.ts'
import type { Config } from './config/load.ts'
import type { Database } from './db/database.ts'
import type { DiffCache } from './diff/cache/diff-cache.ts'
import { isDiskError } from './diff/cache/disk-errors.ts'
import type { Bounds } from './diff/cache/evictor.ts'
import { openCache } from './diff/cache/open-cache.ts'
import type { SharedEntriesOptions } from './diff/cache/shared/shared-entries.ts'
import { DiffEngine } from './diff/engine.ts'
import type { SummaryListener } from './diff/engine-options.ts'
import { type LeaseManager, NO_LEASES } from './diff/making/lease.ts'
import { defaultThresholds, MemoryPressure } from './diff/making/memory-pressure.ts'
import type { CacheObserver, DiffObserver } from './diff/making/observer.ts'
import { PackageCheck } from './diff/making/package-check.ts'
import type { ReportRenderer } from './diff/rendering/report-renderer.ts'
import { type RulesFile, readRulesFile } from './diff/rules-file/rules-file.ts'
import {
  createInstanceDir,
  type InstanceDir,
  instanceDirLater,
  sweepDeadInstances,
} from './diff/tools/instance-dir.ts'
import { probeSandbox } from './diff/tools/probe-sandbox.ts'
import { ToolVersions } from './diff/tools/provenance.ts'
import type { Sandbox } from './diff/tools/sandbox.ts'
import { UsageError } from './errors.ts'
import type { PrecacheQueue, QueueOptions } from './jobs/queue.ts'
import type { Logger } from './log.ts'
import type { Metrics } from './metrics/metrics.ts'
import type { RedisLink } from './redis/redis.ts'
import type { State } from './state/state.ts'
import type { Webhooks } from './webhooks/webhooks.ts'

/** One client may wait for this part of the diffs that all may wait for. */
const CLIENT_PART = 4

/** Opens the configured database, or else the embedded one in the data directory. */
export async function openConfiguredDatabase(config: Config): Promise<Database> {
  // Imported on demand, because comparing files needs no database.
  const { openDatabase } = await import('./db/database.ts')
  return openDatabase(config.databaseUrl ? { url: config.databaseUrl } : { embeddedDir: config.dataDir })
}

/**
 * Opens the state: in its own database, or else in the embedded one. A service with a farm's database and no database
 * for the state has no state, because Differ never writes to the farm's.
 */
export async function openState(
  { stateDatabaseUrl: url }: Config,
  database: Database,
): Promise<{ state: State; close(): Promise<void> }> {
  const { State } = await import('./state/state.ts')
  if (url === null) return { state: new State(database.owned ? database : null), close: async () => {} }
  const { openDatabase } = await import('./db/database.ts')
  const own = await openDatabase({ url })
  return { state: new State(own), close: () => own.close() }
}

/** Opens the configured directory or bucket of artifacts. */
export async function openConfiguredArtifacts({
  artifactLocation,
  storageEmulator,
  retrievalTimeout,
}: Config): Promise<ArtifactStore> {
  if (!artifactLocation.startsWith('gs://')) return withRecentListings(openDirectoryStore(artifactLocation))
  // Loaded on demand: few installations have a bucket.
  const { openGcsStore } = await import('./artifacts/gcs.ts')
  const store = await openGcsStore(artifactLocation, {
    ...(storageEmulator !== null && { endpoint: storageEmulator }),
    listingLimitMs: retrievalTimeout * 1000,
  })
  return withRecentListings(store)
}

/** Opens the configured Redis, which may be unavailable at first; null if none is configured. */
export async function openConfiguredRedis(config: Config, log: Logger): Promise<RedisLink | null> {
  if (!config.redisUrl) return null
  const { openRedis } = await import('./redis/redis.ts')
  return openRedis({ url: config.redisUrl, prefix: config.redisPrefix, log })
}

/** Leases that keep other processes from making the same diff. Without Redis there are none. */
export async function openLeases(redis: RedisLink | null): Promise<LeaseManager> {
  if (!redis) return NO_LEASES
  const { redisLeases } = await import('./redis/redis-leases.ts')
  return redisLeases(redis)
}

/**
 * Opens the queue on Redis, or without Redis the queue of this process.
 * @throws UsageError if no process would run the jobs
 */
export async function openQueue(redis: RedisLink | null, options: QueueOptions): Promise<PrecacheQueue> {
  if (redis) {
    const { openBullmqQueue } = await import('./jobs/bullmq/bullmq-queue.ts')
    return openBullmqQueue({ ...options, link: redis })
  }
  const { handler } = options
  if (!handler)
    throw new UsageError(
      '--no-worker leaves the jobs to workers, which take them from Redis: set --redis-url',
    )
  const { openInProcessQueue } = await import('./jobs/in-process/in-process-queue.ts')
  return openInProcessQueue({ ...options, handler })
}

/**
 * Opens the queue of webhooks; null if none are configured. They have a queue of their own, because they must not wait
 * behind diffs that take half an hour.
 * @param options.runsJobs whether this process sends webhooks
 */
export async function openWebhooks(
  { webhookUrl: url, webhookSecret: secret, webhookAllowedAddresses, baseUrl }: Config,
  redis: RedisLink | null,
  options: {
    readonly state: State
    readonly runsJobs: boolean
    readonly metrics: Pick<Metrics, 'webhookEnded'>
    readonly log: Logger
  },
): Promise<Webhooks | null> {
  const { state, runsJobs, metrics, log } = options
  if (url === null || secret === null || !state.isConfigured) return null
  const webhooks = await import('./webhooks/webhooks.ts')
  const { blockListOf } = await import('./webhooks/receiver-address.ts')
  const target = { url, secret, allowed: blockListOf(webhookAllowedAddresses) }
  const queue = await openQueue(redis, {
    name: 'webhooks',
    handler: runsJobs || !redis ? webhooks.createWebhookHandler(state, target, baseUrl) : null,
    concurrency: webhooks.WEBHOOK_CONCURRENCY,
    maxWaiting: Number.POSITIVE_INFINITY,
    isCached: async () => false,
    onEnd: (job) => {
      metrics.webhookEnded(job.status === 'DONE' ? 'delivered' : 'failed')
      opened.settle(job)
    },
    retryDelayMs: webhooks.WEBHOOK_RETRY_MS,
    log,
  })
  const opened = new webhooks.Webhooks({ state, queue, log })
  return opened
}

export interface OpenEngine {
  readonly engine: DiffEngine
  readonly cache: DiffCache
  readonly sandbox: Sandbox
  /** Null if none is configured. */
  readonly rulesFile: RulesFile | null
  /** Stops the tools and removes their temporary files. */
  close(): Promise<void>
}

export interface EngineOptions {
  /** Directory of the cache; the configured one if omitted. */
  readonly cachePath?: string
  /** Receives what the metrics show. */
  readonly observer?: DiffObserver & CacheObserver
  readonly leases?: LeaseManager
  /** Gets the summaries that are made and read. */
  readonly listener?: SummaryListener
  /** Decides when new diffs are refused. */
  readonly pressure?: MemoryPressure
  /** Renders large reports; the engine closes it. Default: a new one. */
  readonly renderer?: ReportRenderer
  /** Whether to ask the tools for their versions and record them with each diff. */
  readonly recordToolVersions?: boolean
}

/**
 * Opens the engine with the configured cache and tools, and removes what killed processes have left.
 * @throws UsageError for an invalid rules file
 */
export async function openEngine(
  config: Config,
  artifacts: ArtifactStore,
  log: Logger,
  options: EngineOptions = {},
): Promise<OpenEngine> {
  const {
    cachePath = config.cachePath,
    observer,
    leases,
    listener,
    pressure,
    renderer,
    recordToolVersions = true,
  } = options
  const rulesFile = config.rulesFile === null ? null : await readRulesFile(config.rulesFile)
  const tempDir = await instanceDir(config.tempPath, log)
  const incoming = join(cachePath, 'differ', 'incoming')
  const incomingDir = await instanceDir(incoming, log).catch((err: unknown) => {
    if (!isDiskError(err)) throw err
    log.warn({ err, path: incoming }, 'cannot write to the cache')
    return instanceDirLater(incoming)
  })
  const cache = openCache({
    root: cachePath,
    bounds: boundsOf(config),
    format: config.cacheFormat,
    incomingDir,
    tempDir,
    shared: await openShared(config, log, observer),
    onEvicted: (part, bytes) => observer?.evicted(part, bytes),
    onFailed: (err) => log.warn({ err }, 'cannot scan the cache'),
    onDiskError: (err) =>
      log.warn({ err, path: cachePath }, 'the cache is not writable; diffs are served but not cached'),
    onRecovered: () => log.info({ path: cachePath }, 'the cache is writable again'),
  })
  const sandbox = await chooseSandbox(config.sandbox, tempDir, log)
  const commands = { debdiff: config.debdiffCommand, diffoscope: config.diffoscopeCommand }
  const engine = new DiffEngine({
    artifacts,
    cache,
    tempDir,
    commands,
    sandbox,
    packageCheck: new PackageCheck({ maxBytes: config.maxPackageSize * 1e6, sandbox }),
    failureTtlMs: config.failureTtl * 1000,
    concurrency: config.maxConcurrentDiffs,
    maxInProgress: config.maxWaitingDiffs,
    maxWaitsPerClient: Math.ceil(config.maxWaitingDiffs / CLIENT_PART),
    rulesFile,
    ...(observer && { observer }),
    ...(leases && { leases }),
    ...(listener && { listener }),
    ...(pressure && { pressure }),
    ...(renderer && { renderer }),
    ...(recordToolVersions && { toolVersions: new ToolVersions(commands, tempDir) }),
  })
  return {
    engine,
    cache,
    sandbox,
    rulesFile,
    async close() {
      await engine.close()
      await cache.close()
      await Promise.all([tempDir.remove(), incomingDir.remove()])
    },
  }
}

/** What the cache needs to know of its bucket; null if none is configured. */
async function openShared(
  { cacheLocation, storageEmulator }: Config,
  log: Logger,
  observer: CacheObserver | undefined,
): Promise<Omit<SharedEntriesOptions, 'store' | 'incomingDir'> | null> {
  if (cacheLocation === null) return null
  const location = locationOf(cacheLocation, storageEmulator)
  return {
    location,
    bucket: await bucketAt(location),
    onRequest: (operation, outcome) => observer?.bucketAsked(operation, outcome),
    onAway: (err) =>
      log.warn({ err, location }, 'the bucket of the cache does not answer; new diffs are uploaded later'),
    onError: (err) => log.warn({ err, location }, 'cannot upload an entry of the cache; it is tried again'),
    onBack: () => log.info({ location }, 'the bucket of the cache answers again'),
  }
}

/** @throws UsageError if a sandbox is required and does not work */
async function chooseSandbox(
  setting: Config['sandbox'],
  { path }: InstanceDir,
  log: Logger,
): Promise<Sandbox> {
  if (setting === 'off') return 'none'
  const failure = await probeSandbox(path)
  if (failure === null) return 'bubblewrap'
  if (setting === 'require')
    throw new UsageError(
      `The sandbox does not work: ${failure}. Install the Debian package bubblewrap and allow user namespaces (for a container, in the settings of its engine), or set --sandbox=auto`,
    )
  log.warn(
    { reason: failure },
    'tools run without a sandbox, with limits only; see "Sandbox" in docs/operations.md',
  )
  return 'none'
}

/** Watches the memory of this process with the configured thresholds. */
export function watchMemory({ memoryPause, memoryRefuse }: Config, log: Logger): MemoryPressure {
  const { pauseBytes, refuseBytes, stopBytes } = defaultThresholds()
  const ownRefuseBytes = memoryRefuse === null ? refuseBytes : memoryRefuse * 1e6
  return new MemoryPressure({
    thresholds: {
      pauseBytes: memoryPause === null ? pauseBytes : memoryPause * 1e6,
      refuseBytes: ownRefuseBytes,
      stopBytes: Math.max(stopBytes, ownRefuseBytes),
    },
    onChange: (level, residentBytes) =>
      level === 'none'
        ? log.info({ residentBytes }, 'the service has enough memory again')
        : log.warn({ residentBytes, level }, 'the service is short of memory'),
  })
}

/** The configured limits of the cache. */
export function boundsOf({ cacheMaxSize, cacheMinFree }: Config): Bounds {
  return {
    maxBytes: cacheMaxSize === null ? null : cacheMaxSize * 1e6,
    minFreeBytes: cacheMinFree * 1e6,
    maxUnusedMs: null,
  }
}

async function instanceDir(parent: string, log: Logger): Promise<InstanceDir> {
  await mkdir(parent, { recursive: true })
  for (const path of await sweepDeadInstances(parent))
    log.info({ path }, 'removed the files of a killed process')
  return createInstanceDir(parent)
}
