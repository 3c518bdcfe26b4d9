import type { FastifyReply, FastifyRequest } from 'fastify'
import { cspHash } from '../diff/rendering/content-policy.ts'
import { type ContentCoding, codedEtag, etagOf, matchEtag } from '../etag.ts'
import { chooseEncoding, compressBytes } from '../responses/content-encoding.ts'

interface Page {
  readonly html: string
  readonly etag: string
  readonly policy: string
  /** The compressed page, for each coding that a client has requested. */
  readonly compressed: Map<ContentCoding, Promise<Buffer>>
}

/**
 * Sends GraphiQL's page. It is 9 MB of script and always the same, so it is compressed once, and a client
 * that has it gets a 304.
 */
export class GraphiqlPage {
  #page: Page | null = null

  async send(request: FastifyRequest, reply: FastifyReply, html: string): Promise<FastifyReply> {
    if (this.#page?.html !== html) this.#page = createPage(html)
    const { etag, policy, compressed } = this.#page
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
    if (!compressed.has(encoding)) compressed.set(encoding, compressBytes(Buffer.from(html), encoding))
    reply.headers({ 'content-encoding': encoding, etag: codedEtag(etag, encoding) })
    return reply.send(await compressed.get(encoding))
  }
}

function createPage(html: string): Page {
  return { html, etag: etagOf(html), policy: policyOf(html), compressed: new Map() }
}

/**
 * Allows the page's only script by its hash, and what its editor does: add styles and start workers from
 * blobs.
 */
function policyOf(html: string): string {
  const script = html.slice(html.indexOf('<script>') + '<script>'.length, html.lastIndexOf('</script>'))
  return [
    "default-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
    `script-src ${cspHash(script)}`,
    "style-src 'unsafe-inline'",
    'worker-src blob:',
    "connect-src 'self'",
    "img-src 'self' data:",
    'font-src data:',
  ].join('; ')
}
