/** Whether the service runs (`/health`), and whether it can answer (`/ready`). */
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Database } from '../db/database.ts'
import { DatabaseUnavailableError } from '../errors.ts'
import { httpErrorFor, type HttpError } from '../responses/http-error.ts'
import { type ErrorFormat, sendError } from '../responses/send-error.ts'

export interface HealthOptions {
  readonly database: Database
  readonly errorFormat: ErrorFormat
  /** Names of parts that do not work, without which the service still answers: `redis`. */
  readonly degraded: () => readonly string[]
}

export function registerHealth(
  server: FastifyInstance,
  { database, errorFormat, degraded }: HealthOptions,
): void {
  const tell = (reply: FastifyReply) => {
    const parts = degraded()
    return parts.length > 0 ? reply.header('x-differ-degraded', parts.join(', ')) : reply
  }
  const ok = (reply: FastifyReply) => reply.type('text/plain; charset=utf-8').send('ok')

  server.get('/health', async (_request, reply) => ok(tell(reply)))
  server.get('/ready', async (request, reply) => {
    tell(reply)
    try {
      await database.ping()
      return ok(reply)
    } catch (error) {
      if (!(error instanceof DatabaseUnavailableError)) throw error
      return sendError(request, reply, httpErrorFor(error) as HttpError, errorFormat)
    }
  })
}
