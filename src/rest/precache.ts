/** The routes that ask for work in the background. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** What the routes ask of precaching. */
export interface PrecacheRequests {
  /**
   * Has both diffs of a pair made.
   * @throws RunNotFoundError, RunNotSuccessfulError, DatabaseUnavailableError; OverloadedError, QueueUnavailableError
   */
  pair(oldId: string, newId: string, trigger: 'REQUEST'): Promise<unknown>
  /**
   * Has the diffs of every run and its unchanged run made; answers with how many pairs there are, before they are all queued.
   * @throws DatabaseUnavailableError, QueueUnavailableError
   */
  all(): Promise<{ readonly count: number }>
}

interface PairRequest {
  Params: { old: string; new: string }
  Querystring: Record<string, string | string[] | undefined>
}
type Handler = (request: FastifyRequest<PairRequest>, reply: FastifyReply) => Promise<FastifyReply>

/** @param answering turns what a handler throws into an answer */
export function registerPrecache(
  server: FastifyInstance,
  precaching: PrecacheRequests,
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
    await precaching.pair(params.old, params.new, 'REQUEST')
    return reply.code(202).type('text/plain; charset=utf-8').send('Precaching started')
  })
  post('/precache-all', async (_request, reply) => {
    const { count } = await precaching.all()
    // To the byte what the old service wrote, blank included.
    const body = `{"count": ${count}}`
    return reply
      .code(count > 0 ? 202 : 200)
      .type('application/json; charset=utf-8')
      .send(body)
  })
}
