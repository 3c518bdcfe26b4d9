/** Reads members of an unpacked data archive by their position. */
import { type FileHandle, open } from 'node:fs/promises'
import type { Entry } from '../package/entry-table.ts'

export class MemberReader {
  readonly #file: FileHandle

  private constructor(file: FileHandle) {
    this.#file = file
  }

  static async open(path: string): Promise<MemberReader> {
    return new MemberReader(await open(path, 'r'))
  }

  /** The content of a file. */
  async read({ offset, sizeBytes }: Entry): Promise<Buffer> {
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
