/** One port for everything: GraphQL, the REST shim, renderings, health. */
import {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  fastify,
  LogController,
} from 'fastify'
import type { Logger } from 'pino'
import { DatabaseUnavailableError } from '../errors.ts'
import type { Services } from '../resolvers/context.ts'
import { internalError } from '../rest/errors.ts'
import { type RestServices, registerRest, sendError } from '../rest/routes.ts'
import { registerGraphql } from './graphql.ts'
import { registerPathRules, withReadableEscapes } from './path-rules.ts'
import { registerRenderings } from './renderings.ts'

export interface ServerOptions {
  readonly services: Services
  readonly rest: RestServices
  readonly graphiql: boolean
  readonly log: Logger
}

/** The server, not listening yet. */
export function createServer({ services, rest, graphiql, log }: ServerOptions): FastifyInstance {
  const server = fastify({
    loggerInstance: log as FastifyBaseLogger,
    // One line for each request is written below, when its outcome is known.
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => crypto.randomUUID(),
    rewriteUrl: ({ url = '/' }) => withReadableEscapes(url),
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

  server.get('/health', async (_request, reply) => reply.type(PLAIN).send('ok'))
  server.get('/ready', async (_request, reply) => {
    try {
      await services.database.ping()
      return reply.type(PLAIN).send('ok')
    } catch (error) {
      if (!(error instanceof DatabaseUnavailableError)) throw error
      return reply.code(503).header('retry-after', '5').type(PLAIN).send(error.message)
    }
  })
  registerRest(server, rest)
  registerRenderings(server, rest)
  registerGraphql(server, services, { graphiql, log })
  registerPathRules(server)
  server.setErrorHandler((error: FastifyError, request, reply) => {
    // What a client did wrong, in the framework's own words; a fault of ours only as a reference to the log.
    const { statusCode = 500, message } = error
    if (statusCode < 500) return reply.code(statusCode).type(PLAIN).send(`${statusCode}: ${message}`)
    request.log.error({ err: error, reference: request.id }, 'a request failed unexpectedly')
    return sendError(reply, internalError(request.id), rest.errorFormat)
  })
  return server
}

const PLAIN = 'text/plain; charset=utf-8'

function isProbe(url: string): boolean {
  return url === '/health' || url === '/ready'
}
