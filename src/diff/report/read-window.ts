/**
 * Serves small consecutive reads from one large read: formats read diffs in the order in which they are in
 * the file.
 */
import type { ByteReader } from '../content/byte-reader.ts'
import { JsonTextError } from './scan/json-text.ts'

/** Largest read that the window can serve. */
export const WINDOW_BYTES = 256 * 1024

export class ReadWindow {
  readonly #file: ByteReader
  #start = 0
  #bytes: Buffer = Buffer.alloc(0)

  constructor(file: ByteReader) {
    this.#file = file
  }

  /**
   * Bytes `[start, end)` of the file, at most `WINDOW_BYTES`. They remain valid; do not write to them.
   * @throws JsonTextError if the file is shorter; file system errors
   */
  async read(start: number, end: number): Promise<Buffer> {
    const present = this.#slice(start, end)
    if (present !== null) return present
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
