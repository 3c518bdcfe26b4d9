/**
 * The form of compressed files: zstd's seekable format, which `zstd -d` and every other decompressor read.
 *
 *     frames                  the content in blocks, each compressed alone
 *     a skippable frame       CRC-32 of the seek table, and of each compressed block
 *     a skippable frame       the seek table: compressed and uncompressed size of each block
 *
 * gzip with flush points is one stream as well, but compresses 7.4 times instead of 9; brotli compresses as well,
 * but its blocks cannot be joined to one stream (`bench/stored.ts`).
 *
 * The seekable format has checksums of its own (XXH64 of the content), but Node.js cannot compute them. All
 * numbers are little-endian and have 32 bits.
 */
import { crc32 } from 'node:zlib'
import { DamagedReportError } from '../../errors.ts'
import type { ByteReader } from './byte-reader.ts'

/** The first bytes of a compressed file, which no JSON begins with. */
export const ZSTD_MAGIC = 0xfd2fb528
const SEEK_TABLE_MAGIC = 0x184d2a5e
const CHECKS_MAGIC = 0x184d2a50
const FOOTER_MAGIC = 0x8f92eab1
/**
 * Of content in a block. Smaller ones compress worse (`bench/stored.ts`); from a larger one, a reader that needs a
 * line gets more than it needs.
 */
export const BLOCK_BYTES = 512 * 1024
/** No block has more content, so this is the most that a damaged or hostile file can make a reader allocate. */
export const MAX_BLOCK_BYTES = 1 << 20
/** Of a compressed block: random bytes become a little longer. */
export const MAX_FRAME_BYTES = MAX_BLOCK_BYTES + (MAX_BLOCK_BYTES >> 8) + 1024
/** Magic number and size of a skippable frame. */
const HEADER_BYTES = 8
/** Number of blocks, a byte of flags, magic number. */
const FOOTER_BYTES = 9
const ENTRY_BYTES = 8
const CRC_BYTES = 4

/** A compressed block. */
export interface Block {
  readonly bytes: number
  readonly contentBytes: number
  readonly crc32: number
}

/** Where a block is, and what is in it. */
export interface PlacedBlock extends Block {
  readonly start: number
  readonly contentStart: number
}

/** Both skippable frames, to be written after the blocks. */
export function encodeTables(blocks: readonly Block[]): Buffer {
  const seekTable = Buffer.alloc(seekTableBytes(blocks.length))
  seekTable.writeUInt32LE(SEEK_TABLE_MAGIC, 0)
  seekTable.writeUInt32LE(seekTable.length - HEADER_BYTES, 4)
  for (const [index, { bytes, contentBytes }] of blocks.entries()) {
    seekTable.writeUInt32LE(bytes, HEADER_BYTES + index * ENTRY_BYTES)
    seekTable.writeUInt32LE(contentBytes, HEADER_BYTES + index * ENTRY_BYTES + 4)
  }
  seekTable.writeUInt32LE(blocks.length, seekTable.length - FOOTER_BYTES)
  seekTable.writeUInt32LE(FOOTER_MAGIC, seekTable.length - 4)

  const checks = Buffer.alloc(checksBytes(blocks.length))
  checks.writeUInt32LE(CHECKS_MAGIC, 0)
  checks.writeUInt32LE(checks.length - HEADER_BYTES, 4)
  checks.writeUInt32LE(crc32(seekTable), HEADER_BYTES)
  for (const [index, block] of blocks.entries())
    checks.writeUInt32LE(block.crc32, HEADER_BYTES + CRC_BYTES * (index + 1))
  return Buffer.concat([checks, seekTable])
}

const seekTableBytes = (blocks: number) => HEADER_BYTES + blocks * ENTRY_BYTES + FOOTER_BYTES
const checksBytes = (blocks: number) => HEADER_BYTES + CRC_BYTES * (blocks + 1)

/** The blocks of a compressed file. */
export class BlockTable {
  /** Of the content. */
  readonly contentBytes: number
  /** Where the blocks end. */
  readonly blocksEnd: number
  readonly count: number
  /** Of each block, and the end of the last one. */
  readonly #starts: Float64Array
  readonly #contentStarts: Float64Array
  readonly #crcs: Buffer

  private constructor(entries: Buffer, crcs: Buffer) {
    this.count = entries.length / ENTRY_BYTES
    this.#crcs = crcs
    this.#starts = new Float64Array(this.count + 1)
    this.#contentStarts = new Float64Array(this.count + 1)
    let [start, contentStart] = [0, 0]
    for (let index = 0; index < this.count; index++) {
      start += entries.readUInt32LE(index * ENTRY_BYTES)
      contentStart += entries.readUInt32LE(index * ENTRY_BYTES + 4)
      this.#starts[index + 1] = start
      this.#contentStarts[index + 1] = contentStart
    }
    this.blocksEnd = start
    this.contentBytes = contentStart
  }

  /**
   * @param sizeBytes of the file
   * @throws DamagedReportError if the file does not end with tables that fit it; errors of the system
   */
  static async read(file: ByteReader, path: string, sizeBytes: number): Promise<BlockTable> {
    const bytesAt = async (start: number, length: number) => {
      const bytes = Buffer.alloc(Math.max(0, length))
      const { bytesRead } = start < 0 ? { bytesRead: 0 } : await file.read(bytes, 0, bytes.length, start)
      if (bytesRead < bytes.length)
        throw new DamagedReportError(path, 'it has no complete table of its blocks')
      return bytes
    }
    const footer = await bytesAt(sizeBytes - FOOTER_BYTES, FOOTER_BYTES)
    const count = footer.readUInt32LE(0)
    const tableBytes = checksBytes(count) + seekTableBytes(count)
    if (footer.readUInt32LE(FOOTER_BYTES - 4) !== FOOTER_MAGIC || tableBytes > sizeBytes)
      throw new DamagedReportError(path, 'it does not end with a table of its blocks')
    const tables = await bytesAt(sizeBytes - tableBytes, tableBytes)
    const checks = tables.subarray(0, checksBytes(count))
    const seekTable = tables.subarray(checks.length)
    const entries = seekTable.subarray(HEADER_BYTES, seekTable.length - FOOTER_BYTES)
    const table = new BlockTable(entries, checks.subarray(HEADER_BYTES + CRC_BYTES))
    const isRight =
      checks.readUInt32LE(0) === CHECKS_MAGIC && checks.readUInt32LE(HEADER_BYTES) === crc32(seekTable)
    if (!isRight || table.blocksEnd !== sizeBytes - tableBytes || table.#hasTooLarge())
      throw new DamagedReportError(path, 'the table of its blocks is damaged')
    return table
  }

  #hasTooLarge(): boolean {
    for (let index = 0; index < this.count; index++) {
      const { bytes, contentBytes } = this.block(index)
      if (bytes > MAX_FRAME_BYTES || contentBytes > MAX_BLOCK_BYTES) return true
    }
    return false
  }

  /** @throws RangeError if there is no such block */
  block(index: number): PlacedBlock {
    if (!(index >= 0 && index < this.count)) throw new RangeError(`there is no block ${index}`)
    const [start, end] = [this.#starts[index] as number, this.#starts[index + 1] as number]
    const contentStart = this.#contentStarts[index] as number
    const contentBytes = (this.#contentStarts[index + 1] as number) - contentStart
    return {
      ...{ start, bytes: end - start, contentStart, contentBytes },
      crc32: this.#crcs.readUInt32LE(index * CRC_BYTES),
    }
  }

  /** The number of the block that has the byte at a position of the content, which must be less than `contentBytes`. */
  indexAt(position: number): number {
    let [low, high] = [0, this.count - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#contentStarts[middle] as number) <= position) low = middle
      else high = middle - 1
    }
    return low
  }
}
