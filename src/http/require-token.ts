import type { FastifyInstance } from 'fastify'
import { UnauthorizedError } from '../errors.ts'
import type { TokenCheck } from '../requests/token-check.ts'
import type { HttpError } from '../responses/http-error.ts'
import { type ErrorFormat, sendError } from '../responses/send-error.ts'

/**
 * Answers 401 to POST requests without the token, before any other error. `/graphql` is excepted, because
 * most of its operations only read: `resolvers/permission.ts` checks the fields that start or cancel work.
 */
export function registerTokenCheck(
  server: FastifyInstance,
  check: TokenCheck,
  errorFormat: ErrorFormat,
): void {
  server.addHook('onRequest', async (request, reply) => {
    const { method, routeOptions, headers } = request
    if (method !== 'POST' || request.is404 || routeOptions.url === '/graphql') return
    if (!check.admits(headers.authorization)) return sendError(request, reply, unauthorized(), errorFormat)
  })
}

function unauthorized(): HttpError {
  const { message } = new UnauthorizedError()
  return {
    status: 401,
    text: message,
    title: 'Unauthorized',
    details: message,
    headers: { 'www-authenticate': 'Bearer' },
  }
}
