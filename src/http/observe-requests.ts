/** What is noted of every request: figures, a line in the log, and a span where tracing is on. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import type { RequestFacts } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import { type RequestSpan, startRequestSpan } from '../tracing.ts'

/** From here on an answer is slow enough to be told about: a cached diff takes milliseconds, so something was made, or is wrong. */
const SLOW_MS = 1_000
/** What proxies call it when an answer does not reach its end, because the client went away or it failed halfway; nobody sees it. */
const CUT_SHORT = 499
/** The methods of our routes; others count as one. */
const METHODS: readonly string[] = ['GET', 'HEAD', 'POST', 'OPTIONS']

/** To be called ahead of all that has hooks of its own: what they answer counts too. */
export function observeRequests(server: FastifyInstance, metrics: Metrics): void {
  const spans = new WeakMap<FastifyRequest, RequestSpan>()

  server.addHook('onRequest', (request, reply, done) => {
    const started = performance.now()
    const span = startRequestSpan(request.headers)
    reply.header('x-request-id', request.id)
    reply.raw.once('close', () => {
      const status = reply.raw.writableFinished ? reply.statusCode : CUT_SHORT
      note(request, status, performance.now() - started, span)
    })
    if (!span) return done()
    spans.set(request, span)
    span.enter(done)
  })
  // The end of a body comes from the connection, which knows nothing of the span.
  server.addHook('preValidation', (request, _reply, done) => {
    const span = spans.get(request)
    if (span) span.enter(done)
    else done()
  })

  function note(request: FastifyRequest, status: number, ms: number, span: RequestSpan | null): void {
    const { method, url } = request
    const route = request.routeOptions.url ?? 'none'
    const label = METHODS.includes(method) ? method : 'other'
    metrics.requestEnded(route, label, status, ms / 1000)
    if (!span) return log(request, status, ms)
    span.enter(() => log(request, status, ms))
    const facts = {
      'http.request.method': method,
      'http.route': route,
      'http.response.status_code': status,
      'url.path': url.split('?', 1)[0] ?? '',
      'differ.request_id': request.id,
    }
    span.end(`${label} ${route}`, facts, status >= 500)
  }
}

/**
 * One line for each request: at `info` what somebody may want to look into (failures of ours, slow answers), at `debug` the rest. A busy site asks
 * for cached diffs by the thousand: `/metrics` counts them, and their lines would only hide the others.
 */
function log(request: FastifyRequest, status: number, ms: number): void {
  const logger = request.log as Logger
  const level = status >= 500 || ms >= SLOW_MS ? 'info' : 'debug'
  if (!logger.isLevelEnabled(level)) return
  const { method, originalUrl, ip, headers } = request
  const url = originalUrl.length > 1_000 ? `${originalUrl.slice(0, 1_000)}…` : originalUrl
  const http: RequestFacts = { method, url, status, ms: Math.round(ms), ip, userAgent: headers['user-agent'] }
  logger[level]({ http }, status === CUT_SHORT ? 'cut short' : 'answered')
}
