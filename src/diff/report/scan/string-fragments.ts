/**
 * Reads a JSON string, or a part of one, from a file in fragments (see json-text.ts). Reads one chunk ahead.
 */

import { acquireBuffer, releaseBuffer } from '../../content/buffer-pool.ts'
import type { ByteReader } from '../../content/byte-reader.ts'
import { fragmentEnd, JsonTextError } from './json-text.ts'

/** Longest rest of a chunk that belongs to the next fragment: less than two escapes. */
const HEADROOM_BYTES = 16

/**
 * The fragments of bytes `[start, end)` of a file. Both must be boundaries of characters. A fragment is valid
 * only until the next one is requested, because two buffers are used in turn.
 * @throws JsonTextError if the file ends before `end` or the string is invalid; file system errors
 */
export async function* readFragments(
  file: ByteReader,
  start: number,
  end: number,
  chunkBytes: number,
): AsyncGenerator<Buffer, void, undefined> {
  const size = Math.min(chunkBytes, end - start)
  let current = acquireBuffer(HEADROOM_BYTES + chunkBytes)
  let next = end - start > size ? acquireBuffer(HEADROOM_BYTES + chunkBytes) : current
  const read = (position: number, into: Buffer) => {
    if (position >= end) return undefined
    const reading = file.read(into, HEADROOM_BYTES, Math.min(size, end - position), position)
    // Avoids an unhandled rejection if the consumer returns before it awaits this read.
    reading.catch(() => {})
    return reading
  }
  let restLength = 0
  let pending = read(start, current)
  try {
    for (let at = start; at < end; ) {
      const { bytesRead } = (await pending) as { bytesRead: number }
      if (bytesRead === 0) throw new JsonTextError(`it ends too early (byte ${at})`)
      at += bytesRead
      pending = read(at, next)
      const from = HEADROOM_BYTES - restLength
      const to = HEADROOM_BYTES + bytesRead
      const cut = at >= end ? to : fragmentEnd(current, from, to)
      if (to - cut > HEADROOM_BYTES) throw new JsonTextError(`a string is not valid JSON (byte ${at})`)
      const rest = Buffer.from(current.subarray(cut, to))
      if (cut > from) yield current.subarray(from, cut)
      restLength = rest.length
      // The pending read fills the next buffer only after its headroom.
      rest.copy(next, HEADROOM_BYTES - restLength)
      ;[current, next] = [next, current]
    }
  } finally {
    // A pending read writes to one of the buffers; its result does not matter any more.
    await pending?.catch(() => {})
    releaseBuffer(current)
    if (next !== current) releaseBuffer(next)
  }
}
