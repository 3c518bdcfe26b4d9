/** What the old service answers on a wrong path or method. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { httpError } from '../rest/errors.ts'
import { sendPlainError } from '../rest/send-error.ts'
import { withoutBasePath } from './base-path.ts'

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

/** The path and query of a URL that a proxy sent whole (`GET http://host/path`); others as they are. RFC 9112, 3.2.2. */
export function originForm(url: string): string {
  const path = url.replace(/^https?:\/\/[^/?]*/i, '')
  return path.startsWith('/') ? path : `/${path}`
}

/**
 * The URL with the escapes of its path that mean nothing (`%zz`, bytes that are not UTF-8) standing for themselves, as the old service read them: an
 * id with such a thing in it is as unknown as any other.
 */
export function withReadableEscapes(url: string): string {
  const [path = '', ...query] = url.split('?')
  const readable = path.replace(/(?:%[0-9a-f]{2})+|%/gi, (escapes) =>
    isDecodable(escapes) ? escapes : escapes.replaceAll('%', '%25'),
  )
  return [readable, ...query].join('?')
}

function isDecodable(escapes: string): boolean {
  try {
    decodeURIComponent(escapes)
    return true
  } catch {
    return false
  }
}
