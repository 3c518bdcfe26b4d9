/** How GraphQL's answers go out. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { codedEtag, etagOf, matchEtag } from '../etag.ts'
import { chooseEncoding, compressBytes, MIN_COMPRESSED_BYTES } from '../responses/content-encoding.ts'
import { sendGraphiql } from './send-graphiql.ts'

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
  if (/^text\/html\b/.test(response.headers.get('content-type') ?? ''))
    return sendGraphiql(request, reply, await response.text())
  const isWhole = /^application\/(graphql-response\+)?json\b/.test(response.headers.get('content-type') ?? '')
  if (!isWhole || !response.body) return reply.send(response.body ?? '')
  const text = await response.text()
  reply.header('vary', 'Accept, Accept-Encoding').removeHeader('content-length')

  let etag: string | null = null
  if (request.method === 'GET' && response.status === 200) {
    etag = etagOf(text)
    reply.headers({ etag, 'cache-control': 'private, no-cache' })
    const matched = matchEtag(request.headers['if-none-match'], etag)
    if (matched) return reply.header('etag', matched).removeHeader('content-type').code(304).send()
  } else reply.header('cache-control', 'no-store')
  const encoding =
    Buffer.byteLength(text) < MIN_COMPRESSED_BYTES ? null : chooseEncoding(request.headers['accept-encoding'])
  // A string goes out in one write with its headers.
  if (!encoding) return reply.send(text)
  reply.header('content-encoding', encoding)
  if (etag) reply.header('etag', codedEtag(etag, encoding))
  return reply.send(await compressBytes(Buffer.from(text), encoding))
}
