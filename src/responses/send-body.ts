import type { FastifyReply, FastifyRequest } from 'fastify'
import { prepend } from '../diff/streams/prepend.ts'
import { type ContentCoding, codedEtag, matchEtag, STORED_CODING } from '../etag.ts'
import { preferredEncoding } from '../requests/accept.ts'
import type { BodyCache } from './body-cache.ts'
import { chooseEncoding, createCompressor, MIN_COMPRESSED_BYTES } from './content-encoding.ts'
import { LockstepReadable } from './lockstep-readable.ts'
import { breakConnection, UNBUFFERED } from './unbuffered.ts'

/** A body in content codings, compressed beforehand. */
export type Compressed = { readonly [coding in ContentCoding]?: Buffer }

export interface Body {
  readonly contentType: string
  /**
   * Strong, quotes included; of the uncompressed body. Null for a body that is still being produced: it is
   * sent as it arrives, neither compressed nor cached.
   */
  readonly etag: string | null
  readonly cacheControl: string
  readonly vary: string
  /** The `Content-Security-Policy` of HTML. */
  readonly policy?: string
  /**
   * All bytes, or a function that starts to produce them. It is called only if the client needs the body. A
   * chunk may be overwritten when the next one is requested.
   */
  readonly body: Buffer | (() => AsyncIterable<Uint8Array>)
  /**
   * Produces the body compressed with zstd, as it is stored; missing if it is not stored so. Clients that accept
   * this coding get it, which takes less work than any other form.
   */
  readonly stored?: () => AsyncIterable<Uint8Array>
  /** Of a body that does not change, and so is worth the work of compressing it well. */
  readonly compressed?: Compressed
}

export interface SendOptions {
  /** Stores small bodies, and sends stored ones without calling `Body.body`. */
  readonly cache?: BodyCache
  /** Sends small bodies in chunks, too, instead of with their `Content-Length`. */
  readonly chunked?: boolean
}

/** A body up to this size is sent with its length. It is less than the first chunk of any large rendering. */
const WHOLE_BYTES = 32 * 1024

/**
 * Sends a body, compressed if the client accepts that, or 304 if the client already has it. The first bytes
 * are produced before the headers are sent, so an error that occurs at once still gets its status. A later
 * error breaks the connection, so that the client cannot take the body for complete.
 */
export async function sendBody(
  request: FastifyRequest,
  reply: FastifyReply,
  { contentType, etag, cacheControl, vary, policy, body, stored, compressed }: Body,
  { cache, chunked = false }: SendOptions = {},
): Promise<FastifyReply> {
  const produce = typeof body === 'function' ? body : () => whole(body)
  reply.headers({ 'cache-control': cacheControl, vary, ...(policy && { 'content-security-policy': policy }) })
  if (etag === null)
    return reply
      .headers(UNBUFFERED)
      .type(contentType)
      .send((await begin(produce(), request, 0)).stream)
  const matched = matchEtag(request.headers['if-none-match'], etag)
  reply.header('etag', matched ?? etag)
  if (matched) return reply.code(304).send()
  reply.type(contentType)
  if (request.method === 'HEAD') return reply.send()

  const accepted = request.headers['accept-encoding']
  const encoding = chooseEncoding(accepted)
  if (
    stored &&
    preferredEncoding(accepted, [STORED_CODING, ...(encoding ? [encoding] : [])]) === STORED_CODING
  ) {
    reply.headers({ 'content-encoding': STORED_CODING, etag: codedEtag(etag, STORED_CODING) })
    return reply.send((await begin(stored(), request, 0)).stream)
  }
  const coded = encoding && compressed?.[encoding]
  if (encoding && coded)
    return reply.headers({ 'content-encoding': encoding, etag: codedEtag(etag, encoding) }).send(coded)
  const ready = typeof body === 'function' ? cache?.get(etag) : body
  if (ready && (!encoding || ready.length < MIN_COMPRESSED_BYTES)) return reply.send(ready)
  const chunks = ready ? whole(ready) : (cache?.capture(etag, produce()) ?? produce())
  const { all, stream } = await begin(chunks, request, WHOLE_BYTES)
  if (all && (!encoding || all.length < MIN_COMPRESSED_BYTES)) return reply.send(chunked ? stream : all)
  if (!encoding) return reply.send(stream)
  reply.headers({ 'content-encoding': encoding, etag: codedEtag(etag, encoding) })
  const compressor = createCompressor(encoding)
  // An error in either stream ends both, and the connection with them.
  stream.once('error', (error) => compressor.destroy(error))
  compressor.once('close', () => stream.destroy())
  return reply.send(stream.pipe(compressor))
}

interface Begun {
  /** The whole body if it ended within the requested number of bytes, else null. */
  readonly all: Buffer | null
  /** The whole body, from its first byte. */
  readonly stream: LockstepReadable
}

/** Waits until the body has produced `bytes` bytes or has ended. */
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
  const read = [beginning, ...(step.done ? [] : [step.value])].filter(({ length }) => length > 0)
  const stream = new LockstepReadable(prepend(read, chunks))
  stream.once('error', (err) => {
    // A client that closed the connection caused the error itself.
    if (!request.signal.aborted) request.log.warn({ err }, 'a response broke off')
    breakConnection(request)
  })
  return { all: step.done ? beginning : null, stream }
}

async function* whole(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
