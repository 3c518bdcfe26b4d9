/** Gathers small pieces into chunks that are worth a system call. */
import { acquireBuffer, releaseBuffer } from '../content/buffer-pool.ts'

/** Larger pieces are passed on without copying. */
const LARGE_BYTES = 16 * 1024
const CHUNK_BYTES = 64 * 1024
/** Smaller, because a client waits for it. */
const FIRST_CHUNK_BYTES = 32 * 1024

/**
 * The same bytes in chunks of about 64 KB; strings are encoded as UTF-8. A chunk is valid until the next one
 * is requested, and so may be the pieces of the source. The source is closed when the consumer stops.
 */
export async function* chunked(source: AsyncIterable<string | Uint8Array>): AsyncGenerator<Uint8Array> {
  const gathered = acquireBuffer(CHUNK_BYTES)
  let size = 0
  let limit = FIRST_CHUNK_BYTES
  try {
    for await (const piece of source) {
      // Fast path for the usual piece, a line of a page: a UTF-16 unit takes at most three bytes of UTF-8.
      if (typeof piece === 'string' && size + piece.length * 3 <= limit) {
        size += gathered.write(piece, size)
        continue
      }
      let left = typeof piece === 'string' ? Buffer.from(piece) : piece
      if (size === 0 && left.length >= LARGE_BYTES) {
        yield left
        continue
      }
      while (left.length > 0) {
        const part = left.subarray(0, limit - size)
        gathered.set(part, size)
        size += part.length
        left = left.subarray(part.length)
        if (size < limit) continue
        yield gathered.subarray(0, size)
        size = 0
        limit = CHUNK_BYTES
      }
    }
    if (size > 0) yield gathered.subarray(0, size)
  } finally {
    releaseBuffer(gathered)
  }
}
