/** Serves small reads that follow one another from one large read: diffs lie in the file in the order in which formats ask for them. */
import type { FileHandle } from 'node:fs/promises'
import { JsonTextError } from './scan/json-text.ts'

/** Reads of up to this size go through the window. */
export const WINDOW_BYTES = 256 * 1024

export class ReadWindow {
  readonly #file: FileHandle
  #start = 0
  #bytes: Buffer = Buffer.alloc(0)

  constructor(file: FileHandle) {
    this.#file = file
  }

  /**
   * Bytes `[start, end)` of the file, at most `WINDOW_BYTES`. They stay as they are; do not write to them.
   * @throws JsonTextError where the file is shorter; file system errors.
   */
  async read(start: number, end: number): Promise<Buffer> {
    const kept = this.#slice(start, end)
    if (kept !== null) return kept
    const buffer = Buffer.allocUnsafeSlow(WINDOW_BYTES)
    const { bytesRead } = await this.#file.read(buffer, 0, WINDOW_BYTES, start)
    this.#start = start
    this.#bytes = buffer.subarray(0, bytesRead)
    const read = this.#slice(start, end)
    if (read === null) throw new JsonTextError(`it ends too early (byte ${start + bytesRead})`)
    return read
  }

  #slice(start: number, end: number): Buffer | null {
    const from = start - this.#start
    const to = end - this.#start
    return from >= 0 && to <= this.#bytes.length ? this.#bytes.subarray(from, to) : null
  }
}
