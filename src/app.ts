/** Assembles the service. */
import { getHeapStatistics } from 'node:v8'
import { CleanupStack } from './cleanup-stack.ts'
import type { Config } from './config/load.ts'
import type { Database } from './db/database.ts'
import { ReportRenderer } from './diff/rendering/report-renderer.ts'
import { RULES_VERSION } from './diff/summary-version.ts'
import { followRuns } from './farm/follow-runs.ts'
import { PersistedOperations, readManifest } from './graphql/persisted.ts'
import type { GraphqlLimits } from './graphql/yoga.ts'
import { createServer } from './http/server.ts'
import { loadWebApp, type WebApp } from './http/web-app.ts'
import { explainListenError } from './listen-error.ts'
import type { Logger } from './log.ts'
import { AllowedHosts } from './requests/allowed-hosts.ts'
import { basePathOf } from './requests/base-path.ts'
import { ByteBudget, type ByteLimits } from './requests/byte-budget.ts'
import { TrustedProxies } from './requests/client-address.ts'
import { PageOrigins } from './requests/page-origin.ts'
import { TokenCheck } from './requests/token-check.ts'
import { SubscriptionCounter } from './resolvers/subscription-counter.ts'
import { BodyCache } from './responses/body-cache.ts'
import { openRuntime, type Runtime } from './runtime.ts'
import { CampaignService } from './services/campaign-service.ts'
import { DiffService } from './services/diff-service.ts'
import { refreshSummaries } from './services/refresh-summaries.ts'
import { type RulesInForce, rulesFileOf } from './state/rules-in-force.ts'

/** How long running requests may take after the service was told to stop. */
const GRACE_MS = 10_000

/**
 * Far above what the web page and the examples need. They are not settings, because an operator limits work
 * by `--max-cost` and the other limits only keep parsing and validating cheap.
 */
const DOCUMENT_LIMITS = {
  tokens: 2_000,
  aliases: 50,
  introspectionAliases: 5,
  aliasLength: 256,
  directives: 50,
  depth: 30,
  fields: 1_000,
}
/** Of a GraphQL request over HTTP, and of a message over WebSocket. */
const MAX_OPERATION_BYTES = 256 * 1024
/** What an operation may read and return. Larger renderings have URLs, and larger lists have pages. */
const MAX_BYTES_OF_OPERATION = 16 * 2 ** 20
const MIN_BYTES_IN_FLIGHT = 2 * MAX_BYTES_OF_OPERATION
const HEAP_PER_BYTE_IN_FLIGHT = 16
const WEBSOCKET_INIT_TIMEOUT_MS = 5_000

export interface App {
  /** The URL it listens on: `http://localhost:9920`. */
  readonly url: string
  /** The URL at which clients reach it, possibly through a proxy; without a slash at its end. */
  readonly baseUrl: string
  readonly database: Database
  readonly subscriptions: SubscriptionCounter
  /** Refuses new requests, waits for running ones, stops the tools and removes temporary files. */
  close(): Promise<void>
}

/**
 * Starts the service.
 * @param renderer closed with the service. Default: a new one.
 * @throws UsageError if it cannot listen on its address; all errors of its parts
 */
export async function startApp(config: Config, log: Logger, renderer = new ReportRenderer()): Promise<App> {
  const cleanup = new CleanupStack(log)
  try {
    const runtime = await openRuntime(config, log, cleanup, { runsJobs: !config.noWorker, renderer })
    const { database } = runtime
    // An embedded database only contains imported runs, which are diffed on request.
    if (runtime.redis || !database.owned) cleanup.defer(followFinishedRuns(config, runtime, log))
    if (runtime.state.isConfigured)
      cleanup.defer(
        refreshSummaries({
          state: runtime.state,
          database: database.for('background', 'refresh'),
          queue: runtime.queue,
          rules: rulesInForce(runtime),
          log,
        }),
      )

    const web = await loadWebApp()
    const persisted = await loadOperations(config, web)
    const subscriptions = new SubscriptionCounter(subscriptionLimits(config))
    const address = { baseUrl: '' }
    const server = buildServer({ config, runtime, log, web, persisted, subscriptions, address })
    const listening = await server
      .listen({
        host: config.listenAddress,
        port: config.port,
        listenTextResolver: (url) =>
          config.baseUrl ? `listening on ${url}, for clients at ${config.baseUrl}` : `listening on ${url}`,
      })
      .catch(explainListenError(config.listenAddress, config.port, '--port'))
    cleanup.defer(async () => {
      const cut = setTimeout(() => server.server.closeAllConnections(), GRACE_MS)
      await server.close().finally(() => clearTimeout(cut))
    })
    if (config.token === null && !isLoopback(config.listenAddress))
      log.warn('every client that reaches this address may start work; set DIFFER_TOKEN to require a token')
    const url = reachableUrl(config, Number(new URL(listening).port))
    address.baseUrl = config.baseUrl ?? url
    return { url, baseUrl: address.baseUrl, database, subscriptions, close: () => cleanup.disposeAsync() }
  } catch (error) {
    await cleanup.disposeAsync()
    throw error
  }
}

function rulesInForce({ rulesFile }: Runtime): RulesInForce {
  return { version: Number(RULES_VERSION), file: rulesFileOf(rulesFile?.digest ?? '') }
}

/** Precaches finished runs. @returns a function that stops this */
function followFinishedRuns(config: Config, runtime: Runtime, log: Logger): () => Promise<void> {
  const { redis, database, queue, isCached, metrics } = runtime
  return followRuns({
    link: redis,
    channels: config.precacheChannels,
    database: database.for('background', 'farm'),
    queue,
    isCached,
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
  })
}

/** The operations of the manifest, and those of the web page, which names its operations only by hash. */
async function loadOperations(config: Config, web: WebApp | null): Promise<PersistedOperations> {
  const files = [web?.manifest, config.operationsManifest].filter((file) => file != null)
  const manifests = await Promise.all(files.map(readManifest))
  const documents = new Map(manifests.flatMap((operations) => [...operations]))
  return new PersistedOperations(documents, config.operations === 'persisted-only')
}

interface ServerParts {
  readonly config: Config
  readonly runtime: Runtime
  readonly log: Logger
  readonly web: WebApp | null
  readonly persisted: PersistedOperations
  readonly subscriptions: SubscriptionCounter
  /** The base URL is known once the server listens. */
  readonly address: { readonly baseUrl: string }
}

function buildServer({ config, runtime, log, web, persisted, subscriptions, address }: ServerParts) {
  const { database, recentRuns, artifacts, metrics, engine, queue, precacheService } = runtime
  const { loadPair, degraded, pressure } = runtime
  const assertReadable = () => pressure.assertReadable()
  const basePath = config.baseUrl ? basePathOf(config.baseUrl) : ''
  const diffService = new DiffService({
    engine,
    queue,
    limits: config.requestLimits,
    backgroundLimits: config.backgroundLimits,
    retrievalTimeoutMs: config.retrievalTimeout * 1000,
  })
  const campaigns = new CampaignService({
    state: runtime.state,
    lag: runtime.stateWriter,
    rules: rulesInForce(runtime),
    rulesFile: runtime.rulesFile,
  })
  const tokenCheck = new TokenCheck(config.token)
  const origins = new PageOrigins({ corsOrigins: config.corsOrigins, baseUrl: () => address.baseUrl })
  return createServer({
    services: {
      database,
      recentRuns,
      artifacts,
      diffService,
      queue,
      precacheService,
      campaigns,
      ready: runtime.ready,
      subscriptions,
      facts: {
        tools: (signal) => engine.toolVersions(signal),
        tokenRequired: config.token !== null,
        queue: runtime.redis ? 'REDIS' : 'IN_PROCESS',
        runUrl: config.runUrl,
        limits: { ...graphqlLimits(config), bytes: byteLimits().perOperation },
      },
      get baseUrl() {
        return address.baseUrl
      },
      basePath,
    },
    rest: {
      diffService,
      precacheService,
      campaigns,
      baseUrl: () => address.baseUrl,
      basePath,
      errorFormat: config.errorFormat,
      making: { origins, tokenCheck: config.restMaking === 'token' ? tokenCheck : null },
      budget: new ByteBudget(byteLimits(), assertReadable),
      bodyCache: new BodyCache(),
      loadPair,
    },
    // Trusted documents leave nothing to try in an editor.
    graphiql: config.graphiql === 'on' && config.operations !== 'persisted-only',
    introspection: config.introspection === 'on',
    persisted,
    web,
    page: { ...config, hasCampaigns: runtime.state.isConfigured },
    limits: graphqlLimits(config),
    assertReadable,
    basePath,
    corsOrigins: config.corsOrigins,
    proxies: new TrustedProxies(config.trustedProxies),
    hosts: new AllowedHosts({ ...config, configured: config.allowedHosts }),
    origins,
    degraded,
    metrics,
    tokenCheck,
    timeouts: { requestMs: config.requestTimeout * 1000, stallMs: config.stallTimeout * 1000 },
    websockets: {
      ...subscriptionLimits(config),
      messageBytes: MAX_OPERATION_BYTES,
      initTimeoutMs: WEBSOCKET_INIT_TIMEOUT_MS,
      pingMs: config.pingInterval * 1000,
    },
    log,
  })
}

function graphqlLimits(config: Config): GraphqlLimits {
  return {
    ...DOCUMENT_LIMITS,
    cost: config.maxCost,
    timeoutMs: config.operationTimeout * 1000,
    perClient: config.maxClientOperations,
    bodyBytes: MAX_OPERATION_BYTES,
  }
}

/** A byte of a response takes up to eight in memory while it is made: in several forms, and in buffers. */
function byteLimits(): ByteLimits {
  const { heap_size_limit: heap } = getHeapStatistics()
  const inAll = Math.max(MIN_BYTES_IN_FLIGHT, heap / HEAP_PER_BYTE_IN_FLIGHT)
  return { perOperation: MAX_BYTES_OF_OPERATION, perClient: inAll / 2, inAll }
}

function subscriptionLimits(config: Config): { perClient: number; inAll: number } {
  return { perClient: config.maxClientSubscriptions, inAll: config.maxSubscriptions }
}

/** A URL that works on this machine, also if the service listens on all addresses. */
function reachableUrl({ listenAddress }: Config, port: number): string {
  const isAny = listenAddress === '0.0.0.0' || listenAddress === '::'
  const host = listenAddress.includes(':') ? `[${listenAddress}]` : listenAddress
  return `http://${isAny ? 'localhost' : host}:${port}`
}

function isLoopback(address: string): boolean {
  return address === 'localhost' || address === '::1' || address.startsWith('127.')
}
