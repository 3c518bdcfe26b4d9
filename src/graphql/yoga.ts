/** GraphQL over HTTP and WebSocket at `/graphql`, and GraphiQL in a browser. */
import type { IncomingMessage } from 'node:http'
import { useDeferStream } from '@graphql-yoga/plugin-defer-stream'
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify'
import type { GraphQLError } from 'graphql'
import { createYoga } from 'graphql-yoga'
import type { Logger } from 'pino'
import { QueryLimitError } from '../errors.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { AllowedHosts } from '../requests/allowed-hosts.ts'
import type { ByteBudget } from '../requests/byte-budget.ts'
import type { PageOrigins } from '../requests/page-origin.ts'
import type { TokenCheck } from '../requests/token-check.ts'
import type { ComplexityLimits, Context, RequestContext, Services } from '../resolvers/context.ts'
import { schema } from '../schema/index.ts'
import { useAcceptCheck } from './accept.ts'
import { useCostLimits } from './cost-limits.ts'
import { type DocumentLimits, useDocumentLimits } from './document-limits.ts'
import { EXAMPLE_TABS } from './example-operations.ts'
import { useHiddenSchema, withoutHints } from './hide-schema.ts'
import { useIdVariables } from './id-variables.ts'
import { type OperationLimits, useOperationLimits } from './operation-limits.ts'
import { useOperationMetrics } from './operation-metrics.ts'
import type { PersistedOperations } from './persisted.ts'
import { extensionsOf, presentError } from './present-error.ts'
import { GraphiqlPage } from './send-graphiql.ts'
import { sendGraphql } from './send-graphql.ts'
import type { Exchange, ServerContext, Yoga } from './server-context.ts'
import { prepareSocketOperation } from './socket-operation.ts'
import { SubscriptionAborts } from './subscription-abort.ts'
import { registerWebsockets, type WebsocketLimits } from './websocket.ts'
import { prepareRequest } from './yoga-workarounds.ts'

export interface GraphqlOptions {
  readonly graphiql: boolean
  readonly introspection: boolean
  readonly limits: GraphqlLimits
  readonly budget: ByteBudget
  /** @throws OverloadedError if the process is too short of memory to execute an operation */
  readonly assertReadable: () => void
  readonly persisted: PersistedOperations
  readonly basePath: string
  /** The address whose limits a request counts for. */
  readonly clientAddress: (request: IncomingMessage) => string
  readonly metrics: Metrics
  readonly log: Logger
  readonly tokenCheck: TokenCheck
  readonly websockets: WebsocketLimits
  readonly hosts: AllowedHosts
  readonly origins: PageOrigins
}

export interface GraphqlLimits extends ComplexityLimits, DocumentLimits, OperationLimits {
  /** Size of a request body, in bytes. */
  readonly bodyBytes: number
}

/** Adds GraphQL at `/graphql`; with `graphiql`, browsers get an interactive page there. */
export function registerGraphql(server: FastifyInstance, services: Services, options: GraphqlOptions): void {
  const { persisted, basePath, clientAddress, log, tokenCheck, websockets, hosts, origins, budget } = options
  const subscriptions = new SubscriptionAborts()
  const yoga = createYogaServer(services, options, subscriptions)
  registerRoute(server, yoga, subscriptions, options)
  const closeWebsockets = registerWebsockets(server, {
    limits: websockets,
    basePath,
    clientAddress,
    hosts,
    origins,
    prepare: prepareSocketOperation(yoga, {
      persisted,
      tokenCheck,
      clientAddress,
      budget,
      limits: websockets,
      log,
    }),
    onFault: (err) => log.error({ err }, 'a WebSocket failed unexpectedly'),
  })
  server.addHook('preClose', async () => {
    // In this order: an ended subscription sends nothing on a socket that is being closed.
    const closed = closeWebsockets()
    subscriptions.close()
    await closed
  })
}

function createYogaServer(
  services: Services,
  { graphiql, introspection, limits, assertReadable, persisted, basePath, metrics, log }: GraphqlOptions,
  subscriptions: SubscriptionAborts,
): Yoga {
  const presented = (error: GraphQLError) => (introspection ? error : withoutHints(error))
  return createYoga<ServerContext, Context>({
    schema,
    graphqlEndpoint: '/graphql',
    landingPage: false,
    // This version of the page contains its scripts, so it works without access to other sites. They are 9
    // MB, so they are loaded when a client first requests the page.
    renderGraphiQL: async (options) =>
      (await import('@graphql-yoga/render-graphiql')).renderGraphiQL(options),
    graphiql: graphiql && { title: 'Differ', defaultTabs: EXAMPLE_TABS, endpoint: `${basePath}/graphql` },
    extraParamNames: ['documentId'],
    logging: false,
    // `cors.ts` decides for all paths which other origins may read responses. HTML forms cannot send
    // application/json, so they cannot start work.
    cors: false,
    multipart: false,
    context: ({ request, client, authorized, foreignOrigin, bytes, socketSignal }): Context => {
      const context: RequestContext = {
        services,
        client,
        authorized,
        foreignOrigin,
        signal: socketSignal ?? request.signal,
        readOnly: !socketSignal && request.method === 'GET',
        limits,
        bytes,
      }
      // The plugins add `resources`, and a signal of the operation, before any resolver is called.
      return context as Context
    },
    plugins: [
      persisted.plugin,
      useDocumentLimits(limits),
      useIdVariables,
      useOperationMetrics(metrics),
      // A refused operation must not begin, so this check comes before the plugins that begin one.
      useAcceptCheck,
      useCostLimits(),
      useOperationLimits({ ...limits, assertReadable }),
      subscriptions.plugin,
      useDeferStream(),
      ...(introspection ? [] : [useHiddenSchema]),
    ],
    maskedErrors: { maskError: (error) => presented(presentError(error, log)) },
  })
}

function registerRoute(
  server: FastifyInstance,
  yoga: Yoga,
  subscriptions: SubscriptionAborts,
  { clientAddress, tokenCheck, origins, budget, limits, websockets }: GraphqlOptions,
): void {
  const maxBodyBytes = limits.bodyBytes
  const sending = { graphiql: new GraphiqlPage(), pingMs: websockets.pingMs }
  // Fastify parses JSON bodies, and Yoga takes the result. Yoga parses this media type itself.
  server.addContentTypeParser('application/graphql+json', { parseAs: 'string' }, (_request, body, done) =>
    done(null, body),
  )
  server.route({
    url: '/graphql',
    method: ['GET', 'POST'],
    exposeHeadRoute: false,
    bodyLimit: maxBodyBytes,
    preHandler: async (request) => prepareRequest(request),
    handler: async (request, reply) => {
      const client = clientAddress(request.raw)
      const bytes = budget.open(client)
      // Until then the response may be in memory, as the client may read it slowly.
      reply.raw.once('close', () => bytes.close())
      const exchange: Exchange = { isSubscription: false }
      const response = await yoga.handleNodeRequestAndResponse(request, reply, {
        requestId: request.id,
        log: request.log as Logger,
        client,
        bytes,
        authorized: tokenCheck.admits(request.headers.authorization),
        foreignOrigin: origins.isForeign(request.headers) ? (request.headers.origin ?? 'another site') : null,
        exchange,
      })
      const stopping = exchange.isSubscription ? subscriptions.stopping : null
      return sendGraphql(request, reply, response, { ...sending, stopping })
    },
    errorHandler: (error: FastifyError, _request, reply) => sendRequestError(reply, error, maxBodyBytes),
  })
}

/**
 * Answers a request that Fastify or `prepareRequest` refused. Unexpected errors go to the server's error
 * handler.
 */
function sendRequestError(reply: FastifyReply, error: FastifyError, maxBodyBytes: number): FastifyReply {
  const { statusCode = 500 } = error
  if (statusCode >= 500) throw error
  const refused =
    statusCode === 413
      ? new QueryLimitError(
          'BODY_TOO_LARGE',
          maxBodyBytes,
          `A request may have at most ${maxBodyBytes} bytes`,
        )
      : null
  const message = refused?.message ?? error.message
  const extensions = refused ? extensionsOf(refused) : { code: 'BAD_REQUEST' }
  return reply
    .code(statusCode)
    .type('application/json; charset=utf-8')
    .send({ errors: [{ message, extensions }] })
}
