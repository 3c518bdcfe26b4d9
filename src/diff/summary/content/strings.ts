/** Binary data as lines: stretches of text as they are, other bytes in hexadecimal, so that it can be compared and normalised as text. */

const MIN_TEXT = 4

/** Each stretch of at least `MIN_TEXT` printable bytes is a line; so is every stretch between two of them. */
export function readAsStrings(bytes: Buffer): string {
  const lines: string[] = []
  let start = 0
  let textStart = -1
  const flushOther = (to: number) => {
    if (to > start) lines.push(`\\x${bytes.toString('hex', start, to)}`)
  }
  for (let at = 0; at <= bytes.length; at += 1) {
    const byte = bytes[at]
    const isText = byte !== undefined && ((byte >= 0x20 && byte < 0x7f) || byte === 9)
    if (isText) {
      if (textStart < 0) textStart = at
    } else if (textStart >= 0) {
      if (at - textStart >= MIN_TEXT) {
        flushOther(textStart)
        lines.push(bytes.toString('latin1', textStart, at))
        start = at
      }
      textStart = -1
    }
  }
  flushOther(bytes.length)
  return lines.join('\n')
}

/** Of the bytes that are described. */
export const MAX_SHOWN_BYTES = 400
/** Of those that are shown in hexadecimal. */
const MAX_HEX_BYTES = 64

/**
 * How many bytes, and their beginning as text where it is text, else in hexadecimal.
 * @param count where `bytes` are only the first of so many
 */
export function describeBytes(bytes: Buffer, count = bytes.length): string {
  const text = bytes.subarray(0, MAX_SHOWN_BYTES).toString('latin1')
  const shown = /^[\x20-\x7e\0\n\t]*$/.test(text)
    ? text.replaceAll('\0', ' ').trim()
    : `${bytes.toString('hex', 0, MAX_HEX_BYTES)}${count > MAX_HEX_BYTES ? '…' : ''}`
  return `${count} bytes${shown && `: ${shown}`}`
}
