import type { FastifyInstance } from 'fastify'

/**
 * Headers that make browsers careful with every response. HTML responses set their own policy, where they
 * need to run something: see `diff/rendering/content-policy.ts`.
 */
export function registerSecurityHeaders(server: FastifyInstance): void {
  server.addHook('onSend', (_request, reply, _payload, done) => {
    // Text is never taken for HTML or script, and links do not reveal the URL of a page that may be private.
    reply.headers({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
    const isPage = String(reply.getHeader('content-type') ?? '').startsWith('text/html')
    if (isPage && !reply.hasHeader('content-security-policy'))
      reply.header('content-security-policy', "default-src 'none'; base-uri 'none'; form-action 'none'")
    done()
  })
}
