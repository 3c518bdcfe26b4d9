/** Records every request: metrics, a log line, and a span if tracing is on. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import type { RequestFacts } from '../log.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { type RequestSpan, startRequestSpan } from '../tracing.ts'

/**
 * Slower responses are logged at `info`: a cached diff takes milliseconds, so a tool ran or something is
 * wrong.
 */
const SLOW_MS = 1_000
/** The status recorded for a response that did not reach its end (nginx uses the same). It is never sent. */
const CLIENT_CLOSED_REQUEST = 499
/** The values of the label `method`; all other methods are `other`. */
const METHODS: readonly string[] = ['GET', 'HEAD', 'POST', 'OPTIONS']
/** URLs are cut to this length in the log. */
const MAX_LOGGED_URL = 1_000

/** Register it before all other hooks, so that responses which they send are recorded, too. */
export function observeRequests(server: FastifyInstance, metrics: Metrics): void {
  const spans = new WeakMap<FastifyRequest, RequestSpan>()

  server.addHook('onRequest', (request, reply, done) => {
    const started = performance.now()
    const span = startRequestSpan(request.headers)
    // Read now: a closed connection has no address any more.
    const { ip } = request
    reply.header('x-request-id', request.id)
    reply.raw.once('close', () => {
      const status = reply.raw.writableFinished ? reply.statusCode : CLIENT_CLOSED_REQUEST
      record(request, { status, ms: performance.now() - started, ip, span })
    })
    if (!span) return done()
    spans.set(request, span)
    span.enter(done)
  })
  // Reading a body leaves the span's context: the event that ends it comes from the connection.
  server.addHook('preValidation', (request, _reply, done) => {
    const span = spans.get(request)
    if (span) span.enter(done)
    else done()
  })

  function record(request: FastifyRequest, { status, ms, ip, span }: Outcome): void {
    const { method, url } = request
    const route = request.routeOptions.url ?? 'none'
    const label = METHODS.includes(method) ? method : 'other'
    metrics.requestEnded(route, label, status, ms / 1000)
    if (!span) {
      log(request, status, ms, ip)
      return
    }
    span.enter(() => log(request, status, ms, ip))
    const attributes = {
      'http.request.method': method,
      'http.route': route,
      'http.response.status_code': status,
      'url.path': url.split('?', 1)[0] ?? '',
      'differ.request_id': request.id,
    }
    span.end(`${label} ${route}`, attributes, status >= 500)
  }
}

interface Outcome {
  readonly status: number
  readonly ms: number
  /** The client's address. */
  readonly ip: string
  readonly span: RequestSpan | null
}

/**
 * Writes one line for a request: at `info` if it failed with a server error or was slow, else at `debug`. A
 * busy site requests thousands of cached diffs; `/metrics` counts them, and their lines would hide the
 * important ones.
 */
function log(request: FastifyRequest, status: number, ms: number, ip: string): void {
  const logger = request.log as Logger
  const level = status >= 500 || ms >= SLOW_MS ? 'info' : 'debug'
  if (!logger.isLevelEnabled(level)) return
  const { method, originalUrl, headers } = request
  const url = originalUrl.length > MAX_LOGGED_URL ? `${originalUrl.slice(0, MAX_LOGGED_URL)}…` : originalUrl
  const http: RequestFacts = { method, url, status, ms: Math.round(ms), ip, userAgent: headers['user-agent'] }
  logger[level]({ http }, status === CLIENT_CLOSED_REQUEST ? 'cut short' : 'answered')
}
