/** The one place that chooses drivers: the parts that the service and the other commands are made of, as they are configured. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openDirectoryStore } from './artifacts/directory.ts'
import type { ArtifactStore } from './artifacts/store.ts'
import type { Config } from './config/load.ts'
import type { Database } from './db/database.ts'
import type { DiffCache } from './diff/cache/diff-cache.ts'
import { isDiskError } from './diff/cache/disk-errors.ts'
import type { Bounds } from './diff/cache/evictor.ts'
import { openCache } from './diff/cache/open-cache.ts'
import { DiffEngine } from './diff/engine.ts'
import { type LeaseManager, NO_LEASES } from './diff/making/lease.ts'
import { defaultThresholds, MemoryPressure } from './diff/making/memory-pressure.ts'
import type { CacheObserver, DiffObserver } from './diff/making/observer.ts'
import { PackageCheck } from './diff/making/package-check.ts'
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
import type { InProcessQueueOptions } from './jobs/in-process/in-process-queue.ts'
import type { PrecacheQueue, QueueOptions } from './jobs/queue.ts'
import type { Logger } from './log.ts'
import type { RedisLink } from './redis/redis.ts'

/** Opens the configured database, or the embedded one in the data directory. */
export async function openConfiguredDatabase(config: Config): Promise<Database> {
  // Loaded when it is wanted: comparing files needs no database.
  const { openDatabase } = await import('./db/database.ts')
  return openDatabase(config.databaseUrl ? { url: config.databaseUrl } : { embeddedDir: config.dataDir })
}

/** The configured directory or bucket of artifacts. */
export async function openConfiguredArtifacts({
  artifactLocation,
  storageEmulator,
  retrievalTimeout,
}: Config): Promise<ArtifactStore> {
  if (!artifactLocation.startsWith('gs://')) return openDirectoryStore(artifactLocation)
  // Loaded on demand: few installations have a bucket.
  const { openGcsStore } = await import('./artifacts/gcs.ts')
  return openGcsStore(artifactLocation, {
    ...(storageEmulator !== null && { endpoint: storageEmulator }),
    listingLimitMs: retrievalTimeout * 1000,
  })
}

/** The configured Redis, there or away; null where none is configured. */
export async function openConfiguredRedis(config: Config, log: Logger): Promise<RedisLink | null> {
  if (!config.redisUrl) return null
  const { openRedis } = await import('./redis/redis.ts')
  return openRedis({ url: config.redisUrl, prefix: config.redisPrefix, log })
}

/** What keeps other processes from making the same diff: kept on Redis, where there is one. */
export async function openClaims(redis: RedisLink | null): Promise<LeaseManager> {
  if (!redis) return NO_LEASES
  const { redisLeases } = await import('./redis/redis-leases.ts')
  return redisLeases(redis)
}

/**
 * The queue on Redis, or that of this process without it.
 * @throws UsageError where nobody would do the jobs
 */
export async function openQueue(
  redis: RedisLink | null,
  options: QueueOptions & Pick<InProcessQueueOptions, 'maxWaiting'>,
): Promise<PrecacheQueue> {
  if (redis) {
    const { openBullmqQueue } = await import('./jobs/bullmq/bullmq-queue.ts')
    return openBullmqQueue({ ...options, link: redis })
  }
  const { handler } = options
  if (!handler)
    throw new UsageError(
      '--no-worker leaves the jobs to workers, which take them from Redis: give --redis-url',
    )
  const { openInProcessQueue } = await import('./jobs/in-process/in-process-queue.ts')
  return openInProcessQueue({ ...options, handler })
}

export interface OpenEngine {
  readonly engine: DiffEngine
  readonly cache: DiffCache
  readonly sandbox: Sandbox
  /** Stops the tools and removes what they left. */
  close(): Promise<void>
}

/**
 * The engine on the configured cache and tools; first clears away what a killed instance left behind.
 * @param own `cachePath`: where diffs are kept, the configured place where left out; `observer`: who counts; `claims`: shared with other processes;
 *   `pressure`: when new diffs are not to be begun;
 *   `notesTools`: whether the tools are asked for their versions, to be noted beside what they made
 */
export async function openEngine(
  config: Config,
  artifacts: ArtifactStore,
  log: Logger,
  {
    cachePath = config.cachePath,
    observer,
    claims,
    pressure,
    notesTools = true,
  }: {
    pressure?: MemoryPressure
    cachePath?: string
    observer?: DiffObserver & CacheObserver
    claims?: LeaseManager
    notesTools?: boolean
  } = {},
): Promise<OpenEngine> {
  const tempDir = await instanceDir(config.tempPath, log)
  const incoming = join(cachePath, 'differ', 'incoming')
  const incomingDir = await instanceDir(incoming, log).catch((err: unknown) => {
    if (!isDiskError(err)) throw err
    log.warn({ err, path: incoming }, 'the cache cannot be written to')
    return instanceDirLater(incoming)
  })
  const cache = openCache({
    root: cachePath,
    bounds: boundsOf(config),
    incomingDir,
    tempDir,
    onEvicted: (part, bytes) => observer?.evicted(part, bytes),
    onFailed: (err) => log.warn({ err }, 'the cache could not be looked through'),
    onDiskError: (err) =>
      log.warn({ err, path: cachePath }, 'the cache takes nothing; diffs are made and not kept'),
    onRecovered: () => log.info({ path: cachePath }, 'the cache takes diffs again'),
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
    maxMaking: config.maxWaitingDiffs,
    ...(observer && { observer }),
    ...(claims && { claims }),
    ...(pressure && { pressure }),
    ...(notesTools && { toolFacts: new ToolVersions(commands, tempDir) }),
  })
  return {
    engine,
    cache,
    sandbox,
    async close() {
      await engine.close()
      await cache.close()
      await Promise.all([tempDir.remove(), incomingDir.remove()])
    },
  }
}

/** @throws UsageError where one is required and does not work */
async function chooseSandbox(
  wanted: Config['sandbox'],
  { path }: InstanceDir,
  log: Logger,
): Promise<Sandbox> {
  if (wanted === 'off') return 'none'
  const failure = await probeSandbox(path)
  if (failure === null) return 'bubblewrap'
  if (wanted === 'require')
    throw new UsageError(
      `--sandbox=require, and there is none: ${failure}. Install the Debian package bubblewrap and allow user namespaces (in a container they may need to be allowed from outside), or set --sandbox=auto`,
    )
  log.warn(
    { reason: failure },
    'tools run under limits alone: there is no sandbox; see "Sandbox" in docs/operations.md',
  )
  return 'none'
}

/** Watches the memory of this process, within the configured thresholds. */
export function watchMemory({ memoryPause, memoryRefuse }: Config, log: Logger): MemoryPressure {
  const { pauseBytes, refuseBytes } = defaultThresholds()
  return new MemoryPressure({
    thresholds: {
      pauseBytes: memoryPause === null ? pauseBytes : memoryPause * 1e6,
      refuseBytes: memoryRefuse === null ? refuseBytes : memoryRefuse * 1e6,
    },
    onChange: (level, residentBytes) =>
      level === 'none'
        ? log.info({ residentBytes }, 'there is enough memory again')
        : log.warn({ residentBytes, level }, 'the service is short of memory'),
  })
}

/** What the configuration says of the cache's size. */
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
    log.info({ path }, 'removed what a killed instance left')
  return createInstanceDir(parent)
}
