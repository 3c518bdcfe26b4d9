/** Binary data as lines: stretches of text as they are, other bytes in hexadecimal, so that it can be compared and normalised as text. */

import { createHash } from 'node:crypto'

const MIN_TEXT = 4
/** More than is ever shown of a change. */
const MAX_LINE_BYTES = 1_024
/** 1 for bytes of text: printable ASCII and the tab. */
const IS_TEXT = Uint8Array.from({ length: 256 }, (_, byte) =>
  (byte >= 0x20 && byte < 0x7f) || byte === 9 ? 1 : 0,
)

/** Each stretch of at least `MIN_TEXT` printable bytes is a line; so is every stretch between two of them. */
export class Strings {
  readonly bytes: Buffer
  readonly #starts: number[] = []
  /** Stretches of text and others take turns. */
  #beginsWithText = false

  constructor(bytes: Buffer) {
    this.bytes = bytes
    const starts = this.#starts
    const { length } = bytes
    for (let at = 0; at < length; ) {
      const textStart = at
      while (at < length && IS_TEXT[bytes[at] as number] === 1) at += 1
      if (at - textStart >= MIN_TEXT) {
        if (textStart === 0) this.#beginsWithText = true
        starts.push(textStart)
        if (at < length) starts.push(at)
      } else if (textStart === 0) starts.push(0)
      while (at < length && IS_TEXT[bytes[at] as number] === 0) at += 1
    }
  }

  get size(): number {
    return this.#starts.length
  }

  isText(index: number): boolean {
    return (index % 2 === 0) === this.#beginsWithText
  }

  lengthOf(index: number): number {
    return this.#end(index) - (this.#starts[index] ?? 0)
  }

  /** `\x` and hexadecimal digits for bytes that are no text; of many, the first ones and the SHA-256 of all. */
  line(index: number): string {
    const start = this.#starts[index] ?? 0
    const end = this.#end(index)
    if (this.isText(index)) return this.bytes.toString('latin1', start, end)
    if (end - start <= MAX_LINE_BYTES) return `\\x${this.bytes.toString('hex', start, end)}`
    const sha256 = createHash('sha256').update(this.bytes.subarray(start, end)).digest('hex')
    return `\\x${this.bytes.toString('hex', start, start + MAX_LINE_BYTES)}…${sha256}`
  }

  /** One character for each byte: two lines are the same if these are, because only text has so many printable bytes. */
  raw(index: number): string {
    return this.bytes.toString('latin1', this.#starts[index] ?? 0, this.#end(index))
  }

  /** Whether two lines are the same. */
  isSame(index: number, other: Strings, otherIndex: number): boolean {
    const length = this.lengthOf(index)
    if (length !== other.lengthOf(otherIndex) || this.isText(index) !== other.isText(otherIndex)) return false
    const [start = 0, otherStart = 0] = [this.#starts[index], other.#starts[otherIndex]]
    return this.bytes.compare(other.bytes, otherStart, otherStart + length, start, start + length) === 0
  }

  #end(index: number): number {
    return this.#starts[index + 1] ?? this.bytes.length
  }
}

/** All lines of `Strings`. */
export function readAsStrings(bytes: Buffer): string[] {
  const strings = new Strings(bytes)
  return Array.from({ length: strings.size }, (_, index) => strings.line(index))
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
