import type { FileHandle } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { DamagedReportError } from '../../errors.ts'
import { BlockTable } from './block-table.ts'
import type { BlockSource } from './compressed-file.ts'

/** The blocks of a compressed file on the disk. */
export class FileBlocks implements BlockSource {
  readonly table: BlockTable
  readonly #file: FileHandle
  readonly #path: string

  private constructor(file: FileHandle, path: string, table: BlockTable) {
    this.#file = file
    this.#path = path
    this.table = table
  }

  /** @param file belongs to the caller @param sizeBytes of the file @throws as `BlockTable.read` */
  static async open(file: FileHandle, path: string, sizeBytes: number): Promise<FileBlocks> {
    return new FileBlocks(file, path, await BlockTable.read(file, path, sizeBytes))
  }

  async rawBlock(index: number): Promise<Buffer> {
    const { start, bytes, crc32: expected } = this.table.block(index)
    const raw = Buffer.allocUnsafeSlow(bytes)
    const { bytesRead } = await this.#file.read(raw, 0, bytes, start)
    if (bytesRead < bytes || crc32(raw) !== expected)
      throw new DamagedReportError(this.#path, `block ${index} of ${this.table.count} is damaged`)
    return raw
  }

  async close(): Promise<void> {}
}
