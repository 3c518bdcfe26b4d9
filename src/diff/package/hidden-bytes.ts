/** Counts bytes of an archive that programs skip when they unpack it, and remembers which they were. */
import { createHash, type Hash } from 'node:crypto'

const ZEROS = Buffer.alloc(64 * 1024)

export class HiddenBytes {
  readonly #hash: Hash = createHash('sha256')
  #bytes = 0
  #first = ''
  #where = ''
  /** Whether a byte of the current place was hashed. */
  #isInPlace = false
  /** Zeros that count only if something follows them in the same place: padding ends in them. */
  #zeros = 0

  /** @param where what is near: the path of a member, or empty */
  beginPlace(where: string): void {
    this.#where = where
    this.#isInPlace = false
    this.#zeros = 0
  }

  /** The next bytes of the place, in pieces of any size: they come from a pipe. The chunk is only used during the call. */
  add(chunk: Uint8Array): void {
    if (ZEROS.subarray(0, chunk.length).equals(chunk)) {
      this.#zeros += chunk.length
      return
    }
    const last = chunk.findLastIndex((byte) => byte !== 0)
    if (this.#bytes === 0) this.#first = this.#where
    // The place counts, too: the same bytes elsewhere may have another meaning.
    if (!this.#isInPlace) this.#hash.update(`${this.#where}\0`)
    this.#isInPlace = true
    this.#bytes += this.#zeros + last + 1
    for (; this.#zeros > 0; this.#zeros -= Math.min(this.#zeros, ZEROS.length))
      this.#hash.update(ZEROS.subarray(0, this.#zeros))
    this.#hash.update(chunk.subarray(0, last + 1))
    this.#zeros = chunk.length - last - 1
  }

  /** How many, where the first ones are, and their SHA-256; empty where there are none. */
  describe(): string {
    if (this.#bytes === 0) return ''
    const near = this.#first === '' ? '' : `, the first near ${this.#first}`
    return `${this.#bytes} bytes${near}, SHA-256 ${this.#hash.copy().digest('hex')}`
  }
}
