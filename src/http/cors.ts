/** Lets pages of the configured origins read responses, on every path, `/graphql` included. */
import type { FastifyInstance } from 'fastify'
import type { RouteMethods } from './route-methods.ts'

/** Response headers that such a page may read besides those that every page may read. */
const EXPOSED = 'etag, retry-after, unavailable_run_id, x-differ-degraded, x-request-id'
/** How long a browser may cache a preflight. Chrome caps it at two hours. */
const PREFLIGHT_SECONDS = 7200

/**
 * Answers preflights of the given origins and marks their responses as readable, without credentials. Other
 * origins get the same responses as without CORS.
 * @param origins exact: scheme, host and port
 */
export function registerCors(
  server: FastifyInstance,
  origins: readonly string[],
  routes: RouteMethods,
): void {
  if (origins.length === 0) return
  const allowed = new Set(origins)
  server.addHook('onRequest', (request, reply, done) => {
    const { origin, ...headers } = request.headers
    if (origin === undefined || !allowed.has(origin)) return done()
    reply.headers({ 'access-control-allow-origin': origin, 'access-control-expose-headers': EXPOSED })
    if (request.method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) return done()
    const methods = routes.of(request.raw.url ?? '')
    if (!methods) return done()
    const requested = headers['access-control-request-headers']
    reply
      .code(204)
      .headers({
        'access-control-allow-methods': methods,
        ...(requested && { 'access-control-allow-headers': requested }),
        'access-control-max-age': PREFLIGHT_SECONDS,
      })
      .send()
  })
  // The response depends on the origin, so a shared cache must not give it to another one.
  server.addHook('onSend', (_request, reply, _payload, done) => {
    const vary = reply.getHeader('vary')
    reply.header('vary', vary === undefined ? 'Origin' : `${vary}, Origin`)
    done()
  })
}
