/** Reads the content of a compressed file at any position. Only the blocks that are needed are decompressed. */
import { DamagedReportError } from '../../errors.ts'
import type { BlockTable } from './block-table.ts'
import { decompress } from './zstd.ts'

/** The compressed blocks of a file, wherever they are. */
export interface BlockSource {
  readonly table: BlockTable
  /** A compressed block as it was written. @throws DamagedReportError if it is damaged; file system errors */
  rawBlock(index: number): Promise<Buffer>
  close(): Promise<void>
}

/** Blocks that are kept: the one that is read, its neighbour for a range that spans both, and the next one. */
const KEPT_BLOCKS = 3

export class CompressedFile {
  readonly #source: BlockSource
  readonly #path: string
  /** The blocks used last, the oldest first. */
  readonly #blocks = new Map<number, Promise<Buffer>>()
  #lastIndex = -1

  constructor(source: BlockSource, path: string) {
    this.#source = source
    this.#path = path
  }

  get table(): BlockTable {
    return this.#source.table
  }

  /** Of the content. */
  get sizeBytes(): number {
    return this.table.contentBytes
  }

  /** @throws DamagedReportError if a block is damaged; file system errors */
  async read(into: Buffer, offset: number, length: number, position: number): Promise<{ bytesRead: number }> {
    const bytes = Math.max(0, Math.min(length, this.sizeBytes - position))
    for (let done = 0; done < bytes; ) {
      const index = this.table.indexAt(position + done)
      const { contentStart } = this.table.block(index)
      const content = await this.#contentOf(index)
      const from = position + done - contentStart
      done += content.copy(into, offset + done, from, from + bytes - done)
    }
    return { bytesRead: bytes }
  }

  /** A compressed block as it was written. @throws as `BlockSource.rawBlock` */
  rawBlock(index: number): Promise<Buffer> {
    return this.#source.rawBlock(index)
  }

  #contentOf(index: number): Promise<Buffer> {
    const content = this.#block(index)
    // A reader of one block after the other gets the next one while it works on this one.
    const isSequential = index === this.#lastIndex + 1
    this.#lastIndex = index
    if (isSequential && index + 1 < this.table.count) void this.#block(index + 1)
    return content
  }

  #block(index: number): Promise<Buffer> {
    const block = this.#blocks.get(index) ?? this.#decompressed(index)
    this.#blocks.delete(index)
    this.#blocks.set(index, block)
    for (const oldest of this.#blocks.keys()) {
      if (this.#blocks.size <= KEPT_BLOCKS) break
      this.#blocks.delete(oldest)
    }
    return block
  }

  #decompressed(index: number): Promise<Buffer> {
    const { contentBytes } = this.table.block(index)
    const block = this.rawBlock(index).then(async (raw) => {
      const content = await decompress(raw)
      if (content.length === contentBytes) return content
      throw new DamagedReportError(
        this.#path,
        `block ${index} has ${content.length} bytes, not ${contentBytes}`,
      )
    })
    // The error is thrown where the block is read, which may be never.
    block.catch(() => this.#blocks.delete(index))
    return block
  }
}
