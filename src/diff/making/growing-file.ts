import { open } from 'node:fs/promises'
import { untilAborted } from '../../until-aborted.ts'

const CHUNK_BYTES = 64 * 1024

/**
 * A file that can be read while it is written. Each reader starts at the beginning, whenever it joins, and
 * reads at its own speed. The writer waits for no reader.
 */
export class GrowingFile {
  #path: string | null = null
  #sizeBytes = 0
  #ended = false
  #hasReaders = false
  readonly #waiting = new Set<() => void>()

  /** The writer has added `bytes` to the file at `path`. */
  grow(path: string, bytes: number): void {
    this.#path = path
    this.#sizeBytes += bytes
    this.#wake()
  }

  /** The writer has ended, successfully or not. */
  end(): void {
    this.#ended = true
    this.#wake()
  }

  /**
   * The writer starts again, in another file.
   * @returns false if a reader has already read from the first file, so that the writer must not start again
   */
  restart(): boolean {
    if (this.#hasReaders) return false
    this.#path = null
    this.#sizeBytes = 0
    return true
  }

  /**
   * The file's contents from the beginning until the writer ends. Yields nothing if the file was renamed or
   * removed before the first read.
   * @throws `signal.reason` when it aborts
   */
  async *read(signal?: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
    while (this.#sizeBytes === 0 && !this.#ended) await untilAborted(this.#change(), signal)
    this.#hasReaders = true
    // Once it is open, the file can be read even after it is renamed or removed.
    const file = this.#path === null ? null : await openIfExists(this.#path)
    if (!file) return
    try {
      let position = 0
      for (;;) {
        while (position < this.#sizeBytes) {
          const length = Math.min(CHUNK_BYTES, this.#sizeBytes - position)
          const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, position)
          if (bytesRead === 0) throw new Error(`${this.#path} was truncated while it was read`)
          position += bytesRead
          yield buffer.subarray(0, bytesRead)
        }
        if (this.#ended) return
        await untilAborted(this.#change(), signal)
      }
    } finally {
      await file.close()
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve))
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }
}

async function openIfExists(path: string) {
  try {
    return await open(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
