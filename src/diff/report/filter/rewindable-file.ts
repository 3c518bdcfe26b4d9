/** A file that is written sequentially and can discard what was written last. */
import type { FileHandle } from 'node:fs/promises'

const BUFFER_BYTES = 256 * 1024

export class RewindableFile {
  readonly #file: FileHandle
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES)
  /** File offset of the buffer's first byte. */
  #base = 0
  #used = 0

  constructor(file: FileHandle) {
    this.#file = file
  }

  /** Number of bytes written and not discarded. */
  get position(): number {
    return this.#base + this.#used
  }

  /** @throws file system errors */
  async write(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data
    for (let at = 0; at < bytes.length; ) {
      if (this.#used === BUFFER_BYTES) await this.#flush()
      const part = bytes.subarray(at, at + BUFFER_BYTES - this.#used)
      this.#buffer.set(part, this.#used)
      this.#used += part.length
      at += part.length
    }
  }

  /** Discards everything after an earlier `position`. */
  rewind(position: number): void {
    this.#used = Math.max(0, position - this.#base)
    this.#base = Math.min(this.#base, position)
  }

  /**
   * Writes the rest to the disk and truncates the file to `position`. Does not close it.
   * @throws file system errors
   */
  async end(): Promise<void> {
    await this.#flush()
    await this.#file.truncate(this.#base)
    await this.#file.datasync()
  }

  async #flush(): Promise<void> {
    for (let at = 0; at < this.#used; ) {
      const { bytesWritten } = await this.#file.write(this.#buffer, at, this.#used - at, this.#base + at)
      at += bytesWritten
    }
    this.#base += this.#used
    this.#used = 0
  }
}
