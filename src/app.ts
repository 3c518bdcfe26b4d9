/** The service: its parts put together, and taken apart again in order. */
import { openDirectoryStore } from './artifacts/directory.ts'
import type { Config } from './config/load.ts'
import type { Database } from './db/database.ts'
import { countUnchangedPairs, type PairCursor, unchangedPairs } from './db/pairs.ts'
import { runsByIds } from './db/runs.ts'
import { measureCache } from './diff/cache-usage.ts'
import { UsageError } from './errors.ts'
import { basePathOf } from './http/base-path.ts'
import { createServer } from './http/server.ts'
import type { Logger } from './log.ts'
import { createMetrics } from './metrics.ts'
import { openConfiguredDatabase, openEngine } from './parts.ts'
import { Demand } from './precache/demand.ts'
import { openInProcessQueue } from './precache/in-process-queue.ts'
import { isCached, pairMaker } from './precache/make-pair.ts'
import type { JobPair } from './precache/queue.ts'
import { HotBodies } from './rest/hot-bodies.ts'
import { requirePair } from './run-pair.ts'

/** How long a request that is being answered when the service is told to stop may still take. */
const GRACE_MS = 10_000

export interface App {
  /** Where it listens: `http://localhost:9920`. */
  readonly url: string
  /** Where clients reach it, through whatever stands in front, without a slash at the end. */
  readonly baseUrl: string
  readonly database: Database
  /** Orderly: no new requests, running ones get time, tools are stopped, temporary directories removed, connections ended. */
  close(): Promise<void>
}

/** Starts the service. @throws UsageError for an address that cannot be listened on, and all that its parts throw */
export async function startApp(config: Config, log: Logger): Promise<App> {
  const closers: (() => Promise<void>)[] = []
  /** Last opened, first closed; each gets its turn whatever the others do. */
  const close = async () => {
    for (const closer of closers.splice(0).reverse())
      await closer().catch((err: unknown) => log.error({ err }, 'a part did not close cleanly'))
  }
  try {
    if (config.otlpEndpoint ?? config.otlpTracesEndpoint ?? config.zipkinAddress) {
      const { startTracing } = await import('./telemetry.ts')
      closers.push(startTracing(config, log))
    }
    const database = await openConfiguredDatabase(config)
    closers.push(() => database.close())
    const artifacts = openDirectoryStore(config.artifactLocation)
    closers.push(() => artifacts.close())
    const metrics = createMetrics({
      making: () => engine.making,
      tools: () => engine.tools,
      toolSlots: config.maxConcurrentDiffs,
      queue: () => queue.counts(),
      cache: () => measureCache(config.cachePath),
    })
    const { engine, close: closeEngine } = await openEngine(config, artifacts, log, { observer: metrics })
    closers.push(closeEngine)
    const loadPair = async (oldId: string, newId: string) => {
      const [old = null, fresh = null] = await runsByIds(database, [oldId, newId])
      return requirePair(oldId, newId, { old, new: fresh })
    }
    const queue = openInProcessQueue({
      work: pairMaker({
        engine,
        loadPair,
        limits: config.backgroundLimits,
        retrievalTimeoutMs: config.backgroundRetrievalTimeout * 1000,
      }),
      isCached: (pair) => isCached(engine, pair),
      concurrency: config.maxConcurrentDiffs,
      maxWaiting: 200_000,
      onEnd: ({ oldId, newId, error }) => {
        if (error) log.warn({ old: oldId, new: newId, err: error }, 'a pair could not be precached')
      },
    })
    closers.push(() => queue.close())
    const demand = new Demand({
      engine,
      queue,
      limits: config.requestLimits,
      retrievalTimeoutMs: config.retrievalTimeout * 1000,
    })

    const address = { baseUrl: '' }
    const basePath = config.baseUrl ? basePathOf(config.baseUrl) : ''
    const server = createServer({
      services: {
        database,
        artifacts,
        demand,
        queue,
        get baseUrl() {
          return address.baseUrl
        },
        basePath,
      },
      rest: {
        demand,
        precaching: {
          pair: async (oldId, newId, trigger) => {
            await loadPair(oldId, newId)
            return queue.enqueue({ oldId, newId }, trigger)
          },
          all: async () => {
            const count = await countUnchangedPairs(database)
            if (count === 0) return { count }
            const { filling } = await queue.enqueueAll(everyPair(database), 'BATCH')
            filling.catch((err: unknown) => log.warn({ err }, 'not all pairs could be queued'))
            return { count }
          },
        },
        basePath,
        errorFormat: config.errorFormat,
        hot: new HotBodies(),
        loadPair,
      },
      graphiql: config.graphiql === 'on',
      basePath,
      corsOrigins: config.corsOrigins,
      degraded: () => [],
      metrics,
      log,
    })
    const listening = await server
      .listen({
        host: config.listenAddress,
        port: config.port,
        listenTextResolver: (address) =>
          config.baseUrl
            ? `listening on ${address}, for clients at ${config.baseUrl}`
            : `listening on ${address}`,
      })
      .catch(explainListening(config))
    closers.push(async () => {
      const cut = setTimeout(() => server.server.closeAllConnections(), GRACE_MS)
      await server.close().finally(() => clearTimeout(cut))
    })
    const url = listeningUrl(config, Number(new URL(listening).port))
    address.baseUrl = config.baseUrl ?? url
    return { url, baseUrl: address.baseUrl, database, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Newest first, read page by page: there may be very many. */
async function* everyPair(database: Database): AsyncGenerator<JobPair> {
  for (let after: PairCursor | undefined; ; ) {
    const { items, next } = await unchangedPairs(database, { limit: 500, ...(after && { after }) })
    for (const { old, new: fresh } of items) yield { oldId: old.id, newId: fresh.id }
    if (!next) return
    after = next
  }
}

function explainListening({ listenAddress, port }: Config): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    const why =
      error.code === 'EADDRINUSE'
        ? 'another program listens there; stop it, or choose another port with --port'
        : error.message
    throw new UsageError(`Cannot listen on ${listenAddress}:${port}: ${why}`)
  }
}

/** An address that means "everywhere" is none to send people to. */
function listeningUrl({ listenAddress }: Config, port: number): string {
  const everywhere = listenAddress === '0.0.0.0' || listenAddress === '::'
  const host = everywhere ? 'localhost' : listenAddress.includes(':') ? `[${listenAddress}]` : listenAddress
  return `http://${host}:${port}`
}
