import type { IncomingMessage } from 'node:http'
import { useDeferStream } from '@graphql-yoga/plugin-defer-stream'
import type { FastifyError, FastifyInstance } from 'fastify'
import { type GraphQLError, getOperationAST } from 'graphql'
import { createYoga } from 'graphql-yoga'
import type { Logger } from 'pino'
import { QueryLimitError } from '../errors.ts'
import type { Metrics } from '../metrics.ts'
import type { TokenCheck } from '../requests/token-check.ts'
import type { Context, OperationLimits, Services } from '../resolvers/context.ts'
import { createLoaders } from '../resolvers/loaders.ts'
import { OpenReports } from '../resolvers/open-reports.ts'
import { schema } from '../schema/index.ts'
import { useAcceptCheck } from './accept.ts'
import { type DocumentLimits, documentLimits } from './document-limits.ts'
import { EXAMPLE_TABS } from './example-operations.ts'
import { hideSchema, withoutHint } from './hide-schema.ts'
import { type OperationBounds, operationEnds } from './operation-limits.ts'
import { countOperations } from './operation-metrics.ts'
import type { OperationRequest, PersistedOperations } from './persisted.ts'
import { extensionsOf, presentError, refusedRequest } from './present-error.ts'
import { sendGraphql } from './send-graphql.ts'
import { SubscriptionAborts } from './subscription-abort.ts'
import {
  type Executors,
  hasTooMany,
  registerWebsockets,
  tooManyOnSocket,
  type WebsocketLimits,
} from './websocket.ts'
import { prepareRequest } from './yoga-workarounds.ts'

/** Of an operation, by whatever way it came. */
interface ServerContext {
  readonly requestId: string
  readonly log: Logger
  /** Address of the client. */
  readonly client: string
  readonly authorized: boolean
  /** For an operation that came over a WebSocket: aborts when that is closed. */
  readonly socketSignal?: AbortSignal
}

export interface GraphqlOptions {
  readonly graphiql: boolean
  readonly introspection: boolean
  readonly limits: GraphqlLimits
  readonly persisted: PersistedOperations
  readonly basePath: string
  /** The address whose limits a request counts for. */
  readonly clientAddress: (request: IncomingMessage) => string
  readonly metrics: Metrics
  readonly log: Logger
  readonly tokenCheck: TokenCheck
  readonly websockets: WebsocketLimits
  /** Sites whose pages may connect by WebSocket, beside the service's own. */
  readonly corsOrigins: readonly string[]
}

export interface GraphqlLimits extends OperationLimits, DocumentLimits, OperationBounds {
  /** Of a request's body. */
  readonly bodyBytes: number
}

/** GraphQL at `/graphql`; with `graphiql` also its interactive page. */
export function registerGraphql(server: FastifyInstance, services: Services, options: GraphqlOptions): void {
  const { graphiql, introspection, limits, persisted } = options
  const { basePath, clientAddress, metrics, log, tokenCheck, websockets, corsOrigins } = options
  const shown = (error: GraphQLError) => (introspection ? error : withoutHint(error))
  const ends = new SubscriptionAborts()
  const yoga = createYoga<ServerContext, Context>({
    schema,
    graphqlEndpoint: '/graphql',
    landingPage: false,
    // With its scripts in the page: it works without any other site. They are 9 MB, so they are loaded when somebody looks.
    renderGraphiQL: async (options) =>
      (await import('@graphql-yoga/render-graphiql')).renderGraphiQL(options),
    graphiql: graphiql && { title: 'Differ', defaultTabs: EXAMPLE_TABS, endpoint: `${basePath}/graphql` },
    extraParamNames: ['documentId'],
    logging: false,
    // Which other sites may read is decided for all paths at once: see `cors.ts`. Forms cannot send application/json, so they cannot start work.
    cors: false,
    multipart: false,
    context: ({ request, client, authorized, socketSignal }) => {
      const context: Context = {
        services,
        // The signal is another one once the operation has begun.
        loaders: createLoaders(services, () => context.signal),
        reports: new OpenReports(),
        client,
        authorized,
        signal: socketSignal ?? request.signal,
        readOnly: !socketSignal && request.method === 'GET',
        limits,
      }
      return context
    },
    plugins: [
      persisted.plugin,
      documentLimits(limits),
      countOperations(metrics),
      // Ahead of those that see to the end of what has begun.
      useAcceptCheck,
      operationEnds(limits),
      ends.plugin,
      useDeferStream(),
      ...(introspection ? [] : [hideSchema]),
    ],
    maskedErrors: { maskError: (error) => shown(presentError(error, log)) },
  })

  // Yoga reads what fastify has parsed; other bodies than JSON it reads itself.
  server.addContentTypeParser('application/graphql+json', { parseAs: 'string' }, (_request, body, done) =>
    done(null, body),
  )
  server.route({
    url: '/graphql',
    method: ['GET', 'POST'],
    exposeHeadRoute: false,
    bodyLimit: limits.bodyBytes,
    preHandler: async (request) => prepareRequest(request),
    handler: async (request, reply) => {
      const response = await yoga.handleNodeRequestAndResponse(request, reply, {
        requestId: request.id,
        log: request.log as Logger,
        client: clientAddress(request.raw),
        authorized: tokenCheck.admits(request.headers.authorization),
      })
      return sendGraphql(request, reply, response)
    },
    errorHandler: (error: FastifyError, _request, reply) => {
      if ((error.statusCode ?? 500) >= 500) throw error
      const tooLarge =
        error.statusCode === 413 &&
        new QueryLimitError(
          'BODY_TOO_LARGE',
          limits.bodyBytes,
          `A request may have ${limits.bodyBytes} bytes`,
        )
      const extensions = tooLarge ? extensionsOf(tooLarge) : { code: 'BAD_REQUEST' }
      const message = tooLarge ? tooLarge.message : error.message
      return reply
        .code(error.statusCode ?? 400)
        .type('application/json; charset=utf-8')
        .send({ errors: [{ message, extensions }] })
    },
  })

  const closeWebsockets = registerWebsockets(server, {
    limits: websockets,
    basePath,
    clientAddress,
    allowsOrigin: (origin, request) =>
      corsOrigins.includes(origin) ||
      origin === new URL(services.baseUrl).origin ||
      hostOf(origin) === request.headers.host,
    prepare: async (connection, _id, payload) => {
      const { operationName, variables } = payload
      if (hasTooMany(connection, websockets)) return [tooManyOnSocket(websockets)]
      const { request, signal } = connection.extra
      // Browsers cannot set headers of a WebSocket; its first message holds what they would say.
      const shown = connection.connectionParams?.['authorization'] ?? request.headers.authorization
      const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({
        requestId: crypto.randomUUID(),
        log,
        client: clientAddress(request),
        authorized: tokenCheck.admits(shown),
        socketSignal: signal,
      })
      try {
        const document = parse(persisted.queryOf(payload as OperationRequest))
        const errors = validate(schema, document)
        if (errors.length > 0) return errors
        // Without an operation nothing is executed, and so nothing would end what the context begins.
        if (!getOperationAST(document, operationName))
          return [
            refusedRequest(
              'OPERATION_RESOLUTION_FAILURE',
              `The document has no operation ${operationName ?? 'of its own'}`,
            ),
          ]
        const contextValue = await contextFactory()
        const rootValue: Executors = { execute, subscribe }
        return { schema, document, contextValue, rootValue, operationName, variableValues: variables }
      } catch (error) {
        return [presentError(error, log)]
      }
    },
    onFault: (err) => log.error({ err }, 'a WebSocket failed unexpectedly'),
  })
  server.addHook('preClose', async () => {
    ends.close()
    await closeWebsockets()
  })
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null
}
