/** The token that clients show to start or stop work. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { UnauthorizedError } from '../errors.ts'
import type { ErrorAnswer } from '../rest/errors.ts'
import { type ErrorFormat, sendError } from '../rest/send-error.ts'

/** Whether what a client shows is the token. */
export class TokenCheck {
  readonly #expected: Buffer | null

  /** @param token null: everybody may do everything */
  constructor(token: string | null) {
    this.#expected = token === null ? null : digest(token)
  }

  /** @param authorization a header or the like: `Bearer TOKEN`; anything is taken */
  admits(authorization: unknown): boolean {
    if (!this.#expected) return true
    const shown =
      typeof authorization === 'string' ? /^bearer +(\S+) *$/i.exec(authorization)?.[1] : undefined
    return shown !== undefined && timingSafeEqual(digest(shown), this.#expected)
  }
}

/** Keeps POST routes from who does not show the token, ahead of all that they would say. GraphQL's own are judged field by field: most only read. */
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

function unauthorized(): ErrorAnswer {
  const { message } = new UnauthorizedError()
  return {
    status: 401,
    text: message,
    title: 'Unauthorized',
    details: message,
    headers: { 'www-authenticate': 'Bearer' },
  }
}

/** Of equal length whatever is hashed, which the comparison needs; so it tells nothing of the token's length either. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
