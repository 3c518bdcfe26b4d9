import { pipeline, Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { chooseEncoding, createCompressor } from './content-encoding.ts'
import type { HotBodies } from './hot-bodies.ts'

export interface Body {
  readonly contentType: string
  /** Strong, quotes included; of the body as it is, not compressed. */
  readonly etag: string
  readonly cacheControl: string
  readonly vary: string
  /** Called only where the body is wanted. */
  readonly body: () => AsyncIterable<Uint8Array>
}

/** Below this, compression costs more than it saves. */
const WORTH_COMPRESSING_BYTES = 1024

/**
 * Answers with a stream, compressed as the client takes it, or with 304 where the client has it already. The first chunk is made before the
 * head goes out, so that what fails at once is still an error with a status; what fails later breaks the connection, never ends it as if all were
 * there.
 */
export async function sendBody(
  request: FastifyRequest,
  reply: FastifyReply,
  { contentType, etag, cacheControl, vary, body }: Body,
  hot: HotBodies,
): Promise<FastifyReply> {
  const encoding = chooseEncoding(request.headers['accept-encoding'])
  reply.headers({ etag, 'cache-control': cacheControl, vary })
  const known = knownEtag(request.headers['if-none-match'], etag)
  if (known) return reply.header('etag', known).code(304).send()
  reply.type(contentType)
  if (request.method === 'HEAD') return reply.send()

  const kept = hot.get(etag)
  if (kept && (!encoding || kept.length < WORTH_COMPRESSING_BYTES)) return reply.send(kept)
  const chunks = kept ? null : hot.keep(etag, body())[Symbol.asyncIterator]()
  const first: IteratorResult<Uint8Array> = chunks
    ? await chunks.next()
    : { done: false, value: kept as Buffer }
  const stream = Readable.from(startingWith(first, chunks), { objectMode: false, highWaterMark: 1 << 16 })
  if (!encoding || first.done || first.value.length < WORTH_COMPRESSING_BYTES) return reply.send(stream)
  // Another sequence of bytes, so another strong validator.
  reply.headers({ 'content-encoding': encoding, etag: encodedEtag(etag, encoding) })
  // A failure of the stream destroys the compressor, and with it the connection.
  return reply.send(pipeline(stream, createCompressor(encoding), () => {}))
}

async function* startingWith(
  first: IteratorResult<Uint8Array>,
  rest: AsyncIterator<Uint8Array> | null,
): AsyncGenerator<Uint8Array> {
  try {
    let step = first
    while (!step.done) {
      yield step.value
      if (!rest) return
      step = await rest.next()
    }
  } finally {
    await rest?.return?.()
  }
}

function encodedEtag(etag: string, encoding: string): string {
  return `${etag.slice(0, -1)}-${encoding}"`
}

/** The tag by which the client has this body, in whatever encoding; null where it has not. The comparison is weak: RFC 9110, 13.1.2. */
function knownEtag(header: string | undefined, etag: string): string | null {
  if (!header) return null
  const ours = [etag, encodedEtag(etag, 'br'), encodedEtag(etag, 'gzip')]
  const theirs = header.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  if (theirs.includes('*')) return etag
  return ours.find((tag) => theirs.includes(tag)) ?? null
}
