/** Sends the responses that Yoga makes. */
import { addAbortSignal } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { codedEtag, etagOf, matchEtag } from '../etag.ts'
import { chooseEncoding, compressBytes, MIN_COMPRESSED_BYTES } from '../responses/content-encoding.ts'
import { breakConnection, UNBUFFERED } from '../responses/unbuffered.ts'
import type { GraphiqlPage } from './send-graphiql.ts'
import { streamedParts } from './streamed-parts.ts'

export interface GraphqlSending {
  readonly graphiql: GraphiqlPage
  /** Time between two pings of an event stream, in milliseconds. */
  readonly pingMs: number
  /** Aborts when the response must break off; null for one that the service completes before it stops. */
  readonly stopping: AbortSignal | null
}

/**
 * Headers about the connection, which Yoga sets for HTTP/1.1 only: Node.js sets those that fit the request.
 * Yoga's coding `none` does not exist.
 */
const CONNECTION_HEADERS = new Set(['connection', 'transfer-encoding', 'content-encoding'])

/**
 * Sends a response of Yoga. A complete JSON response is compressed if the client accepts that; to a GET it
 * has an ETag, and a client that has it gets a 304. A response in several parts (events, `@defer`) is passed
 * on as they are made; if the last one is missing, the connection breaks.
 */
export async function sendGraphql(
  request: FastifyRequest,
  reply: FastifyReply,
  response: Response,
  { graphiql, pingMs, stopping }: GraphqlSending,
): Promise<FastifyReply> {
  for (const [name, value] of response.headers)
    if (!CONNECTION_HEADERS.has(name.toLowerCase())) reply.header(name, value)
  reply.status(response.status)
  const mediaType = response.headers.get('content-type') ?? ''
  if (/^text\/html\b/.test(mediaType)) return graphiql.send(request, reply, await response.text())
  const isComplete = /^application\/(graphql-response\+)?json\b/.test(mediaType)
  if (isComplete) return sendJson(request, reply, await response.text())
  if (!response.body) return reply.send('')
  reply.headers(UNBUFFERED)
  const isEventStream = /^text\/event-stream\b/.test(mediaType)
  const parts = streamedParts(response.body, isEventStream ? pingMs : null)
  if (stopping) addAbortSignal(stopping, parts)
  parts.once('error', () => breakConnection(request))
  return reply.send(parts)
}

async function sendJson(request: FastifyRequest, reply: FastifyReply, text: string): Promise<FastifyReply> {
  reply.header('vary', 'Accept, Accept-Encoding').removeHeader('content-length')
  let etag: string | null = null
  if (request.method === 'GET' && reply.statusCode === 200) {
    etag = etagOf(text)
    reply.headers({ etag, 'cache-control': 'private, no-cache' })
    const matched = matchEtag(request.headers['if-none-match'], etag)
    if (matched) return reply.header('etag', matched).removeHeader('content-type').code(304).send()
  } else reply.header('cache-control', 'no-store')
  const encoding =
    Buffer.byteLength(text) < MIN_COMPRESSED_BYTES ? null : chooseEncoding(request.headers['accept-encoding'])
  // Fastify sends a string together with the headers, in one write.
  if (!encoding) return reply.send(text)
  reply.header('content-encoding', encoding)
  if (etag) reply.header('etag', codedEtag(etag, encoding))
  return reply.send(await compressBytes(Buffer.from(text), encoding))
}
