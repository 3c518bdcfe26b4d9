/** What the old service answers to a wrong path or method. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { withoutBasePath } from '../requests/base-path.ts'
import { httpError } from '../responses/http-error.ts'
import { sendPlainError } from '../responses/send-error.ts'
import type { RouteMethods } from './route-methods.ts'

/** @param basePath what clients see before every path: see `base-path.ts` */
export function registerPathRules(server: FastifyInstance, basePath: string, routes: RouteMethods): void {
  server.addHook('onRequest', (request, reply, done) => {
    const [path = '', ...query] = request.raw.url?.split('?') ?? []
    if (path.includes('//')) {
      const merged = withoutBasePath(path.replace(/\/{2,}/g, '/'), basePath)
      reply
        .code(308)
        .header('location', [basePath + merged, ...query].join('?'))
        .type('text/plain; charset=utf-8')
        .send('308: Permanent Redirect')
      return
    }
    // Answered before the body is read, so that an invalid body cannot be the error that is reported.
    if (request.is404) answerNoRoute(request, reply)
    else done()
  })
  server.setNotFoundHandler(answerNoRoute)

  function answerNoRoute(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const allow = routes.of(request.raw.url ?? '')
    const answer = allow
      ? httpError(405, `This address only supports ${allow}`)
      : { ...httpError(404, 'There is nothing at this address'), home: `${basePath}/` }
    if (allow) reply.header('allow', allow)
    return sendPlainError(request, reply, answer)
  }
}
