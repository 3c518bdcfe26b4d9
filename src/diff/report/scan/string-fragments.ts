/** Reads a JSON string, or a part of one, from a file: in segments (see json-text.ts), reading ahead by one piece. */
import type { FileHandle } from 'node:fs/promises'
import { acquireBuffer, releaseBuffer } from '../../streams/buffer-pool.ts'
import { fragmentEnd, JsonTextError } from './json-text.ts'

/** Bytes that one segment may leave to the next: less than two escapes. */
const ROOM = 16

/**
 * The segments of bytes `[start, end)` of a file, where a character begins and another ends. A segment is only good until the next one
 * is asked for: two buffers take turns.
 * @throws JsonTextError where the file ends too early or holds no lawful string; file system errors.
 */
export async function* readFragments(
  file: FileHandle,
  start: number,
  end: number,
  pieceBytes: number,
): AsyncGenerator<Buffer, void, undefined> {
  const size = Math.min(pieceBytes, end - start)
  let current = acquireBuffer(ROOM + pieceBytes)
  let next = end - start > size ? acquireBuffer(ROOM + pieceBytes) : current
  const read = (position: number, into: Buffer) => {
    if (position >= end) return undefined
    const reading = file.read(into, ROOM, Math.min(size, end - position), position)
    // Nobody may be left to hear of it when the consumer has gone.
    reading.catch(() => {})
    return reading
  }
  let left = 0
  let pending = read(start, current)
  try {
    for (let at = start; at < end; ) {
      const { bytesRead } = (await pending) as { bytesRead: number }
      if (bytesRead === 0) throw new JsonTextError(`it ends too early (byte ${at})`)
      at += bytesRead
      pending = read(at, next)
      const from = ROOM - left
      const to = ROOM + bytesRead
      const cut = at >= end ? to : fragmentEnd(current, from, to)
      if (to - cut > ROOM) throw new JsonTextError(`a string is not lawful JSON (byte ${at})`)
      const rest = Buffer.from(current.subarray(cut, to))
      if (cut > from) yield current.subarray(from, cut)
      left = rest.length
      // The read ahead fills the other buffer behind the room in front, so what is left fits there.
      rest.copy(next, ROOM - left)
      ;[current, next] = [next, current]
    }
  } finally {
    // What is still being read is read into one of them.
    await pending?.catch(() => {})
    releaseBuffer(current)
    if (next !== current) releaseBuffer(next)
  }
}
