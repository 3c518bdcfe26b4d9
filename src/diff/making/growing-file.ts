import { open } from 'node:fs/promises'
import { untilAborted } from '../../until-aborted.ts'

const CHUNK_BYTES = 64 * 1024

/**
 * A file that is still being written. Any number of readers follow it, each from its beginning and at its own pace, however late it comes; the
 * writer waits for none of them.
 */
export class GrowingFile {
  #path: string | null = null
  #sizeBytes = 0
  #ended = false
  #hasReaders = false
  readonly #waiting = new Set<() => void>()

  /** For the writer: so many more bytes are in the file. */
  grow(path: string, bytes: number): void {
    this.#path = path
    this.#sizeBytes += bytes
    this.#wake()
  }

  /** For the writer: that was all, for better or worse. */
  end(): void {
    this.#ended = true
    this.#wake()
  }

  /**
   * For the writer: it is written anew, elsewhere.
   * @returns whether that can be: not once somebody has read of it
   */
  restart(): boolean {
    if (this.#hasReaders) return false
    this.#path = null
    this.#sizeBytes = 0
    return true
  }

  /**
   * All that is written, from its beginning until the end. Nothing where the file has gone (was renamed, or removed) before the first read.
   * @throws `signal.reason` when it aborts
   */
  async *read(signal?: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
    while (this.#sizeBytes === 0 && !this.#ended) await untilAborted(this.#change(), signal)
    this.#hasReaders = true
    // Held from here on, the file may be renamed or removed.
    const file = this.#path === null ? null : await openIfThere(this.#path)
    if (!file) return
    try {
      let position = 0
      for (;;) {
        while (position < this.#sizeBytes) {
          const length = Math.min(CHUNK_BYTES, this.#sizeBytes - position)
          const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, position)
          if (bytesRead === 0) throw new Error(`${this.#path} was cut while it was read`)
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

async function openIfThere(path: string) {
  try {
    return await open(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
