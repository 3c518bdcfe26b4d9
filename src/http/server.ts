/** The HTTP server: GraphQL, the REST routes, renderings, health, metrics and the web page on one port. */
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify'
import type { Logger } from 'pino'
import type { PersistedOperations } from '../graphql/persisted.ts'
import type { WebsocketLimits } from '../graphql/websocket.ts'
import { type GraphqlLimits, registerGraphql } from '../graphql/yoga.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { AllowedHosts } from '../requests/allowed-hosts.ts'
import { withoutBasePath } from '../requests/base-path.ts'
import type { TrustedProxies } from '../requests/client-address.ts'
import type { PageOrigins } from '../requests/page-origin.ts'
import { originForm, withReadableEscapes } from '../requests/request-url.ts'
import type { TokenCheck } from '../requests/token-check.ts'
import type { Services } from '../resolvers/context.ts'
import { registerCampaigns } from '../rest/campaign-routes.ts'
import type { RestServices } from '../rest/diff-response.ts'
import { registerFile } from '../rest/file.ts'
import { registerPictures } from '../rest/pictures.ts'
import { registerRenderings } from '../rest/renderings.ts'
import { registerSearch } from '../rest/report-search.ts'
import { registerRest } from '../rest/routes.ts'
import { registerSummary } from '../rest/summary.ts'
import { registerCors } from './cors.ts'
import { registerErrorHandler } from './error-handler.ts'
import { registerHostCheck, registerOriginCheck } from './foreign-requests.ts'
import { registerHealth } from './health.ts'
import { registerMemoryGuard } from './memory-guard.ts'
import { registerMetrics } from './metrics.ts'
import { observeRequests } from './observe-requests.ts'
import { registerPathRules } from './path-rules.ts'
import { registerTokenCheck } from './require-token.ts'
import { RouteMethods } from './route-methods.ts'
import { registerSecurityHeaders } from './security-headers.ts'
import { cutStalledClients } from './stalled-clients.ts'
import { type PageSettings, pageBody, registerWebApp, type WebApp } from './web-app.ts'

export interface ServerOptions {
  readonly services: Services
  readonly rest: RestServices
  readonly graphiql: boolean
  readonly introspection: boolean
  readonly limits: GraphqlLimits
  /** @throws OverloadedError if the process is too short of memory to read anything for a response */
  readonly assertReadable: () => void
  readonly persisted: PersistedOperations
  /** The web page; null if it has not been built. */
  readonly web: WebApp | null
  readonly page: PageSettings
  /** The path before every path of this service, as clients see it: see `base-path.ts`. */
  readonly basePath: string
  /** Origins whose pages may read responses and connect by WebSocket. */
  readonly corsOrigins: readonly string[]
  readonly proxies: TrustedProxies
  readonly hosts: AllowedHosts
  readonly origins: PageOrigins
  /** Names of parts that do not work but are not needed for every response. */
  readonly degraded: () => readonly string[]
  readonly metrics: Metrics
  /** Checks the token of clients that start or cancel work. */
  readonly tokenCheck: TokenCheck
  readonly websockets: WebsocketLimits
  readonly timeouts: {
    /**
     * For a complete request to arrive, in milliseconds. It is checked so rarely that half as long again may
     * pass.
     */
    readonly requestMs: number
    /** For a client to read some of its response, in milliseconds. */
    readonly stallMs: number
  }
  readonly log: Logger
}

/** The largest request body outside `/graphql`, which has its own limit. */
const MAX_BODY_BYTES = 1024 * 1024
/** Of a run id, among others. A path with a longer one matches no route. */
const MAX_PATH_PARAMETER_LENGTH = 4096
/**
 * Longer than the usual idle timeout of proxies, 60 s, so that no proxy uses a connection that is being
 * closed.
 */
const KEEP_ALIVE_MS = 72_000

/** The server, not listening yet. */
export function createServer(options: ServerOptions): FastifyInstance {
  const { services, rest, basePath, metrics, timeouts, proxies, log } = options
  const server = fastify({
    loggerInstance: log as FastifyBaseLogger,
    // `observeRequests` writes one line for each request, when its outcome is known.
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => crypto.randomUUID(),
    rewriteUrl: ({ url = '/' }) => withReadableEscapes(withoutBasePath(originForm(url), basePath)),
    routerOptions: { maxParamLength: MAX_PATH_PARAMETER_LENGTH },
    bodyLimit: MAX_BODY_BYTES,
    trustProxy: proxies.trusts,
    // On `close` idle connections are cut at once. Active ones get the grace period of the app's own `close`.
    forceCloseConnections: 'idle',
    requestTimeout: timeouts.requestMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: { headersTimeout: timeouts.requestMs, connectionsCheckingInterval: timeouts.requestMs / 2 },
  })
  cutStalledClients(server.server, timeouts.stallMs)
  const routes = new RouteMethods(server)
  const page = options.web && pageBody(options.web, basePath, options.page)

  observeRequests(server, metrics)
  registerSecurityHeaders(server)
  registerHostCheck(server, options.hosts)
  registerCors(server, options.corsOrigins, routes)
  registerMemoryGuard(server, options.assertReadable, rest.errorFormat)
  registerOriginCheck(server, options.origins, rest.errorFormat)
  registerTokenCheck(server, options.tokenCheck, rest.errorFormat)
  registerHealth(server, {
    database: services.database,
    errorFormat: rest.errorFormat,
    degraded: options.degraded,
  })
  registerMetrics(server, metrics)
  registerRest(server, rest)
  registerSummary(server, rest)
  registerCampaigns(server, rest, page)
  registerFile(server, rest)
  registerPictures(server, rest)
  registerSearch(server, rest)
  registerRenderings(server, rest)
  registerGraphql(server, services, {
    graphiql: options.graphiql,
    introspection: options.introspection,
    limits: options.limits,
    budget: rest.budget,
    assertReadable: options.assertReadable,
    persisted: options.persisted,
    basePath,
    clientAddress: (request) => proxies.clientAddress(request),
    metrics,
    log,
    tokenCheck: options.tokenCheck,
    websockets: options.websockets,
    hosts: options.hosts,
    origins: options.origins,
  })
  if (options.web && page) registerWebApp(server, options.web, page)
  registerPathRules(server, basePath, routes)
  registerErrorHandler(server, rest.errorFormat)
  return server
}
