/** One port for everything: GraphQL, the REST shim, renderings, health. */
import {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  fastify,
  LogController,
} from 'fastify'
import type { Logger } from 'pino'
import type { PersistedOperations } from '../graphql/persisted.ts'
import type { WebsocketLimits } from '../graphql/websocket.ts'
import { type GraphqlLimits, registerGraphql } from '../graphql/yoga.ts'
import type { Metrics } from '../metrics.ts'
import { withoutBasePath } from '../requests/base-path.ts'
import { originForm, withReadableEscapes } from '../requests/request-url.ts'
import type { TokenCheck } from '../requests/token-check.ts'
import type { Services } from '../resolvers/context.ts'
import { httpError, internalError } from '../responses/http-error.ts'
import { sendError, sendPlainError } from '../responses/send-error.ts'
import type { RestServices } from '../rest/diff-response.ts'
import { registerRenderings } from '../rest/renderings.ts'
import { registerRest } from '../rest/routes.ts'
import { registerCors } from './cors.ts'
import { registerHealth } from './health.ts'
import { registerMetrics } from './metrics.ts'
import { observeRequests } from './observe-requests.ts'
import { registerPathRules } from './path-rules.ts'
import { registerTokenCheck } from './require-token.ts'
import { RouteMethods } from './route-methods.ts'
import { registerSecurityHeaders } from './security-headers.ts'
import { cutStalledClients } from './stalled-clients.ts'
import { registerWebApp, type WebApp } from './web-app.ts'

export interface ServerOptions {
  readonly services: Services
  readonly rest: RestServices
  readonly graphiql: boolean
  readonly introspection: boolean
  readonly limits: GraphqlLimits
  readonly persisted: PersistedOperations
  /** The page for people; null where it is not built. */
  readonly web: WebApp | null
  /** Path ahead of all paths, as clients see them: see `base-path.ts`. */
  readonly basePath: string
  /** Other sites whose pages may read what the service answers. */
  readonly corsOrigins: readonly string[]
  /** Names of parts that do not work, without which the service still answers. */
  readonly degraded: () => readonly string[]
  readonly metrics: Metrics
  /** Asked of who starts or stops work. */
  readonly tokenCheck: TokenCheck
  readonly websockets: WebsocketLimits
  readonly timeouts: {
    /** For a request to come whole, in milliseconds; half as long more may pass until it is noticed. */
    readonly requestMs: number
    /** For a client to take some of its answer. */
    readonly stallMs: number
  }
  readonly log: Logger
}

/** The server, not listening yet. */
export function createServer(options: ServerOptions): FastifyInstance {
  const { services, rest, basePath, corsOrigins, degraded, metrics, tokenCheck, timeouts, log } = options
  const server = fastify({
    loggerInstance: log as FastifyBaseLogger,
    // `observeRequests` writes one line for each request, when its outcome is known.
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => crypto.randomUUID(),
    rewriteUrl: ({ url = '/' }) => withReadableEscapes(withoutBasePath(originForm(url), basePath)),
    routerOptions: { maxParamLength: 4096 },
    bodyLimit: 1 << 20,
    // What is idle may be cut at once; what is being answered gets the time that `close` of the app gives it.
    forceCloseConnections: 'idle',
    requestTimeout: timeouts.requestMs,
    keepAliveTimeout: 72_000,
    http: { headersTimeout: timeouts.requestMs, connectionsCheckingInterval: timeouts.requestMs / 2 },
  })
  cutStalledClients(server.server, timeouts.stallMs)

  const routes = new RouteMethods(server)
  observeRequests(server, metrics)
  registerSecurityHeaders(server)
  registerCors(server, corsOrigins, routes)
  registerTokenCheck(server, tokenCheck, rest.errorFormat)
  registerHealth(server, { database: services.database, errorFormat: rest.errorFormat, degraded })
  registerMetrics(server, metrics)
  registerRest(server, rest)
  registerRenderings(server, rest)
  registerGraphql(server, services, options)
  if (options.web) registerWebApp(server, options.web, basePath)
  registerPathRules(server, basePath, routes)
  server.setErrorHandler((error: FastifyError, request, reply) => {
    // What a client did wrong, in the framework's own words; a fault of ours only as a reference to the log.
    const { statusCode = 500, message } = error
    if (statusCode < 500)
      return sendPlainError(request, reply, {
        ...httpError(statusCode, message),
        text: `${statusCode}: ${message}`,
      })
    request.log.error({ err: error, reference: request.id }, 'a request failed unexpectedly')
    return sendError(request, reply, internalError(request.id), rest.errorFormat)
  })
  return server
}
