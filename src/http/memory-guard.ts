import type { FastifyInstance } from 'fastify'
import { OverloadedError } from '../errors.ts'
import { type ErrorFormat, sendError } from '../responses/send-error.ts'
import { overloaded } from '../rest/legacy-errors.ts'

/** They show that the service is short of memory, and need none. GraphQL refuses operations itself. */
const EXEMPT: ReadonlySet<string | undefined> = new Set(['/health', '/ready', '/metrics', '/graphql'])

/**
 * Answers 503 to requests while the process is so short of memory that it would soon be ended.
 * @param assertReadable throws OverloadedError then
 */
export function registerMemoryGuard(
  server: FastifyInstance,
  assertReadable: () => void,
  errorFormat: ErrorFormat,
): void {
  server.addHook('onRequest', (request, reply, done) => {
    if (EXEMPT.has(request.routeOptions.url)) return done()
    try {
      assertReadable()
    } catch (error) {
      if (!(error instanceof OverloadedError)) throw error
      sendError(request, reply, overloaded(error), errorFormat)
      return
    }
    done()
  })
}
