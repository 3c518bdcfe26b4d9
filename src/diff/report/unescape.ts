/** Turns segments of a JSON string into UTF-8, in one pass, with a prefix behind every line feed. */
import { escapedUnit, hex4, segmentEnd } from './json-text.ts'

const BACKSLASH = 0x5c
const FOUR_BACKSLASHES = 0x5c5c5c5c
const CHUNK_BYTES = 64 * 1024
/** Four bytes are written at a time, up to three of them too many. */
const SLACK_BYTES = 8
/** Longest prefix. */
const MAX_PREFIX_BYTES = 4096
/** Longest segment that may be given at once: with it and a prefix a chunk is never full before anything was read. */
const MAX_SEGMENT_BYTES = CHUNK_BYTES - MAX_PREFIX_BYTES - 2 * SLACK_BYTES

/** What is written behind every line feed, ready to be written four bytes at a time. */
export class LinePrefix {
  readonly length: number
  readonly words: Int32Array

  /** @throws RangeError for more than `MAX_PREFIX_BYTES` */
  constructor(bytes: Uint8Array) {
    if (bytes.length > MAX_PREFIX_BYTES) throw new RangeError('the prefix is too long')
    this.length = bytes.length
    const padded = Buffer.alloc((bytes.length + 3) & ~3)
    padded.set(bytes)
    this.words = Int32Array.from({ length: padded.length / 4 }, (_, at) => padded.readInt32LE(4 * at))
  }
}

/**
 * UTF-8 of a string's segments, in chunks of at most 64 KB, each a buffer of its own. Lone surrogates become U+FFFD.
 * @throws JsonTextError for an unlawful escape; what `segments` throws.
 */
export async function* unescapeAll(
  segments: AsyncIterable<Buffer>,
  prefix: LinePrefix,
): AsyncGenerator<Uint8Array> {
  for await (const segment of segments)
    for (let at = 0; at < segment.length; ) {
      const end = Math.min(segment.length, at + MAX_SEGMENT_BYTES)
      const cut = end === segment.length ? end : segmentEnd(segment, at, end)
      yield* unescape(segment.subarray(at, cut), prefix)
      at = cut
    }
}

function* unescape(segment: Buffer, prefix: LinePrefix): Generator<Uint8Array> {
  const state = { read: 0, written: 0 }
  while (state.read < segment.length) {
    // Two bytes make a line feed.
    const left = segment.length - state.read
    const out = Buffer.allocUnsafe(
      Math.min(CHUNK_BYTES, left + Math.ceil(left / 2) * prefix.length + SLACK_BYTES),
    )
    fill(segment, out, prefix, state)
    yield out.subarray(0, state.written)
  }
}

function fill(
  segment: Buffer,
  out: Buffer,
  prefix: LinePrefix,
  state: { read: number; written: number },
): void {
  const source = new DataView(segment.buffer, segment.byteOffset, segment.length)
  const target = new DataView(out.buffer, out.byteOffset, out.length)
  const { words, length: width } = prefix
  const end = segment.length
  let read = state.read
  let at = 0
  while (read < end) {
    // Copied four bytes at a time; the lowest bit of `found` is in the first byte that is a backslash.
    if (read + 4 <= end) {
      const word = source.getInt32(read, true)
      const other = word ^ FOUR_BACKSLASHES
      const found = (other - 0x01010101) & ~other & 0x80808080
      target.setInt32(at, word, true)
      const plain = found === 0 ? 4 : (31 - Math.clz32(found & -found)) >> 3
      read += plain
      at += plain
      if (found === 0) continue
    } else if (segment[read] !== BACKSLASH) {
      out[at++] = segment[read++] as number
      continue
    }
    const letter = segment[read + 1]
    let unit: number
    if (letter === 0x6e) {
      unit = 10
      read += 2
    } else if (letter === 0x74) {
      out[at++] = 9
      read += 2
      continue
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
    for (let i = 0; i < words.length; i++) target.setInt32(at + 4 * i, words[i] as number, true)
    at += width
    // From here on nothing grows but at another line feed.
    if (at + width + (end - read) + SLACK_BYTES > out.length) break
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
