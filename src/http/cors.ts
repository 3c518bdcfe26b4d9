/** Which other sites' pages may read answers: those that are configured, for every path, GraphQL's included. */
import type { FastifyInstance } from 'fastify'
import { allowedMethods } from './path-rules.ts'

/** What a page may read of an answer besides its body and the headers that every page may read. */
const EXPOSED = 'etag, retry-after, unavailable_run_id, x-differ-degraded, x-request-id'
/** Browsers keep to two hours at most. */
const PREFLIGHT_SECONDS = 7200

/**
 * Answers preflights of these origins and marks their answers as readable; no credentials are taken. To every other origin the service is as if there were no CORS.
 * @param origins exact: scheme, host and port
 */
export function registerCors(server: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return
  const allowed = new Set(origins)
  server.addHook('onRequest', async (request, reply) => {
    const { origin, ...headers } = request.headers
    if (origin === undefined || !allowed.has(origin)) return
    reply.headers({ 'access-control-allow-origin': origin, 'access-control-expose-headers': EXPOSED })
    const methods = allowedMethods(request.raw.url)
    const isPreflight = request.method === 'OPTIONS' && headers['access-control-request-method'] !== undefined
    if (!isPreflight || !methods) return
    const wanted = headers['access-control-request-headers']
    return reply
      .code(204)
      .headers({
        'access-control-allow-methods': methods,
        ...(wanted && { 'access-control-allow-headers': wanted }),
        'access-control-max-age': PREFLIGHT_SECONDS,
      })
      .send()
  })
  // The same address answers differently to different origins, so nobody's cache may mix them.
  server.addHook('onSend', async (_request, reply) => {
    const vary = reply.getHeader('vary')
    reply.header('vary', vary === undefined ? 'Origin' : `${vary}, Origin`)
  })
}
