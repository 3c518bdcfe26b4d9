/** GraphiQL's page: 9 MB of script that is always the same, so it is compressed once, and sent once to a client that keeps it. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { cspHash } from '../diff/rendering/content-policy.ts'
import { type ContentCoding, codedEtag, etagOf, matchEtag } from '../etag.ts'
import { chooseEncoding, compressBytes } from '../responses/content-encoding.ts'

interface Page {
  readonly html: string
  readonly etag: string
  readonly policy: string
  readonly packed: Map<ContentCoding, Promise<Buffer>>
}

/** The last one. */
let known: Page | null = null

export async function sendGraphiql(
  request: FastifyRequest,
  reply: FastifyReply,
  html: string,
): Promise<FastifyReply> {
  if (known?.html !== html) known = pageOf(html)
  const { etag, policy, packed } = known
  reply.removeHeader('content-length').type('text/html; charset=utf-8')
  reply.headers({
    'content-security-policy': policy,
    etag,
    vary: 'Accept, Accept-Encoding',
    'cache-control': 'no-cache',
  })
  const matched = matchEtag(request.headers['if-none-match'], etag)
  if (matched) return reply.header('etag', matched).removeHeader('content-type').code(304).send()
  const encoding = chooseEncoding(request.headers['accept-encoding'])
  if (!encoding) return reply.send(html)
  if (!packed.has(encoding)) packed.set(encoding, compressBytes(Buffer.from(html), encoding))
  reply.headers({ 'content-encoding': encoding, etag: codedEtag(etag, encoding) })
  return reply.send(await packed.get(encoding))
}

function pageOf(html: string): Page {
  return { html, etag: etagOf(html), policy: policyOf(html), packed: new Map() }
}

/** Its one script is known by its hash; its editor makes styles as it runs, and workers from what the page brings. */
function policyOf(html: string): string {
  const script = html.slice(html.indexOf('<script>') + '<script>'.length, html.lastIndexOf('</script>'))
  return `default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; script-src ${cspHash(script)}; style-src 'unsafe-inline'; worker-src blob:; connect-src 'self'; img-src 'self' data:; font-src data:`
}
