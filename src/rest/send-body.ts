import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'

export interface Body {
  readonly contentType: string
  /** Strong, quotes included. */
  readonly etag: string
  readonly cacheControl: string
  readonly vary: string
  /** Called only where the body is wanted. */
  readonly body: () => AsyncIterable<Uint8Array>
}

/**
 * Answers with a stream, or with 304 where the client has it already. The first chunk is made before the head goes out, so that what fails
 * at once is still an error with a status; what fails later breaks the connection, never ends it as if all were there.
 */
export async function sendBody(
  request: FastifyRequest,
  reply: FastifyReply,
  { contentType, etag, cacheControl, vary, body }: Body,
): Promise<FastifyReply> {
  reply.headers({ etag, 'cache-control': cacheControl, vary })
  if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send()
  reply.type(contentType)
  if (request.method === 'HEAD') return reply.send()
  const chunks = body()[Symbol.asyncIterator]()
  const first = await chunks.next()
  return reply.send(Readable.from(startingWith(first, chunks), { objectMode: false, highWaterMark: 1 << 16 }))
}

async function* startingWith(
  first: IteratorResult<Uint8Array>,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    for (let step = first; !step.done; step = await rest.next()) yield step.value
  } finally {
    await rest.return?.()
  }
}

/** RFC 9110, 13.1.2: the comparison is weak, `*` matches what exists. */
function matches(header: string | undefined, etag: string): boolean {
  if (!header) return false
  return header.split(',').some((tag) => {
    const trimmed = tag.trim()
    return trimmed === '*' || trimmed.replace(/^W\//, '') === etag
  })
}
