/** How GraphQL's answers go out. */
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { cspHash } from '../diff/formats/content-policy.ts'
import { type ContentEncoding, chooseEncoding } from '../rest/content-encoding.ts'
import { encodedEtag, knownEtag, WORTH_COMPRESSING_BYTES } from '../rest/send-body.ts'

/** The last page and what it may do: it is 9 MB of script, and always the same. */
let known: { readonly html: string; readonly policy: string } | null = null

/** Of GraphiQL's page: its one script is known by its hash; its editor makes styles as it runs, and workers from what the page brings. */
function graphiqlPolicy(html: string): string {
  if (known?.html !== html) {
    const script = html.slice(html.indexOf('<script>') + '<script>'.length, html.lastIndexOf('</script>'))
    const policy = `default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; script-src ${cspHash(script)}; style-src 'unsafe-inline'; worker-src blob:; connect-src 'self'; img-src 'self' data:; font-src data:`
    known = { html, policy }
  }
  return known.policy
}

const compressors: Readonly<Record<ContentEncoding, (bytes: Buffer) => Promise<Buffer>>> = {
  br: (bytes) => promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
  gzip: (bytes) => promisify(gzip)(bytes, { level: 4 }),
}

/**
 * Sends what Yoga answers. A whole answer is compressed as the client takes it; of a GET it has an ETag, and is not sent again to who has it. One that comes in
 * parts (events, `@defer`) goes out as it comes.
 */
export async function sendGraphql(
  request: FastifyRequest,
  reply: FastifyReply,
  response: Response,
): Promise<FastifyReply> {
  response.headers.forEach((value, key) => reply.header(key, value))
  reply.status(response.status)
  const page = /^text\/html\b/.test(response.headers.get('content-type') ?? '')
  if (page) {
    const html = await response.text()
    return reply.header('content-security-policy', graphiqlPolicy(html)).send(html)
  }
  const isWhole = /^application\/(graphql-response\+)?json\b/.test(response.headers.get('content-type') ?? '')
  if (!isWhole || !response.body) return reply.send(response.body ?? '')
  const bytes = Buffer.from(await response.text())
  reply.header('vary', 'Accept, Accept-Encoding').removeHeader('content-length')

  let etag: string | null = null
  if (request.method === 'GET' && response.status === 200) {
    etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"`
    reply.headers({ etag, 'cache-control': 'private, no-cache' })
    const known = knownEtag(request.headers['if-none-match'], etag)
    if (known) return reply.header('etag', known).removeHeader('content-type').code(304).send()
  } else reply.header('cache-control', 'no-store')
  const encoding =
    bytes.length < WORTH_COMPRESSING_BYTES ? null : chooseEncoding(request.headers['accept-encoding'])
  if (!encoding) return reply.send(bytes)
  reply.header('content-encoding', encoding)
  if (etag) reply.header('etag', encodedEtag(etag, encoding))
  return reply.send(await compressors[encoding](bytes))
}
