/**
 * The format of the index file. First come the blocks of four tables, 16 KB each, in the order in which they
 * were filled. Then comes a footer in JSON, which lists the blocks of each table, and last a trailer, which
 * says where the footer is. Each block ends in a checksum of its content and of its position in its table. So
 * opening an index reads only its end, and damage is detected when a block is read.
 */
import { crc32 } from 'node:zlib'
import type { ByteRange, IncompleteNotice, ReportCounts } from '../types.ts'

/**
 * Increase it whenever the format, the meaning of a count or the signs of incompleteness change: indexes of
 * other versions are rebuilt.
 */
export const INDEX_VERSION = 2
export const BLOCK_BYTES = 16 * 1024
/** A block without its checksum. */
export const PAYLOAD_BYTES = BLOCK_BYTES - 4
export const TRAILER_BYTES = 24
const MAGIC = Buffer.from('DiffIdx\n')

/** Record sizes. The table `texts` is a sequence of bytes; the other tables have records of a fixed size. */
export const RECORD_BYTES = { nodes: 136, hunks: 80, checkpoints: 48, texts: 1 } as const
export type TableName = keyof typeof RECORD_BYTES

/** Number of records in a block. No record extends over two blocks. */
export function recordsPerBlock(table: TableName): number {
  return Math.floor(PAYLOAD_BYTES / RECORD_BYTES[table])
}

export interface Footer {
  readonly version: number
  /** The indexed report. `mtimeNs` is a string because nanoseconds exceed the precision of a number. */
  readonly report: { readonly sizeBytes: number; readonly mtimeNs: string; readonly digest: string }
  readonly counts: ReportCounts
  readonly root: { readonly object: ByteRange; readonly source1: ByteRange; readonly source2: ByteRange }
  readonly incomplete: readonly IncompleteNotice[]
  readonly incompleteCount: number
  /** Number of records, and for each block of the table its number in the file. */
  readonly tables: Readonly<Record<TableName, { readonly count: number; readonly blocks: readonly number[] }>>
}

/** CRC-32 of a block's payload, its table and its index in the table. */
export function blockChecksum(table: TableName, index: number, block: Uint8Array): number {
  return crc32(block.subarray(0, PAYLOAD_BYTES), crc32(`${table} ${index}`))
}

/** The bytes of footer and trailer. @param offset where they will be written in the file */
export function encodeFooter(footer: Footer, offset: number): Buffer {
  const json = Buffer.from(JSON.stringify(footer))
  const trailer = Buffer.alloc(TRAILER_BYTES)
  MAGIC.copy(trailer)
  trailer.writeDoubleLE(offset, 8)
  trailer.writeUInt32LE(json.length, 16)
  trailer.writeUInt32LE(crc32(json), 20)
  return Buffer.concat([json, trailer])
}

/**
 * Offset, length and checksum of the footer, from the last 24 bytes of the file; null if these are not a
 * trailer.
 */
export function decodeTrailer(trailer: Buffer): { offset: number; length: number; checksum: number } | null {
  if (trailer.length !== TRAILER_BYTES || !trailer.subarray(0, MAGIC.length).equals(MAGIC)) return null
  const [offset, length, checksum] = [
    trailer.readDoubleLE(8),
    trailer.readUInt32LE(16),
    trailer.readUInt32LE(20),
  ]
  return Number.isSafeInteger(offset) && offset >= 0 ? { offset, length, checksum } : null
}

/** Null if the footer is damaged or of another version. */
export function decodeFooter(json: Buffer, checksum: number): Footer | null {
  if (crc32(json) !== checksum) return null
  const footer = JSON.parse(json.toString()) as Footer
  return footer.version === INDEX_VERSION ? footer : null
}
