/** Converts fragments of a JSON string to UTF-8 and inserts a prefix after every line feed, in one pass. */

import { acquireBuffer, releaseBuffer } from '../../content/buffer-pool.ts'
import type { DiffWindow } from '../types.ts'
import { escapedUnit, escapeLength, fragmentEnd, hex4, JsonTextError } from './json-text.ts'
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
const NO_PREFIX = new Uint8Array(0)

/**
 * UTF-8 of a string's fragments, in chunks of at most 64 KB. A chunk is valid only until the next one is
 * requested. Lone surrogates become U+FFFD.
 * @throws RangeError for a prefix of more than 4 KB; JsonTextError for an invalid escape; what `fragments`
 *   throws
 */
export async function* unescapeAll(
  fragments: AsyncIterable<Buffer>,
  prefix: Uint8Array,
): AsyncGenerator<Uint8Array> {
  if (prefix.length > PREFIX_BYTES)
    throw new RangeError(`a prefix must have at most ${PREFIX_BYTES} bytes, not ${prefix.length}`)
  // A copy of the output, because another scan may use the loops' memory before the consumer has read the
  // chunk.
  const chunk = acquireBuffer(OUTPUT_BYTES)
  try {
    for await (const fragment of fragments) {
      for (let at = 0; at < fragment.length; ) {
        const end = Math.min(fragment.length, at + INPUT_BYTES)
        const cut = end === fragment.length ? end : fragmentEnd(fragment, at, end)
        while (at < cut) {
          at += fillOutput(fragment.subarray(at, cut), prefix)
          yield chunk.subarray(0, memory.copy(chunk, 0, OUTPUT_OFFSET, cursor.written))
        }
      }
    }
  } finally {
    releaseBuffer(chunk)
  }
}

/**
 * UTF-8 of a string's fragments in windows, with the bytes of the file that each stands for. The text of a
 * window is valid only until the next one is requested.
 * @param start offset of the first fragment in the file
 * @throws as `unescapeAll`
 */
export async function* windowsOf(
  fragments: AsyncIterable<Buffer>,
  start: number,
): AsyncGenerator<DiffWindow, void, undefined> {
  // A copy of the output, for the same reason as above.
  const chunk = acquireBuffer(OUTPUT_BYTES)
  let offset = start
  try {
    for await (const fragment of fragments) {
      for (let at = 0; at < fragment.length; ) {
        const end = Math.min(fragment.length, at + INPUT_BYTES)
        const cut = end === fragment.length ? end : fragmentEnd(fragment, at, end)
        fillOutput(fragment.subarray(at, cut), NO_PREFIX)
        const text = chunk.subarray(0, memory.copy(chunk, 0, OUTPUT_OFFSET, cursor.written))
        yield { start: offset + at, end: offset + cut, text }
        at = cut
      }
      offset += fragment.length
    }
  } finally {
    releaseBuffer(chunk)
  }
}

/** Fills the output from the beginning of a fragment. @returns how many bytes of the fragment were used */
function fillOutput(fragment: Buffer, prefix: Uint8Array): number {
  memory.set(prefix, PREFIX_OFFSET)
  memory.set(fragment, INPUT_OFFSET)
  const end = INPUT_OFFSET + fragment.length
  memory[end] = BACKSLASH
  // While the write offset exceeds the read offset by less than this, the rest of the input and one more
  // prefix fit.
  const room = OUTPUT_OFFSET + OUTPUT_BYTES - prefix.length - end
  const isDone = () => cursor.read >= end || cursor.written - cursor.read >= room
  cursor.read = INPUT_OFFSET
  cursor.written = OUTPUT_OFFSET
  do {
    unescapeText(end, room, PREFIX_OFFSET, prefix.length)
    if (!isDone()) unescapeRare(fragment, prefix.length)
  } while (!isDone())
  if (cursor.read > end) throw new JsonTextError('a string ends within an escape')
  return cursor.read - INPUT_OFFSET
}

/** Replaces the escape at which `unescapeText` stopped, and `\u` escapes that follow immediately. */
function unescapeRare(fragment: Buffer, prefixLength: number): void {
  let from = cursor.read - INPUT_OFFSET
  let to = cursor.written
  let unit: number
  do {
    unit = escapedUnit(fragment, from)
    from += escapeLength(fragment, from)
    const low = unit >= 0xd800 && unit < 0xdc00 ? lowSurrogate(fragment, from) : 0
    if (low > 0) {
      from += 6
      unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)
    }
    to = putUtf8(memory, to, unit)
  } while (unit !== 10 && fragment[from] === BACKSLASH && fragment[from + 1] === LOWER_U)
  if (unit === 10) {
    memory.copyWithin(to, PREFIX_OFFSET, PREFIX_OFFSET + prefixLength)
    to += prefixLength
  }
  cursor.read = INPUT_OFFSET + from
  cursor.written = to
}

/** The low surrogate whose escape begins at `at`, or 0 if there is none. */
function lowSurrogate(bytes: Buffer, at: number): number {
  if (bytes[at] !== BACKSLASH || bytes[at + 1] !== LOWER_U || at + 6 > bytes.length) return 0
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
