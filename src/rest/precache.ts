/** The routes that start background work. */
import type { FastifyInstance } from 'fastify'
import type { PrecacheService } from '../services/precache-service.ts'
import type { Handler, PairRequest } from './diff-response.ts'

/** @param answering makes a handler send responses for the errors that it throws */
export function registerPrecache(
  server: FastifyInstance,
  precache: PrecacheService,
  answering: (handler: Handler) => Handler,
): void {
  const post = (path: string, handler: Handler) => server.post<PairRequest>(path, answering(handler))
  // Clients of the old service send no body, or any body. It is ignored.
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', (_request, body, done) => {
    body.resume()
    done(null)
  })
  post('/precache/:old/:new', async ({ params, ip }, reply) => {
    await precache.enqueuePair(params.old, params.new, ip)
    return reply.code(202).type('text/plain; charset=utf-8').send('Precaching started')
  })
  post('/precache-all', async (_request, reply) => {
    const { count } = await precache.enqueueAll()
    return (
      reply
        .code(count > 0 ? 202 : 200)
        .type('application/json; charset=utf-8')
        // To the byte what the old service wrote, with its space.
        .send(`{"count": ${count}}`)
    )
  })
}
