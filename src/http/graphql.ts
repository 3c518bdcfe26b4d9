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

interface ServerContext {
  readonly requestId: string
  readonly log: Logger
}

/** What an operation has opened is closed when it has been executed. */
const closeReports: Plugin<Context> = {
  onExecute: ({ args }) => ({ onExecuteDone: () => args.contextValue.reports.close() }),
}

/** GraphQL at `/graphql`; with `graphiql` also its interactive page and introspection. */
export function registerGraphql(
  server: FastifyInstance,
  services: Services,
  {
    graphiql,
    basePath,
    metrics,
    log,
  }: { graphiql: boolean; basePath: string; metrics: Metrics; log: Logger },
): void {
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
    context: ({ request }) => ({
      services,
      loaders: createLoaders(services.database),
      reports: new OpenReports(),
      signal: request.signal,
      readOnly: request.method === 'GET',
    }),
    plugins: [countOperations(metrics), closeReports],
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
      })
      response.headers.forEach((value, key) => reply.header(key, value))
      return reply.status(response.status).send(response.body ?? '')
    },
  })
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
