import type { GraphQLError, GraphQLFormattedError } from 'graphql'
import { createGraphQLError } from 'graphql-yoga'
import type { Logger } from 'pino'
import { DifferError, QueryLimitError } from '../errors.ts'

/**
 * What a client sees of an error that no union declares: an expected one as it is, with a code; any other only as a reference to the
 * log.
 */
export function presentError(error: unknown, log: Logger): GraphQLError {
  const original = isGraphQLError(error) ? error.originalError : error
  if (isGraphQLError(error) && !original) return withCode(error)
  const place = isGraphQLError(error) ? { nodes: error.nodes ?? null, path: error.path ?? null } : {}
  if (original instanceof DifferError)
    return createGraphQLError(original.message, { ...place, extensions: extensionsOf(original) })
  // What the schema's own scalars say about a value.
  if (isGraphQLError(original)) return withCode(error as GraphQLError)
  const reference = crypto.randomUUID()
  log.error({ err: original, reference }, 'an operation failed unexpectedly')
  return createGraphQLError(`Unexpected error; its reference in the log is ${reference}`, {
    ...place,
    extensions: { code: 'INTERNAL_SERVER_ERROR', reference },
  })
}

/**
 * A refusal ahead of execution.
 * @param http the status, where another than 200 or 400 says it better, and headers
 */
export function refusal(
  error: QueryLimitError,
  http?: { readonly status: number; readonly headers?: Record<string, string> },
): GraphQLError {
  return createGraphQLError(error.message, { extensions: { ...extensionsOf(error), ...(http && { http }) } })
}

/** A request that is none, or asks for what is not given this way. */
export function refusedRequest(code: string, message: string, status = 400): GraphQLError {
  return createGraphQLError(message, { extensions: { code, http: { status } } })
}

/** The library gives none to a document that is none (where Yoga does not read it), and to variables that do not fit. */
function withCode(error: GraphQLError): GraphQLError {
  if (!error.path) error.extensions['code'] ??= error.nodes ? 'BAD_USER_INPUT' : 'GRAPHQL_PARSE_FAILED'
  return error
}

/** As it goes out where there are no statuses. */
export function withoutStatus({ message, locations, path, extensions }: GraphQLError): GraphQLFormattedError {
  const { http: _, ...told } = extensions
  return { message, ...(locations && { locations }), ...(path && { path }), extensions: told }
}

/** What programs read of an expected error. */
export function extensionsOf(error: DifferError): Record<string, unknown> {
  const { name, retryable } = error
  return error instanceof QueryLimitError
    ? { code: error.code, limit: error.limit, retryable }
    : { code: codeOf(name), retryable }
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
