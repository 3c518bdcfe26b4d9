import type { FastifyInstance } from 'fastify'
import { GraphQLError } from 'graphql'
import { createYoga, type Plugin } from 'graphql-yoga'
import type { Logger } from 'pino'
import { DifferError } from '../errors.ts'
import type { Metrics } from '../metrics.ts'
import type { Context, Services } from '../resolvers/context.ts'
import { createLoaders } from '../resolvers/loaders.ts'
import { OpenReports } from '../resolvers/open-reports.ts'
import { schema } from '../schema/index.ts'
import { EXAMPLE_QUERY } from './example-query.ts'
import { countOperations } from './metrics.ts'
import { SubscriptionEnds } from './subscriptions.ts'
import type { TokenCheck } from './token.ts'
import {
  addressOf,
  type Executors,
  hasTooMany,
  registerWebsockets,
  type WebsocketLimits,
} from './websocket.ts'

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
  readonly basePath: string
  readonly metrics: Metrics
  readonly log: Logger
  readonly tokenCheck: TokenCheck
  readonly websockets: WebsocketLimits
  /** Sites whose pages may connect by WebSocket, beside the service's own. */
  readonly corsOrigins: readonly string[]
}

/** What an operation has opened is closed when it has been executed. */
const closeReports: Plugin<Context> = {
  onExecute: ({ args }) => ({ onExecuteDone: () => args.contextValue.reports.close() }),
}

/** GraphQL at `/graphql`; with `graphiql` also its interactive page and introspection. */
export function registerGraphql(server: FastifyInstance, services: Services, options: GraphqlOptions): void {
  const { graphiql, basePath, metrics, log, tokenCheck, websockets, corsOrigins } = options
  const ends = new SubscriptionEnds()
  const yoga = createYoga<ServerContext, Context>({
    schema,
    graphqlEndpoint: '/graphql',
    landingPage: false,
    // With its scripts in the page: it works without any other site. They are 9 MB, so they are loaded when somebody looks.
    renderGraphiQL: async (options) =>
      (await import('@graphql-yoga/render-graphiql')).renderGraphiQL(options),
    graphiql: graphiql && { title: 'Differ', defaultQuery: EXAMPLE_QUERY, endpoint: `${basePath}/graphql` },
    logging: false,
    // Which other sites may read is decided for all paths at once: see `cors.ts`. Forms cannot send application/json, so they cannot start work.
    cors: false,
    multipart: false,
    context: ({ request, client, authorized, socketSignal }) => ({
      services,
      loaders: createLoaders(services.database),
      reports: new OpenReports(),
      client,
      authorized,
      signal: socketSignal ?? request.signal,
      readOnly: !socketSignal && request.method === 'GET',
    }),
    plugins: [countOperations(metrics), closeReports, ends.plugin],
    maskedErrors: { maskError: (error) => presentError(error, log) },
  })

  // Yoga reads what fastify has parsed; other bodies than JSON it reads itself.
  server.addContentTypeParser('application/graphql+json', { parseAs: 'string' }, (_request, body, done) =>
    done(null, body),
  )
  server.route({
    url: '/graphql',
    method: ['GET', 'POST'],
    handler: async (request, reply) => {
      const response = await yoga.handleNodeRequestAndResponse(request, reply, {
        requestId: request.id,
        log: request.log as Logger,
        client: addressOf(request.raw),
        authorized: tokenCheck.admits(request.headers.authorization),
      })
      response.headers.forEach((value, key) => reply.header(key, value))
      return reply.status(response.status).send(response.body ?? '')
    },
  })

  const closeWebsockets = registerWebsockets(server, {
    limits: websockets,
    basePath,
    allowsOrigin: (origin, request) =>
      corsOrigins.includes(origin) ||
      origin === new URL(services.baseUrl).origin ||
      hostOf(origin) === request.headers.host,
    prepare: async (connection, _id, { query, operationName, variables }) => {
      if (hasTooMany(connection, websockets)) {
        connection.extra.closeForTooMany()
        return []
      }
      const { request, signal } = connection.extra
      // Browsers cannot set headers of a WebSocket; its first message holds what they would say.
      const shown = connection.connectionParams?.['authorization'] ?? request.headers.authorization
      const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({
        requestId: crypto.randomUUID(),
        log,
        client: addressOf(request),
        authorized: tokenCheck.admits(shown),
        socketSignal: signal,
      })
      try {
        const document = parse(query)
        const errors = validate(schema, document)
        if (errors.length > 0) return errors
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

/**
 * What a client sees of an error that no union declares: an expected one as it is, with a code; any other only as a reference to the
 * log.
 */
function presentError(error: unknown, log: Logger): GraphQLError {
  const original = isGraphQLError(error) ? error.originalError : error
  if (isGraphQLError(error) && !original) return error
  const place = isGraphQLError(error) ? { nodes: error.nodes ?? null, path: error.path ?? null } : {}
  if (original instanceof DifferError) {
    const { message, name, retryable } = original
    return new GraphQLError(message, { ...place, extensions: { code: codeOf(name), retryable } })
  }
  // What the schema's own scalars say about a value.
  if (isGraphQLError(original)) return error as GraphQLError
  const reference = crypto.randomUUID()
  log.error({ err: original, reference }, 'an operation failed unexpectedly')
  return new GraphQLError(`Unexpected error; its reference in the log is ${reference}`, {
    ...place,
    extensions: { code: 'INTERNAL_SERVER_ERROR', reference },
  })
}

/** By its name: a process may hold `graphql` twice, as ES modules and as CommonJS, each with a class of its own. */
function isGraphQLError(error: unknown): error is GraphQLError {
  return error instanceof Error && error.name === 'GraphQLError'
}

/** `DatabaseUnavailableError` → `DATABASE_UNAVAILABLE`. */
function codeOf(name: string): string {
  return name
    .replace(/Error$/, '')
    .replace(/(?<=[a-z])(?=[A-Z])/g, '_')
    .toUpperCase()
}
