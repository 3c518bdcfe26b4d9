import type { FastifyInstance } from 'fastify'
import type { Metrics } from '../metrics.ts'
import { negotiate } from '../requests/mimeparse.ts'

const CONTENT_TYPES = {
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
} as const

/** `/metrics`: OpenMetrics for who prefers it, as Prometheus does; its older text for everybody else. */
export function registerMetrics(server: FastifyInstance, metrics: Metrics): void {
  server.get('/metrics', async (request, reply) => {
    const accepted = negotiate(['application/openmetrics-text', 'text/plain'], request.headers.accept)
    const format = accepted === 'application/openmetrics-text' ? 'openmetrics' : 'prometheus'
    return reply
      .headers({ 'content-type': CONTENT_TYPES[format], 'cache-control': 'no-store', vary: 'Accept' })
      .send(await metrics.read(format))
  })
}
