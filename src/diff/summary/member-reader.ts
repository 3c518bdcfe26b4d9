/** Reads members of an unpacked data archive by their position. */
import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import type { Entry } from '../package/entry-table.ts'

const PIECE_BYTES = 1 << 20

export class MemberReader {
  readonly #file: FileHandle

  private constructor(file: FileHandle) {
    this.#file = file
  }

  static async open(path: string): Promise<MemberReader> {
    return new MemberReader(await open(path, 'r'))
  }

  /** The MD5 sum of a file's content in hexadecimal, read piece by piece: a member may be larger than memory. */
  async md5({ offset, sizeBytes }: Entry): Promise<string> {
    const hash = createHash('md5')
    for (let at = 0; at < sizeBytes; at += PIECE_BYTES)
      hash.update(await this.#bytes(offset + at, Math.min(PIECE_BYTES, sizeBytes - at)))
    return hash.digest('hex')
  }

  /** The content of a file. */
  read({ offset, sizeBytes }: Entry): Promise<Buffer> {
    return this.#bytes(offset, sizeBytes)
  }

  async #bytes(offset: number, sizeBytes: number): Promise<Buffer> {
    const content = Buffer.allocUnsafe(sizeBytes)
    let at = 0
    while (at < sizeBytes) {
      const { bytesRead } = await this.#file.read(content, at, sizeBytes - at, offset + at)
      if (bytesRead === 0) throw new Error('the unpacked archive is shorter than its members')
      at += bytesRead
    }
    return content
  }

  close(): Promise<void> {
    return this.#file.close()
  }
}
