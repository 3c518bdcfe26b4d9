/** Turns segments of a JSON string into UTF-8, in one pass, with a prefix behind every line feed. */

import { acquireBuffer, releaseBuffer } from '../../streams/buffer-pool.ts'
import { escapedUnit, fragmentEnd, hex4, JsonTextError } from './json-text.ts'
import {
  cursor,
  INPUT_BYTES,
  INPUT_OFFSET,
  memory,
  OUTPUT_BYTES,
  OUTPUT_OFFSET,
  PREFIX_BYTES,
  PREFIX_OFFSET,
  unescapeText,
} from './simd-scan.ts'

const BACKSLASH = 0x5c
const LOWER_U = 0x75

/**
 * UTF-8 of a string's segments, in chunks of at most 64 KB, each only good until the next one is asked for. Lone surrogates become U+FFFD.
 * @throws RangeError for a prefix of more than 4 KB; JsonTextError for an unlawful escape; what `segments` throws.
 */
export async function* unescapeAll(
  segments: AsyncIterable<Buffer>,
  prefix: Uint8Array,
): AsyncGenerator<Uint8Array> {
  if (prefix.length > PREFIX_BYTES) throw new RangeError('the prefix is too long')
  // Others use the memory of the loops before the consumer has come to read what is in it.
  const own = acquireBuffer(OUTPUT_BYTES)
  try {
    for await (const segment of segments)
      for (let at = 0; at < segment.length; ) {
        const end = Math.min(segment.length, at + INPUT_BYTES)
        const cut = end === segment.length ? end : fragmentEnd(segment, at, end)
        while (at < cut) {
          at += unescapeSome(segment.subarray(at, cut), prefix)
          yield own.subarray(0, memory.copy(own, 0, OUTPUT_OFFSET, cursor.written))
        }
      }
  } finally {
    releaseBuffer(own)
  }
}

/** Fills the output from a segment's beginning, as far as it goes. Returns how much of the segment that took. */
function unescapeSome(segment: Buffer, prefix: Uint8Array): number {
  memory.set(prefix, PREFIX_OFFSET)
  memory.set(segment, INPUT_OFFSET)
  const end = INPUT_OFFSET + segment.length
  memory[end] = BACKSLASH
  // As long as no more is written than this ahead of what is read, the rest has room, with another prefix.
  const room = OUTPUT_OFFSET + OUTPUT_BYTES - prefix.length - end
  const isDone = () => cursor.read >= end || cursor.written - cursor.read >= room
  cursor.read = INPUT_OFFSET
  cursor.written = OUTPUT_OFFSET
  do {
    unescapeText(end, room, PREFIX_OFFSET, prefix.length)
    if (!isDone()) unescapeRare(segment, prefix.length)
  } while (!isDone())
  if (cursor.read > end) throw new JsonTextError('a string ends within an escape')
  return cursor.read - INPUT_OFFSET
}

/** Undoes the escape that `unescape` has left, and those like it that follow at once. */
function unescapeRare(segment: Buffer, prefixLength: number): void {
  let from = cursor.read - INPUT_OFFSET
  let to = cursor.written
  let unit: number
  do {
    unit = escapedUnit(segment, from)
    from += segment[from + 1] === LOWER_U ? 6 : 2
    const low = unit >= 0xd800 && unit < 0xdc00 ? lowSurrogate(segment, from) : 0
    if (low > 0) {
      from += 6
      unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)
    }
    to = putUtf8(memory, to, unit)
  } while (unit !== 10 && segment[from] === BACKSLASH && segment[from + 1] === LOWER_U)
  if (unit === 10) {
    memory.copyWithin(to, PREFIX_OFFSET, PREFIX_OFFSET + prefixLength)
    to += prefixLength
  }
  cursor.read = INPUT_OFFSET + from
  cursor.written = to
}

/** The low surrogate that is escaped at `at`, or 0. */
function lowSurrogate(bytes: Buffer, at: number): number {
  if (bytes[at] !== BACKSLASH || bytes[at + 1] !== 0x75 || at + 6 > bytes.length) return 0
  const unit = hex4(bytes, at + 2)
  return unit >= 0xdc00 && unit < 0xe000 ? unit : 0
}

function putUtf8(out: Buffer, at: number, code: number): number {
  if (code < 0x80) {
    out[at] = code
    return at + 1
  }
  const point = code >= 0xd800 && code < 0xe000 ? 0xfffd : code
  if (point < 0x800) {
    out[at] = 0xc0 | (point >> 6)
    out[at + 1] = 0x80 | (point & 0x3f)
    return at + 2
  }
  if (point < 0x10000) {
    out[at] = 0xe0 | (point >> 12)
    out[at + 1] = 0x80 | ((point >> 6) & 0x3f)
    out[at + 2] = 0x80 | (point & 0x3f)
    return at + 3
  }
  out[at] = 0xf0 | (point >> 18)
  out[at + 1] = 0x80 | ((point >> 12) & 0x3f)
  out[at + 2] = 0x80 | ((point >> 6) & 0x3f)
  out[at + 3] = 0x80 | (point & 0x3f)
  return at + 4
}
