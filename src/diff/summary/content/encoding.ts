/** Text as bytes, read as characters. */
import { isAscii, isUtf8 } from 'node:buffer'

export interface DecodedText {
  readonly text: string
  /** As people say it: `UTF-8`, `UTF-8 with a byte order mark`, `ISO-8859-1 or similar`, `UTF-16LE`. */
  readonly encoding: string
}

/** ASCII counts as UTF-8. What is not valid UTF-8 is read as one character per byte, so every byte still counts. */
export function decodeText(bytes: Buffer): DecodedText {
  const [first, second, third] = bytes
  if (first === 0xef && second === 0xbb && third === 0xbf) {
    const rest = decodeText(bytes.subarray(3))
    return { text: rest.text, encoding: `${rest.encoding} with a byte order mark` }
  }
  if (first === 0xff && second === 0xfe) return { text: bytes.toString('utf16le', 2), encoding: 'UTF-16LE' }
  if (first === 0xfe && second === 0xff)
    return {
      text: Buffer.from(bytes.subarray(2, bytes.length & ~1))
        .swap16()
        .toString('utf16le'),
      encoding: 'UTF-16BE',
    }
  // A text of one byte per character is handled faster in all that follows.
  if (isAscii(bytes)) return { text: bytes.toString('latin1'), encoding: 'UTF-8' }
  return isUtf8(bytes)
    ? { text: bytes.toString('utf8'), encoding: 'UTF-8' }
    : { text: bytes.toString('latin1'), encoding: 'ISO-8859-1 or similar' }
}
