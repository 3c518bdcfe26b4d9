/** Whether the service runs (`/health`), and whether it can answer requests (`/ready`). */
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Database } from '../db/database.ts'
import { DatabaseUnavailableError } from '../errors.ts'
import { type ErrorFormat, sendError } from '../responses/send-error.ts'
import { databaseUnavailable } from '../rest/legacy-errors.ts'

export interface HealthOptions {
  readonly database: Database
  readonly errorFormat: ErrorFormat
  /** Names of parts that do not work but are not needed for every response: `redis`, `cache`, `memory`. */
  readonly degraded: () => readonly string[]
}

export function registerHealth(
  server: FastifyInstance,
  { database, errorFormat, degraded }: HealthOptions,
): void {
  const addDegraded = (reply: FastifyReply) => {
    const parts = degraded()
    if (parts.length > 0) reply.header('x-differ-degraded', parts.join(', '))
  }
  const sendOk = (reply: FastifyReply) => reply.type('text/plain; charset=utf-8').send('ok')

  server.get('/health', async (_request, reply) => {
    addDegraded(reply)
    return sendOk(reply)
  })
  server.get('/ready', async (request, reply) => {
    addDegraded(reply)
    try {
      await database.ping()
    } catch (error) {
      if (!(error instanceof DatabaseUnavailableError)) throw error
      return sendError(request, reply, databaseUnavailable(error), errorFormat)
    }
    return sendOk(reply)
  })
}
