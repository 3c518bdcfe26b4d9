/** Reads the content of a compressed file at any position. Only the blocks that are needed are decompressed. */
import { DamagedReportError } from '../../errors.ts'
import { acquireMemory, releaseMemory } from './block-buffers.ts'
import type { BlockTable } from './block-table.ts'
import { type DecodeThread, readyDecodeThread } from './decode-thread.ts'
import { decodeBlock } from './zstd-decoder.ts'

/** The compressed blocks of a file, wherever they are. All throw DamagedReportError if one is damaged; file system errors. */
export interface BlockSource {
  readonly table: BlockTable
  /** A compressed block as it was written. */
  rawBlock(index: number): Promise<Buffer>
  /** The blocks `[from, to)` as they were written, joined. A chunk is valid until the next one is requested. */
  rawBlocks(from: number, to: number): AsyncIterable<Buffer>
  close(): Promise<void>
}

/**
 * Blocks that a thread decompresses before a reader of one block after the other gets there, so that it never waits for
 * this thread.
 */
const BLOCKS_AHEAD = 3
/** Blocks that are kept: the one that is read, its neighbour for a range that spans both, and the next ones. */
const KEPT_BLOCKS = 2 + BLOCKS_AHEAD

/** A block whose memory is reused when nothing needs it any more. */
interface ContentBlock {
  readonly content: Promise<Buffer>
  /** Reads in progress, and the decompression. */
  uses: number
  isKept: boolean
}

export class CompressedFile {
  readonly #source: BlockSource
  readonly #path: string
  /** The blocks used last, the oldest first. */
  readonly #blocks = new Map<number, ContentBlock>()
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
      const block = this.#contentOf(index)
      block.uses += 1
      try {
        const content = await block.content
        const from = position + done - contentStart
        done += content.copy(into, offset + done, from, from + bytes - done)
      } finally {
        endUse(block)
      }
    }
    return { bytesRead: bytes }
  }

  /** As `BlockSource.rawBlocks`. */
  rawBlocks(from: number, to: number): AsyncIterable<Buffer> {
    return this.#source.rawBlocks(from, to)
  }

  /** Closes the source, too. */
  async close(): Promise<void> {
    for (const index of this.#blocks.keys()) this.#drop(index)
    await this.#source.close()
  }

  #contentOf(index: number): ContentBlock {
    const isSequential = index === this.#lastIndex + 1
    this.#lastIndex = index
    const thread = isSequential ? readyDecodeThread() : null
    const block = this.#block(index, null)
    const end = Math.min(this.table.count, index + 1 + (thread ? BLOCKS_AHEAD : 0))
    for (let ahead = index + 1; ahead < end; ahead++) this.#block(ahead, thread)
    return block
  }

  /** @param thread that decompresses the block; null for this thread */
  #block(index: number, thread: DecodeThread | null): ContentBlock {
    const block = this.#blocks.get(index) ?? this.#decompressed(index, thread)
    this.#blocks.delete(index)
    this.#blocks.set(index, block)
    for (const oldest of this.#blocks.keys()) {
      if (this.#blocks.size <= KEPT_BLOCKS) break
      this.#drop(oldest)
    }
    return block
  }

  #decompressed(index: number, thread: DecodeThread | null): ContentBlock {
    const content = this.#source.rawBlock(index).then((raw) => this.#decode(index, raw, thread))
    const block: ContentBlock = { content, uses: 1, isKept: true }
    content.then(
      () => endUse(block),
      // The error is thrown where the block is read, which may be never. A later read tries again.
      () => this.#blocks.get(index) === block && this.#blocks.delete(index),
    )
    return block
  }

  async #decode(index: number, raw: Buffer, thread: DecodeThread | null): Promise<Buffer> {
    const { contentBytes } = this.table.block(index)
    const memory = acquireMemory(Math.max(contentBytes, raw.length))
    try {
      if (thread) return Buffer.from(await thread.decode(raw, memory, contentBytes), 0, contentBytes)
      const content = Buffer.from(memory, 0, contentBytes)
      decodeBlock(raw, content)
      return content
    } catch (error) {
      throw new DamagedReportError(this.#path, `block ${index}: ${(error as Error).message}`)
    }
  }

  #drop(index: number): void {
    const block = this.#blocks.get(index)
    this.#blocks.delete(index)
    if (!block) return
    block.isKept = false
    releaseIfUnused(block)
  }
}

function endUse(block: ContentBlock): void {
  block.uses -= 1
  releaseIfUnused(block)
}

function releaseIfUnused({ content, uses, isKept }: ContentBlock): void {
  if (uses === 0 && !isKept) void content.then(({ buffer }) => releaseMemory(buffer as ArrayBuffer))
}
