/** The service: its parts put together, and taken apart again in order. */
import type { Config } from './config/load.ts'
import type { Database } from './db/database.ts'
import { followRuns } from './farm/follow-runs.ts'
import { PersistedOperations, readManifest } from './graphql/persisted.ts'
import { createServer } from './http/server.ts'
import { loadWebApp } from './http/web-app.ts'
import { explainListenError } from './listen-error.ts'
import type { Logger } from './log.ts'
import { basePathOf } from './requests/base-path.ts'
import { TrustedProxies } from './requests/client-address.ts'
import { TokenCheck } from './requests/token-check.ts'
import { SubscriptionCounter } from './resolvers/subscription-counter.ts'
import { BodyCache } from './responses/body-cache.ts'
import { Closers, openCore } from './runtime.ts'
import { DiffService } from './services/diff-service.ts'

/** How long a request that is being answered when the service is told to stop may still take. */
const GRACE_MS = 10_000

export interface App {
  /** Where it listens: `http://localhost:9920`. */
  readonly url: string
  /** Where clients reach it, through whatever stands in front, without a slash at the end. */
  readonly baseUrl: string
  readonly database: Database
  readonly subscriptions: SubscriptionCounter
  /** Orderly: no new requests, running ones get time, tools are stopped, temporary directories removed, connections ended. */
  close(): Promise<void>
}

/** Starts the service. @throws UsageError for an address that cannot be listened on, and all that its parts throw */
export async function startApp(config: Config, log: Logger): Promise<App> {
  const closers = new Closers(log)
  try {
    const core = await openCore(config, log, closers, !config.noWorker)
    const { database, artifacts, metrics, engine, queue, precacheService, loadPair, degraded } = core
    const diffService = new DiffService({
      engine,
      queue,
      limits: config.requestLimits,
      retrievalTimeoutMs: config.retrievalTimeout * 1000,
    })

    // An embedded database has what was imported, which is asked for when it is wanted.
    if (core.redis || !database.owned)
      closers.push(
        followRuns({
          link: core.redis,
          channels: config.precacheChannels,
          database,
          queue,
          isCached: core.isCached,
          rules: {
            campaigns: config.precacheCampaigns,
            skipCampaigns: config.precacheSkipCampaigns,
            codebases: config.precacheCodebases,
            skipCodebases: config.precacheSkipCodebases,
          },
          cachePath: config.cachePath,
          intervalMs: config.catchUpInterval * 1000,
          observe: metrics.runEvent,
          log,
        }),
      )

    // The page's own operations are always known: it names them by their hashes, whatever other clients may do.
    const web = await loadWebApp()
    const manifests = [web?.manifest, config.operationsManifest].filter((file) => file != null)
    const known = await Promise.all(manifests.map(readManifest))
    const persisted = new PersistedOperations(
      new Map(known.flatMap((operations) => [...operations])),
      config.operations === 'persisted-only',
    )
    const subscriptionLimits = { perClient: config.maxClientSubscriptions, inAll: config.maxSubscriptions }
    const subscriptions = new SubscriptionCounter(subscriptionLimits)
    const address = { baseUrl: '' }
    const basePath = config.baseUrl ? basePathOf(config.baseUrl) : ''
    const server = createServer({
      services: {
        database,
        recentRuns: core.recentRuns,
        artifacts,
        diffService,
        queue,
        precacheService,
        subscriptions,
        get baseUrl() {
          return address.baseUrl
        },
        basePath,
      },
      rest: {
        diffService,
        precacheService,
        basePath,
        errorFormat: config.errorFormat,
        bodyCache: new BodyCache(),
        loadPair,
      },
      graphiql: config.graphiql === 'on',
      introspection: config.introspection === 'on',
      persisted,
      web,
      limits: {
        tokens: config.maxTokens,
        aliases: config.maxAliases,
        directives: config.maxDirectives,
        depth: config.maxDepth,
        fields: config.maxFields,
        cost: config.maxCost,
        timeoutMs: config.operationTimeout * 1000,
        perClient: config.maxClientOperations,
        bodyBytes: config.maxBody * 1024,
      },
      basePath,
      corsOrigins: config.corsOrigins,
      proxies: new TrustedProxies(config.trustedProxies),
      degraded,
      metrics,
      tokenCheck: new TokenCheck(config.token),
      timeouts: { requestMs: config.requestTimeout * 1000, stallMs: config.stallTimeout * 1000 },
      websockets: {
        ...subscriptionLimits,
        messageBytes: config.websocketMessageLimit * 1024,
        initTimeoutMs: config.websocketInitTimeout * 1000,
        pingMs: config.websocketPing * 1000,
      },
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
      .catch(explainListenError(config.listenAddress, config.port, '--port'))
    closers.push(async () => {
      const cut = setTimeout(() => server.server.closeAllConnections(), GRACE_MS)
      await server.close().finally(() => clearTimeout(cut))
    })
    if (config.token === null && !isLoopback(config.listenAddress))
      log.warn('everybody who reaches this address may start work: set DIFFER_TOKEN to ask for a token')
    const url = listeningUrl(config, Number(new URL(listening).port))
    address.baseUrl = config.baseUrl ?? url
    return { url, baseUrl: address.baseUrl, database, subscriptions, close: () => closers.closeAll() }
  } catch (error) {
    await closers.closeAll()
    throw error
  }
}

/** An address that means "everywhere" is none to send people to. */
function listeningUrl({ listenAddress }: Config, port: number): string {
  const everywhere = listenAddress === '0.0.0.0' || listenAddress === '::'
  const host = everywhere ? 'localhost' : listenAddress.includes(':') ? `[${listenAddress}]` : listenAddress
  return `http://${host}:${port}`
}

function isLoopback(address: string): boolean {
  return address === 'localhost' || address === '::1' || address.startsWith('127.')
}
