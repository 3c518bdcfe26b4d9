/** Turns segments of a JSON string into UTF-8, in one pass, with a prefix behind every line feed. */
import { escapedUnit, hex4, JsonTextError, segmentEnd } from './json-text.ts'
import { createUnescaper } from './unescape-wasm.ts'

const BACKSLASH = 0x5c
const LOWER_U = 0x75
const CHUNK_BYTES = 64 * 1024
/** Sixteen bytes are written at a time, up to fifteen of them too many. */
const SLACK_BYTES = 16
/** Longest prefix. */
const MAX_PREFIX_BYTES = 4096
/** Longest segment that may be given at once: with it and a prefix a chunk is never full before anything was read. */
const MAX_SEGMENT_BYTES = CHUNK_BYTES - MAX_PREFIX_BYTES - SLACK_BYTES

/** All renderings use the one instance by turns: between two chunks nothing of theirs is left in its memory. */
const unescaper = createUnescaper()
const memory = Buffer.from(unescaper.memory.buffer)
const cursor = new Int32Array(unescaper.memory.buffer, 0, 2)
const [READ, WRITTEN] = [0, 1] as const
const PREFIX = 16
const INPUT = PREFIX + MAX_PREFIX_BYTES + SLACK_BYTES
const OUTPUT = INPUT + MAX_SEGMENT_BYTES + SLACK_BYTES
const OUTPUT_END = OUTPUT + CHUNK_BYTES

/**
 * UTF-8 of a string's segments, in chunks of at most 64 KB, each a buffer of its own. Lone surrogates become U+FFFD.
 * @throws RangeError for a prefix of more than 4 KB; JsonTextError for an unlawful escape; what `segments` throws.
 */
export async function* unescapeAll(
  segments: AsyncIterable<Buffer>,
  prefix: Uint8Array,
): AsyncGenerator<Uint8Array> {
  if (prefix.length > MAX_PREFIX_BYTES) throw new RangeError('the prefix is too long')
  for await (const segment of segments)
    for (let at = 0; at < segment.length; ) {
      const end = Math.min(segment.length, at + MAX_SEGMENT_BYTES)
      const cut = end === segment.length ? end : segmentEnd(segment, at, end)
      while (at < cut) {
        at += unescapeSome(segment.subarray(at, cut), prefix)
        yield Buffer.from(memory.subarray(OUTPUT, cursor[WRITTEN]))
      }
    }
}

/** Fills the output from a segment's beginning, as far as it goes. Returns how much of the segment that took. */
function unescapeSome(segment: Buffer, prefix: Uint8Array): number {
  memory.set(prefix, PREFIX)
  memory.set(segment, INPUT)
  const end = INPUT + segment.length
  memory[end] = BACKSLASH
  // As long as no more is written than this ahead of what is read, the rest has room, with another prefix.
  const room = OUTPUT_END - SLACK_BYTES - prefix.length - end
  const isDone = () => place(READ) >= end || place(WRITTEN) - place(READ) >= room
  cursor[READ] = INPUT
  cursor[WRITTEN] = OUTPUT
  do {
    unescaper.run(end, room, PREFIX, prefix.length)
    if (!isDone()) unescapeRare(segment, prefix.length)
  } while (!isDone())
  if (place(READ) > end) throw new JsonTextError('a string ends within an escape')
  return place(READ) - INPUT
}

/** Undoes the escape that `run` has left, and those like it that follow at once. */
function unescapeRare(segment: Buffer, prefixLength: number): void {
  let from = place(READ) - INPUT
  let to = place(WRITTEN)
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
    memory.copyWithin(to, PREFIX, PREFIX + prefixLength)
    to += prefixLength
  }
  cursor[READ] = INPUT + from
  cursor[WRITTEN] = to
}

function place(of: typeof READ | typeof WRITTEN): number {
  return cursor[of] as number
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
