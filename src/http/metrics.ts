import type { FastifyInstance } from 'fastify'
import type { Metrics } from '../metrics/metrics.ts'
import { preferredMediaType } from '../requests/accept.ts'

const CONTENT_TYPES = {
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
} as const

/**
 * `/metrics`: OpenMetrics for clients that prefer it, as Prometheus does; Prometheus' older text format for
 * all others.
 */
export function registerMetrics(server: FastifyInstance, metrics: Metrics): void {
  server.get('/metrics', async (request, reply) => {
    const accepted = preferredMediaType(request.headers.accept, [
      'text/plain',
      'application/openmetrics-text',
    ])
    const format = accepted === 'application/openmetrics-text' ? 'openmetrics' : 'prometheus'
    return reply
      .headers({ 'content-type': CONTENT_TYPES[format], 'cache-control': 'no-store', vary: 'Accept' })
      .send(await metrics.read(format))
  })
}
