import type { FastifyReply, FastifyRequest } from 'fastify'
import type { BodyCache } from './body-cache.ts'
import { chooseEncoding, createCompressor } from './content-encoding.ts'
import { LockstepReadable } from './lockstep-readable.ts'

export interface Body {
  readonly contentType: string
  /**
   * Strong, quotes included; of the body as it is, not compressed. Null for a body that is still being made: it goes out as it comes, so it is
   * neither compressed nor kept.
   */
  readonly etag: string | null
  readonly cacheControl: string
  readonly vary: string
  /** Of HTML: what a browser may do with it. */
  readonly policy?: string
  /** Called only where the body is wanted. A chunk need only be good until the next one is asked for. */
  readonly body: () => AsyncIterable<Uint8Array>
}

/** Below this, compression costs more than it saves. */
export const WORTH_COMPRESSING_BYTES = 1024
/** Less than the first chunk of any large rendering. */
const BEGINNING_BYTES = 32 * 1024

/**
 * Answers with a stream, compressed as the client takes it, or with 304 where the client has it already. The beginning is made before the
 * head goes out, so that what fails at once is still an error with a status; what fails later breaks the connection, never ends it as if all were
 * there.
 * @param hot where small bodies are kept; without it the body is always a stream of unknown length
 */
export async function sendBody(
  request: FastifyRequest,
  reply: FastifyReply,
  { contentType, etag, cacheControl, vary, policy, body }: Body,
  hot?: BodyCache,
): Promise<FastifyReply> {
  reply.headers({ 'cache-control': cacheControl, vary, ...(policy && { 'content-security-policy': policy }) })
  if (etag === null) return reply.type(contentType).send((await begin(body(), request, 0)).stream)
  reply.header('etag', etag)
  const known = knownEtag(request.headers['if-none-match'], etag)
  if (known) return reply.header('etag', known).code(304).send()
  reply.type(contentType)
  if (request.method === 'HEAD') return reply.send()

  const encoding = chooseEncoding(request.headers['accept-encoding'])
  const kept = hot?.get(etag)
  if (kept && (!encoding || kept.length < WORTH_COMPRESSING_BYTES)) return reply.send(kept)
  const source = kept ? whole(kept) : (hot?.keep(etag, body()) ?? body())
  const { all, stream } = await begin(source, request, BEGINNING_BYTES)
  if (all && (!encoding || all.length < WORTH_COMPRESSING_BYTES)) return reply.send(hot ? all : stream)
  if (!encoding) return reply.send(stream)
  reply.headers({ 'content-encoding': encoding, etag: encodedEtag(etag, encoding) })
  const compressor = createCompressor(encoding)
  // What fails in one of them ends both, and with them the connection.
  stream.once('error', (error) => compressor.destroy(error))
  compressor.once('close', () => stream.destroy())
  return reply.send(stream.pipe(compressor))
}

interface Begun {
  /** A small body that came to its end at once; else null. */
  readonly all: Buffer | null
  /** All of it, from the first byte on. */
  readonly stream: LockstepReadable
}

/** @param bytes so many are waited for, or the end: what is small is sent as a whole, with its length */
async function begin(
  body: AsyncIterable<Uint8Array>,
  request: FastifyRequest,
  bytes: number,
): Promise<Begun> {
  const chunks = body[Symbol.asyncIterator]()
  const pieces: Uint8Array[] = []
  let size = 0
  let step = await chunks.next()
  for (; !step.done && size + step.value.length < bytes; step = await chunks.next()) {
    pieces.push(Buffer.from(step.value))
    size += step.value.length
  }
  const beginning = Buffer.concat(pieces)
  const stream = new LockstepReadable(startingWith(beginning, step, chunks))
  // The client only sees that it breaks; whoever went away is the cause himself.
  stream.once('error', (err) => {
    if (!request.signal.aborted) request.log.warn({ err }, 'an answer broke off')
  })
  return { all: step.done ? beginning : null, stream }
}

/** A body that is all there. */
export async function* whole(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

async function* startingWith(
  beginning: Uint8Array,
  next: IteratorResult<Uint8Array>,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    if (beginning.length > 0) yield beginning
    for (let step = next; !step.done; step = await rest.next()) yield step.value
  } finally {
    await rest.return?.()
  }
}

/** Of another sequence of bytes, and so another strong validator. */
export function encodedEtag(etag: string, encoding: string): string {
  return `${etag.slice(0, -1)}-${encoding}"`
}

/** The tag by which the client has this body, in whatever encoding; null where it has not. The comparison is weak: RFC 9110, 13.1.2. */
export function knownEtag(header: string | undefined, etag: string): string | null {
  if (!header) return null
  const ours = [etag, encodedEtag(etag, 'br'), encodedEtag(etag, 'gzip')]
  const theirs = header.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  if (theirs.includes('*')) return etag
  return ours.find((tag) => theirs.includes(tag)) ?? null
}
