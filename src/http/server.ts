/** One port for everything: GraphQL, the REST shim, renderings, health. */
import {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  fastify,
  LogController,
} from 'fastify'
import type { Logger } from 'pino'
import type { Services } from '../resolvers/context.ts'
import { httpError, internalError } from '../rest/errors.ts'
import { type RestServices, registerRest } from '../rest/routes.ts'
import { sendError, sendPlainError } from '../rest/send-error.ts'
import { withoutBasePath } from './base-path.ts'
import { registerCors } from './cors.ts'
import { registerGraphql } from './graphql.ts'
import { registerHealth } from './health.ts'
import { registerPathRules, withReadableEscapes } from './path-rules.ts'
import { registerRenderings } from './renderings.ts'

export interface ServerOptions {
  readonly services: Services
  readonly rest: RestServices
  readonly graphiql: boolean
  /** Path ahead of all paths, as clients see them: see `base-path.ts`. */
  readonly basePath: string
  /** Other sites whose pages may read what the service answers. */
  readonly corsOrigins: readonly string[]
  /** Names of parts that do not work, without which the service still answers. */
  readonly degraded: () => readonly string[]
  readonly log: Logger
}

/** The server, not listening yet. */
export function createServer(options: ServerOptions): FastifyInstance {
  const { services, rest, graphiql, basePath, corsOrigins, degraded, log } = options
  const server = fastify({
    loggerInstance: log as FastifyBaseLogger,
    // One line for each request is written below, when its outcome is known.
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => crypto.randomUUID(),
    rewriteUrl: ({ url = '/' }) => withReadableEscapes(withoutBasePath(url, basePath)),
    routerOptions: { maxParamLength: 4096 },
    bodyLimit: 1 << 20,
    // What is idle may be cut at once; what is being answered gets the time that `close` of the app gives it.
    forceCloseConnections: 'idle',
    requestTimeout: 30_000,
    keepAliveTimeout: 72_000,
  })

  server.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  server.addHook('onResponse', async (request, reply) => {
    const { method, url } = request
    const facts = {
      method,
      url,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
    }
    request.log[isProbe(url) ? 'debug' : 'info'](facts, 'answered')
  })
  server.addHook('onRequestAbort', async (request) => {
    request.log.info({ method: request.method, url: request.url }, 'the client went away')
  })

  registerCors(server, corsOrigins)
  registerHealth(server, { database: services.database, errorFormat: rest.errorFormat, degraded })
  registerRest(server, rest)
  registerRenderings(server, rest)
  registerGraphql(server, services, { graphiql, basePath, log })
  registerPathRules(server, basePath)
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

function isProbe(url: string): boolean {
  return url === '/health' || url === '/ready'
}
