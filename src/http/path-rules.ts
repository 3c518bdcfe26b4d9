/** What the old service answers on a wrong path or method. */
import type { FastifyInstance, FastifyReply } from 'fastify'

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
    if (!path.includes('//')) return
    const merged = [path.replace(/\/{2,}/g, '/'), ...query].join('?')
    return plain(reply.header('location', merged), 308, 'Permanent Redirect')
  })

  server.setNotFoundHandler((request, reply) => {
    const [path = ''] = request.raw.url?.split('?') ?? []
    const allow = PATHS.find(([pattern]) => pattern.test(path))?.[1]
    if (allow) return plain(reply.header('allow', allow), 405, 'Method Not Allowed')
    return plain(reply, 404, 'Not Found')
  })
}

function plain(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply.code(status).type('text/plain; charset=utf-8').send(`${status}: ${text}`)
}
