import type { FastifyInstance } from 'fastify'
import { UnauthorizedError } from '../errors.ts'
import type { TokenCheck } from '../requests/token-check.ts'
import { type ErrorFormat, sendError } from '../responses/send-error.ts'
import { unauthorized } from '../rest/legacy-errors.ts'

/**
 * Answers 401 to POST requests without the token, before any other error. `/graphql` is excepted, because
 * most of its operations only read: `resolvers/permission.ts` checks the fields that start or cancel work.
 */
export function registerTokenCheck(
  server: FastifyInstance,
  check: TokenCheck,
  errorFormat: ErrorFormat,
): void {
  server.addHook('onRequest', (request, reply, done) => {
    const { method, routeOptions, headers } = request
    if (method !== 'POST' || request.is404 || routeOptions.url === '/graphql') return done()
    if (check.admits(headers.authorization)) return done()
    sendError(request, reply, unauthorized(new UnauthorizedError()), errorFormat)
  })
}
