/** The routes that ask for work in the background. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { PrecacheService } from '../services/precache-service.ts'

interface PairRequest {
  Params: { old: string; new: string }
  Querystring: Record<string, string | string[] | undefined>
}
type Handler = (request: FastifyRequest<PairRequest>, reply: FastifyReply) => Promise<FastifyReply>

/** @param answering turns what a handler throws into an answer */
export function registerPrecache(
  server: FastifyInstance,
  precaching: PrecacheService,
  answering: (handler: Handler) => Handler,
): void {
  const post = (path: string, handler: Handler) => server.post<PairRequest>(path, answering(handler))
  // Clients send no body, or any: it is not looked at.
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', (_request, body, done) => {
    body.resume()
    done(null)
  })
  post('/precache/:old/:new', async ({ params }, reply) => {
    await precaching.enqueuePair(params.old, params.new)
    return reply.code(202).type('text/plain; charset=utf-8').send('Precaching started')
  })
  post('/precache-all', async (_request, reply) => {
    const { count } = await precaching.enqueueAll()
    // To the byte what the old service wrote, blank included.
    const body = `{"count": ${count}}`
    return reply
      .code(count > 0 ? 202 : 200)
      .type('application/json; charset=utf-8')
      .send(body)
  })
}
