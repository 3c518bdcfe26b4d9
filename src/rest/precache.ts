/** The routes that start background work. */
import type { FastifyInstance } from 'fastify'
import type { FileAddress, RunPair } from '../model.ts'
import { DiffNotReadyError, type DiffService } from '../services/diff-service.ts'
import { fileAddressIn, type Handler, type PairRequest, type RestServices } from './diff-response.ts'

/** @param answering makes a handler send responses for the errors that it throws */
export function registerPrecache(
  server: FastifyInstance,
  { precacheService, diffService, loadPair }: RestServices,
  answering: (handler: Handler) => Handler,
): void {
  const post = (path: string, handler: Handler) => server.post<PairRequest>(path, answering(handler))
  // Clients of the old service send no body, or any body. It is ignored.
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', (_request, body, done) => {
    body.resume()
    done(null)
  })
  post('/precache/:old/:new', async ({ params, query, ip }, reply) => {
    const namesFile = query.package !== undefined || query.path !== undefined
    if (namesFile)
      await enqueueFile(diffService, await loadPair(params.old, params.new), fileAddressIn(query), ip)
    else await precacheService.enqueuePair(params.old, params.new, ip)
    return reply.code(202).type('text/plain; charset=utf-8').send('Precaching started')
  })
  post('/precache-all', async (_request, reply) => {
    const { count } = await precacheService.enqueueAll()
    return (
      reply
        .code(count > 0 ? 202 : 200)
        .type('application/json; charset=utf-8')
        // To the byte what the old service wrote, with its space.
        .send(`{"count": ${count}}`)
    )
  })
}

/** Queues the report of a file. Text is compared at once. */
async function enqueueFile(
  diffService: DiffService,
  pair: RunPair,
  file: FileAddress,
  client: string,
): Promise<void> {
  try {
    await diffService.file(pair, file, 'ENQUEUE', { client })
  } catch (error) {
    // The job that makes it; one that has failed was queued again.
    if (!(error instanceof DiffNotReadyError && error.job)) throw error
  }
}
