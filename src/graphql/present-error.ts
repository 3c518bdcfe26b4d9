import type { GraphQLError, GraphQLFormattedError } from 'graphql'
import { createGraphQLError } from 'graphql-yoga'
import type { Logger } from 'pino'
import { DifferError, QueryLimitError, retryAfterMsOf, SearchPatternError } from '../errors.ts'
import { DiffNotReadyError } from '../services/diff-service.ts'

/** The executor throws an ordinary error for a wrong argument of `@stream`. */
const STREAM_MISTAKE = /^initialCount must be a /

/**
 * Returns what a client sees of an error that is not a member of a union. An expected error keeps its message
 * and gets a code. An unexpected one is logged, and the client gets only a reference to the log.
 */
export function presentError(error: unknown, log: Logger): GraphQLError {
  const original = isGraphQLError(error) ? error.originalError : error
  if (isGraphQLError(error) && !original) return withCode(error)
  const location = isGraphQLError(error) ? { nodes: error.nodes ?? null, path: error.path ?? null } : {}
  if (original instanceof DifferError)
    return createGraphQLError(original.message, { ...location, extensions: extensionsOf(original) })
  if (original instanceof Error && STREAM_MISTAKE.test(original.message))
    return createGraphQLError('The argument "initialCount" of @stream must be a whole number from 0', {
      ...location,
      extensions: { code: 'BAD_USER_INPUT' },
    })
  // Scalars of the schema throw GraphQL errors for invalid input.
  if (isGraphQLError(original)) return withCode(error as GraphQLError)
  const reference = crypto.randomUUID()
  log.error({ err: original, reference }, 'an operation failed unexpectedly')
  return createGraphQLError(`Unexpected error; its reference in the log is ${reference}`, {
    ...location,
    extensions: { code: 'INTERNAL_SERVER_ERROR', reference },
  })
}

/**
 * An error for an operation that is refused before it is executed.
 * @param http status and headers of the response, if another status than 200 or 400 fits better
 */
export function refusal(
  error: DifferError,
  http?: { readonly status: number; readonly headers?: Record<string, string> },
): GraphQLError {
  return createGraphQLError(error.message, { extensions: { ...extensionsOf(error), ...(http && { http }) } })
}

/** An error for an invalid request, or for one that the service does not allow. */
export function refusedRequest(code: string, message: string, status = 400): GraphQLError {
  return createGraphQLError(message, { extensions: { code, http: { status } } })
}

/**
 * Adds a code to an error of graphql-js, which sets none for invalid variables and arguments, nor for syntax
 * errors over WebSocket, where Yoga does not parse the document.
 */
function withCode(error: GraphQLError): GraphQLError {
  error.extensions.code ??= error.nodes ? 'BAD_USER_INPUT' : 'GRAPHQL_PARSE_FAILED'
  return error
}

/**
 * The error as JSON without its HTTP status, for WebSocket and for responses that set the status themselves.
 */
export function withoutStatus({ message, locations, path, extensions }: GraphQLError): GraphQLFormattedError {
  const { http: _, ...visible } = extensions
  return { message, ...(locations && { locations }), ...(path && { path }), extensions: visible }
}

/**
 * What clients can evaluate of an expected error: a code, whether and when to retry, the limit that was exceeded,
 * the position of a mistake in a pattern, and the job that makes what is not ready.
 */
export function extensionsOf(error: DifferError): Record<string, unknown> {
  const { name, retryable } = error
  if (error instanceof QueryLimitError) return { code: error.code, limit: error.limit, retryable }
  const retryAfterMs = retryAfterMsOf(error)
  return {
    code: codeOf(name),
    retryable,
    ...(retryAfterMs !== null && { retryAfterMs }),
    ...(error instanceof SearchPatternError && { position: error.position }),
    ...(error instanceof DiffNotReadyError && { jobId: error.job?.id ?? null }),
  }
}

/**
 * Compares names. A process may load `graphql` twice, as ES module and as CommonJS, each with its own class.
 */
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
