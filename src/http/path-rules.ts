/** What the old service answers on a wrong path or method. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** Paths that exist, with the methods they take, as its 405 lists them. */
const PATHS: readonly (readonly [pattern: RegExp, allow: string])[] = [
  [/^\/(debdiff|diffoscope)\/[^/]+\/[^/]+$/, 'GET,HEAD'],
  [/^\/renderings\/[^/]+\/[^/]+\/[^/]+\/[^/]+$/, 'GET,HEAD'],
  [/^\/(health|ready)$/, 'GET,HEAD'],
  [/^\/graphql$/, 'GET,POST,OPTIONS'],
]

export function registerPathRules(server: FastifyInstance): void {
  server.addHook('onRequest', async (request, reply) => {
    const [path = '', ...query] = request.raw.url?.split('?') ?? []
    if (path.includes('//')) {
      const merged = [path.replace(/\/{2,}/g, '/'), ...query].join('?')
      return plain(reply.header('location', merged), 308, 'Permanent Redirect')
    }
    // Here already, so that a body that nobody wants is not read, and cannot be what is complained of.
    if (request.is404) return answerNoRoute(request, reply)
  })
  server.setNotFoundHandler(answerNoRoute)
}

function answerNoRoute(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const [path = ''] = request.raw.url?.split('?') ?? []
  const allow = PATHS.find(([pattern]) => pattern.test(path))?.[1]
  if (allow) return plain(reply.header('allow', allow), 405, 'Method Not Allowed')
  return plain(reply, 404, 'Not Found')
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

function plain(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply.code(status).type('text/plain; charset=utf-8').send(`${status}: ${text}`)
}
