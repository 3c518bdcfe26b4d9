import type { FastifyError, FastifyInstance } from 'fastify'
import { httpError, internalError } from '../responses/http-error.ts'
import { type ErrorFormat, sendError, sendPlainError } from '../responses/send-error.ts'

/**
 * Answers errors that no route has answered: those of a request that Fastify refuses with Fastify's message,
 * unexpected ones only with a reference to the log.
 */
export function registerErrorHandler(server: FastifyInstance, errorFormat: ErrorFormat): void {
  server.setErrorHandler((error: FastifyError, request, reply) => {
    const { statusCode = 500, message } = error
    if (statusCode < 500)
      return sendPlainError(request, reply, {
        ...httpError(statusCode, message),
        text: `${statusCode}: ${message}`,
      })
    request.log.error({ err: error, reference: request.id }, 'a request failed unexpectedly')
    return sendError(request, reply, internalError(request.id), errorFormat)
  })
}
