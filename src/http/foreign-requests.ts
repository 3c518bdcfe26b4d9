/** Refuses requests that pages of other sites make browsers send. */
import type { FastifyInstance } from 'fastify'
import { ForeignPageError } from '../errors.ts'
import { type AllowedHosts, hostRefusal } from '../requests/allowed-hosts.ts'
import type { PageOrigins } from '../requests/page-origin.ts'
import { httpError } from '../responses/http-error.ts'
import { type ErrorFormat, sendError, sendPlainError } from '../responses/send-error.ts'
import { foreignPage } from '../rest/legacy-errors.ts'

/** Probes of load balancers send any `Host`, and learn nothing from the response. */
const PROBES: ReadonlySet<string | undefined> = new Set(['/health', '/ready'])

/** Answers 403 to requests whose `Host` is not a name of this service: see `AllowedHosts`. */
export function registerHostCheck(server: FastifyInstance, hosts: AllowedHosts): void {
  server.addHook('onRequest', (request, reply, done) => {
    const { host } = request.headers
    if (hosts.allows(host) || PROBES.has(request.routeOptions.url)) return done()
    const message = hostRefusal(host)
    sendPlainError(request, reply, { ...httpError(403, message), text: `403: ${message}` })
  })
}

/**
 * Answers 403 to POST requests from pages of other sites. `/graphql` is excepted, because most of its
 * operations only read: `resolvers/permission.ts` refuses the fields that start or cancel work.
 */
export function registerOriginCheck(
  server: FastifyInstance,
  origins: PageOrigins,
  errorFormat: ErrorFormat,
): void {
  server.addHook('onRequest', (request, reply, done) => {
    const { method, routeOptions, headers } = request
    if (method !== 'POST' || request.is404 || routeOptions.url === '/graphql') return done()
    if (!origins.isForeign(headers)) return done()
    sendError(request, reply, foreignPage(new ForeignPageError(headers.origin)), errorFormat)
  })
}
