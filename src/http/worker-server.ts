/** The HTTP server of a worker: health and metrics. */
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify'
import type { Logger } from 'pino'
import type { Metrics } from '../metrics/metrics.ts'
import { type HealthOptions, registerHealth } from './health.ts'
import { registerMetrics } from './metrics.ts'

/** The server, not listening yet. */
export function createWorkerServer({
  metrics,
  log,
  ...health
}: HealthOptions & { metrics: Metrics; log: Logger }): FastifyInstance {
  const server = fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true,
  })
  registerHealth(server, health)
  registerMetrics(server, metrics)
  return server
}
