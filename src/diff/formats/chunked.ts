/** Gathers small pieces into chunks that are worth a system call. */

/** Pieces of this size go out as they are. */
const LARGE_BYTES = 16 * 1024
const CHUNK_BYTES = 64 * 1024

/**
 * The same bytes in chunks of about 64 KB. Strings are written as UTF-8. The source is ended when the consumer returns.
 */
export async function* chunked(source: AsyncIterable<string | Uint8Array>): AsyncGenerator<Uint8Array> {
  let gathered: Uint8Array[] = []
  let size = 0
  for await (const piece of source) {
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece
    if (bytes.length >= LARGE_BYTES && size === 0) {
      yield bytes
      continue
    }
    gathered.push(bytes)
    size += bytes.length
    if (size < CHUNK_BYTES) continue
    yield Buffer.concat(gathered)
    gathered = []
    size = 0
  }
  if (size > 0) yield Buffer.concat(gathered)
}
