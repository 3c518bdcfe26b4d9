/** Counts bytes of an archive that programs skip when they unpack it, and remembers which they were. */
import { createHash, type Hash } from 'node:crypto'

export class HiddenBytes {
  readonly #hash: Hash = createHash('sha256')
  #bytes = 0
  #first = ''

  /** @param where what is near: the path of a member, or empty. The chunk is only used during the call. */
  add(chunk: Uint8Array, where: string): void {
    if (this.#bytes === 0) this.#first = where
    this.#bytes += chunk.length
    // The place counts, too: the same bytes elsewhere may have another meaning.
    this.#hash.update(`${where}\0`).update(chunk)
  }

  /** How many, where the first ones are, and their SHA-256; empty where there are none. */
  describe(): string {
    if (this.#bytes === 0) return ''
    const near = this.#first === '' ? '' : `, the first near ${this.#first}`
    return `${this.#bytes} bytes${near}, SHA-256 ${this.#hash.copy().digest('hex')}`
  }
}
