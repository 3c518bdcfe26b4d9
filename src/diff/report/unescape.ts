/** Turns segments of a JSON string into UTF-8, in one pass, with a prefix behind every line feed. */
import { escapedUnit, hex4 } from './json-text.ts'

const BACKSLASH = 0x5c
const CHUNK_BYTES = 64 * 1024
/** Longest prefix. */
export const MAX_PREFIX_BYTES = 4096
/** Longest segment that may be given at once: with it and a prefix a chunk is never full before anything was read. */
export const MAX_SEGMENT_BYTES = CHUNK_BYTES - MAX_PREFIX_BYTES - 8

/**
 * UTF-8 of a segment of at most `MAX_SEGMENT_BYTES`, in chunks of at most 64 KB, each a buffer of its own. Lone surrogates become U+FFFD.
 * @throws JsonTextError for an unlawful escape.
 */
export function* unescape(segment: Buffer, prefix: Uint8Array): Generator<Uint8Array> {
  const state = { read: 0, written: 0 }
  while (state.read < segment.length) {
    // Two bytes make a line feed.
    const left = segment.length - state.read
    const out = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, left + Math.ceil(left / 2) * prefix.length))
    fill(segment, out, prefix, state)
    yield out.subarray(0, state.written)
  }
}

function fill(
  segment: Buffer,
  out: Buffer,
  prefix: Uint8Array,
  state: { read: number; written: number },
): void {
  const end = segment.length
  const width = prefix.length
  let read = state.read
  let at = 0
  while (read < end) {
    let byte = segment[read] as number
    while (byte !== BACKSLASH) {
      out[at++] = byte
      if (++read === end) break
      byte = segment[read] as number
    }
    if (read === end) break
    const letter = segment[read + 1]
    let unit: number
    if (letter === 0x6e) {
      unit = 10
      read += 2
    } else if (letter === 0x75) {
      unit = escapedUnit(segment, read)
      read += 6
      if (unit >= 0x80) {
        const low = unit >= 0xd800 && unit < 0xdc00 ? lowSurrogate(segment, read) : 0
        if (low > 0) {
          read += 6
          unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)
        }
        at = putUtf8(out, at, unit)
        continue
      }
    } else {
      unit = escapedUnit(segment, read)
      read += 2
    }
    out[at++] = unit
    if (unit !== 10) continue
    for (let i = 0; i < width; i++) out[at++] = prefix[i] as number
    // From here on nothing grows but at another line feed.
    if (at + width + (end - read) > out.length) break
  }
  state.read = read
  state.written = at
}

/** The low surrogate that is escaped at `at`, or 0. */
function lowSurrogate(bytes: Buffer, at: number): number {
  if (bytes[at] !== BACKSLASH || bytes[at + 1] !== 0x75 || at + 6 > bytes.length) return 0
  const unit = hex4(bytes, at + 2)
  return unit >= 0xdc00 && unit < 0xe000 ? unit : 0
}

function putUtf8(out: Buffer, at: number, code: number): number {
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
