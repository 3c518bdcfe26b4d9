const BLOCK_BYTES = 512

/** Follows the member headers of a tar archive that arrives in chunks of any size; skips the contents. */
export class TarHeaders {
  readonly #onHeader: (header: Buffer) => number | null
  #header = Buffer.alloc(0)
  /** Bytes of the current member that are still to be skipped. */
  #skip = 0
  #hasStopped = false

  /**
   * @param onHeader called with each header but the blocks of zeros at the end; returns the size of the
   *   member's content, or null to read no further
   */
  constructor(onHeader: (header: Buffer) => number | null) {
    this.#onHeader = onHeader
  }

  /** Whether what has arrived ends within a header or a member. */
  get isWithinMember(): boolean {
    return this.#skip > 0 || this.#header.length > 0
  }

  add(chunk: Buffer): void {
    let rest = chunk
    while (rest.length > 0 && !this.#hasStopped) {
      const skipped = Math.min(this.#skip, rest.length)
      this.#skip -= skipped
      rest = rest.subarray(skipped)
      if (rest.length === 0) return
      const missing = BLOCK_BYTES - this.#header.length
      this.#header = Buffer.concat([this.#header, rest.subarray(0, missing)])
      rest = rest.subarray(missing)
      if (this.#header.length < BLOCK_BYTES) return
      this.#read(this.#header)
      this.#header = Buffer.alloc(0)
    }
  }

  #read(header: Buffer): void {
    // Blocks of zeros end the archive.
    if (header.every((byte) => byte === 0)) return
    const sizeBytes = this.#onHeader(header)
    if (sizeBytes === null) this.#hasStopped = true
    else this.#skip = Math.ceil(sizeBytes / BLOCK_BYTES) * BLOCK_BYTES
  }
}
