/**
 * The index file: four tables in blocks of 16 KB in the order in which they filled up, then a footer (JSON) that says which block belongs
 * where, then a trailer that says where the footer is. Each block ends in a checksum over its content and place, so that opening
 * reads the end only and damage is noticed where it is met.
 */
import { crc32 } from 'node:zlib'
import type { ByteRange, IncompleteNotice, ReportCounts } from '../types.ts'

/** Raise it whenever anything below, or what is counted, changes: indexes of other versions are made again. */
export const INDEX_VERSION = 1
export const BLOCK_BYTES = 16 * 1024
/** What a block holds besides its checksum. */
export const PAYLOAD_BYTES = BLOCK_BYTES - 4
export const TRAILER_BYTES = 24
const MAGIC = Buffer.from('DiffIdx\n')

/** `texts` is one run of bytes; the others are records of a fixed size. */
export const RECORD_BYTES = { nodes: 136, hunks: 80, checkpoints: 48, texts: 1 } as const
export type TableName = keyof typeof RECORD_BYTES

/** How many records a block holds; none lies across two. */
export function recordsPerBlock(table: TableName): number {
  return Math.floor(PAYLOAD_BYTES / RECORD_BYTES[table])
}

export interface Footer {
  readonly version: number
  /** The report that this is the index of; a time in nanoseconds does not fit a number. */
  readonly report: { readonly sizeBytes: number; readonly mtimeNs: string; readonly digest: string }
  readonly counts: ReportCounts
  readonly root: { readonly object: ByteRange; readonly source1: ByteRange; readonly source2: ByteRange }
  readonly incomplete: readonly IncompleteNotice[]
  readonly incompleteCount: number
  /** Number of records, and the place in the file of each block, counted in blocks. */
  readonly tables: Readonly<Record<TableName, { readonly count: number; readonly blocks: readonly number[] }>>
}

/** The checksum of a block's payload at its place in its table. */
export function blockChecksum(table: TableName, index: number, block: Uint8Array): number {
  return crc32(block.subarray(0, PAYLOAD_BYTES), crc32(`${table} ${index}`))
}

/** The footer and the trailer behind it, to be written at `offset`. */
export function encodeFooter(footer: Footer, offset: number): Buffer {
  const json = Buffer.from(JSON.stringify(footer))
  const trailer = Buffer.alloc(TRAILER_BYTES)
  MAGIC.copy(trailer)
  trailer.writeDoubleLE(offset, 8)
  trailer.writeUInt32LE(json.length, 16)
  trailer.writeUInt32LE(crc32(json), 20)
  return Buffer.concat([json, trailer])
}

/** Where the footer is, from the file's last 24 bytes; null if they are no trailer. */
export function decodeTrailer(trailer: Buffer): { offset: number; length: number; checksum: number } | null {
  if (trailer.length !== TRAILER_BYTES || !trailer.subarray(0, MAGIC.length).equals(MAGIC)) return null
  const [offset, length, checksum] = [
    trailer.readDoubleLE(8),
    trailer.readUInt32LE(16),
    trailer.readUInt32LE(20),
  ]
  return Number.isSafeInteger(offset) && offset >= 0 ? { offset, length, checksum } : null
}

/** Null if it is damaged or of another version. */
export function decodeFooter(json: Buffer, checksum: number): Footer | null {
  if (crc32(json) !== checksum) return null
  const footer = JSON.parse(json.toString()) as Footer
  return footer.version === INDEX_VERSION ? footer : null
}
