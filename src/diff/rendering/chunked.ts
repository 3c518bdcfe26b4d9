/** Gathers small pieces into chunks that are worth a system call. */

import { acquireBuffer, releaseBuffer } from '../streams/buffer-pool.ts'

/** Pieces of this size go out as they are. */
const LARGE_BYTES = 16 * 1024
const CHUNK_BYTES = 64 * 1024
/** Somebody waits for the first one. */
const FIRST_BYTES = 32 * 1024

/**
 * The same bytes in chunks of about 64 KB, each only good until the next one is asked for, as those of the source need be. Strings are written
 * as UTF-8. The source is ended when the consumer returns.
 */
export async function* chunked(source: AsyncIterable<string | Uint8Array>): AsyncGenerator<Uint8Array> {
  const gathered = acquireBuffer(CHUNK_BYTES)
  let size = 0
  let limit = FIRST_BYTES
  try {
    for await (const piece of source) {
      // The usual piece, a line of a page: it has room however it is encoded.
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
