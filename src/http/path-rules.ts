/** What the old service answers on a wrong path or method. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { withoutBasePath } from '../requests/base-path.ts'
import { httpError } from '../responses/http-error.ts'
import { sendPlainError } from '../responses/send-error.ts'

/** Paths that exist, with the methods they take, as its 405 lists them. */
const PATHS: readonly (readonly [pattern: RegExp, methods: string])[] = [
  [/^\/(debdiff|diffoscope)\/[^/]+\/[^/]+$/, 'GET,HEAD'],
  [/^\/debdiff\/[^/]+\/[^/]+\/stream$/, 'GET,HEAD'],
  [/^\/precache\/[^/]+\/[^/]+$/, 'POST'],
  [/^\/precache-all$/, 'POST'],
  [/^\/renderings\/[^/]+\/[^/]+\/[^/]+\/[^/]+$/, 'GET,HEAD'],
  [/^\/(health|ready|metrics)$/, 'GET,HEAD'],
  [/^\/graphql$/, 'GET,POST'],
  [/^\/(queue|compare\/[^/]+\/[^/]+|icon\.svg)?$/, 'GET,HEAD'],
]

/** The methods that a path takes (`GET,HEAD`), or null for one that does not exist. */
export function allowedMethods(url: string | undefined): string | null {
  const [path = ''] = url?.split('?') ?? []
  return PATHS.find(([pattern]) => pattern.test(path))?.[1] ?? null
}

/** @param basePath what clients see ahead of every path: see `base-path.ts` */
export function registerPathRules(server: FastifyInstance, basePath: string): void {
  server.addHook('onRequest', async (request, reply) => {
    const [path = '', ...query] = request.raw.url?.split('?') ?? []
    if (path.includes('//')) {
      const merged = withoutBasePath(path.replace(/\/{2,}/g, '/'), basePath)
      return reply
        .code(308)
        .header('location', [basePath + merged, ...query].join('?'))
        .type('text/plain; charset=utf-8')
        .send('308: Permanent Redirect')
    }
    // Here already, so that a body that nobody wants is not read, and cannot be what is complained of.
    if (request.is404) return answerNoRoute(request, reply)
  })
  server.setNotFoundHandler(answerNoRoute)
}

function answerNoRoute(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const allow = allowedMethods(request.raw.url)
  const answer = allow
    ? httpError(405, `This address takes ${allow} only`)
    : httpError(404, 'There is nothing at this address')
  if (allow) reply.header('allow', allow)
  return sendPlainError(request, reply, answer)
}
