/** What every answer says to browsers. Pages say for themselves what they may do: see diff/formats/content-policy.ts. */
import type { FastifyInstance } from 'fastify'

export function registerSecurityHeaders(server: FastifyInstance): void {
  server.addHook('onSend', async (_request, reply) => {
    // A text is a text, whatever it looks like; an address that may be private is not told on.
    reply.headers({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
    const isPage = String(reply.getHeader('content-type') ?? '').startsWith('text/html')
    if (isPage && !reply.hasHeader('content-security-policy'))
      reply.header('content-security-policy', "default-src 'none'; base-uri 'none'; form-action 'none'")
  })
}
