/**
 * Splits and decodes JSON strings as bytes. A report's strings may be longer than Node.js' longest string, so
 * they are read in fragments: bytes between the quotes that begin and end within no escape, no surrogate pair
 * and no UTF-8 sequence. So each fragment can be decoded alone.
 */
const BACKSLASH = 0x5c
const LOWER_U = 0x75

/** A defect in a JSON text. Callers add the path of the file. */
export class JsonTextError extends Error {}

/**
 * The largest `cut <= end` for which `bytes[from, cut)` is a fragment.
 * @param from beginning of a fragment
 */
export function fragmentEnd(bytes: Buffer, from: number, end: number): number {
  let cut = end
  for (let at = end - 1; at >= from && at >= end - 6; at--) {
    if (bytes[at] !== BACKSLASH) continue
    if (startsEscape(bytes, from, at) && at + escapeLength(bytes, at) > end) cut = at
    break
  }
  // A high surrogate belongs to the same fragment as the escape after it.
  const unit = cut - 6
  if (unit >= from && bytes[unit] === BACKSLASH && bytes[unit + 1] === LOWER_U) {
    const code = hex4(bytes, unit + 2)
    if (code >= 0xd800 && code < 0xdc00 && startsEscape(bytes, from, unit)) cut = unit
  }
  for (let back = 1; back <= 3 && cut - back >= from; back++) {
    const byte = bytes[cut - back] as number
    if (byte < 0x80) break
    if (byte < 0xc0) continue
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
    if (length > back) cut -= back
    break
  }
  return cut
}

/** Whether the backslash at `at` begins an escape: then an even number of backslashes comes before it. */
function startsEscape(bytes: Buffer, from: number, at: number): boolean {
  let first = at
  while (first > from && bytes[first - 1] === BACKSLASH) first--
  return (at - first) % 2 === 0
}

/**
 * Index of the quote that ends the string, or -1 if it is not within `bytes[from, end)`.
 * @param from beginning of a fragment
 */
export function closingQuote(bytes: Buffer, from: number, end: number): number {
  let at = from
  for (;;) {
    at = bytes.indexOf(0x22, at)
    if (at < 0 || at >= end) return -1
    if (at === from || bytes[at - 1] !== BACKSLASH || !startsEscape(bytes, from, at - 1)) return at
    at++
  }
}

/**
 * The text of a fragment.
 * @throws JsonTextError for an escape or a control character that JSON does not allow
 */
export function decodeText(bytes: Buffer, from = 0, to = bytes.length): string {
  try {
    return JSON.parse(`"${bytes.toString('utf8', from, to)}"`) as string
  } catch {
    throw new JsonTextError('a string is not valid JSON')
  }
}

/**
 * The UTF-16 unit of the escape whose backslash is at `at`: 10 for `\n`, 65 for `\u0041`.
 * @throws JsonTextError for an invalid escape
 */
export function escapedUnit(bytes: Buffer, at: number): number {
  switch (bytes[at + 1]) {
    case 0x6e:
      return 10
    case 0x74:
      return 9
    case 0x22:
    case 0x5c:
    case 0x2f:
      return bytes[at + 1] as number
    case 0x72:
      return 13
    case 0x62:
      return 8
    case 0x66:
      return 12
    case LOWER_U: {
      const code = hex4(bytes, at + 2)
      if (code >= 0) return code
    }
  }
  throw new JsonTextError('a string has an escape that JSON does not allow')
}

/** Length of the escape whose backslash is at `at`, valid or not. */
export function escapeLength(bytes: Buffer, at: number): 6 | 2 {
  return bytes[at + 1] === LOWER_U ? 6 : 2
}

/** The value of four hexadecimal digits; negative if they are not four hexadecimal digits. */
export function hex4(bytes: Buffer, at: number): number {
  return (
    (digit(bytes[at]) << 12) |
    (digit(bytes[at + 1]) << 8) |
    (digit(bytes[at + 2]) << 4) |
    digit(bytes[at + 3])
  )
}

function digit(byte: number | undefined): number {
  if (byte === undefined) return -1
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}

/**
 * The end of a fragment without its trailing white space: the smallest `cut >= from` for which `bytes[cut,
 * to)` is only white space. White space is what Python's `str.rstrip` removes, which the tool's formats use.
 */
export function trimmedEnd(bytes: Buffer, from: number, to: number): number {
  let cut = to
  for (;;) {
    const length = blankBefore(bytes, from, cut)
    if (length === 0) return cut
    cut -= length
  }
}

/** Length in bytes of the white-space character that ends at `end`; 0 for any other character. */
function blankBefore(bytes: Buffer, from: number, end: number): number {
  if (end <= from) return 0
  const last = bytes[end - 1] as number
  const short = end - 2
  if (short >= from && bytes[short] === BACKSLASH && startsEscape(bytes, from, short))
    return last === 0x6e || last === 0x74 || last === 0x72 || last === 0x66 ? 2 : 0
  if (last === 0x20) return 1
  const long = end - 6
  if (
    long >= from &&
    bytes[long] === BACKSLASH &&
    bytes[long + 1] === LOWER_U &&
    startsEscape(bytes, from, long)
  )
    return isBlank(hex4(bytes, long + 2)) ? 6 : 0
  if (last < 0x80) return 0
  for (const length of [2, 3])
    if (end - length >= from) {
      const text = bytes.toString('utf8', end - length, end)
      if (text.length === 1 && isBlank(text.charCodeAt(0))) return length
    }
  return 0
}

/** Whether Python regards a UTF-16 unit as white space. */
export function isBlank(unit: number): boolean {
  return (
    unit === 0x20 ||
    (unit >= 9 && unit <= 13) ||
    (unit >= 0x1c && unit <= 0x1f) ||
    unit === 0x85 ||
    unit === 0xa0 ||
    unit === 0x1680 ||
    (unit >= 0x2000 && unit <= 0x200a) ||
    unit === 0x2028 ||
    unit === 0x2029 ||
    unit === 0x202f ||
    unit === 0x205f ||
    unit === 0x3000
  )
}

/** What Python's `str.rstrip` returns. */
export function trimEnd(text: string): string {
  let end = text.length
  while (end > 0 && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(0, end)
}

/**
 * A string in the form of Python's `json.dumps`: ASCII only. Lone surrogates are escaped like other
 * characters.
 */
export function pythonString(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
