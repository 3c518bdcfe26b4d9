/** Reads records of an index by their number. Reads whole blocks and caches a few of them. */
import { rm } from 'node:fs/promises'
import { LRUCache } from 'lru-cache'
import { DamagedReportError } from '../../../errors.ts'
import { type ContentFile, openContent } from '../../content/content-file.ts'
import {
  BLOCK_BYTES,
  blockChecksum,
  decodeFooter,
  decodeTrailer,
  type Footer,
  PAYLOAD_BYTES,
  RECORD_BYTES,
  recordsPerBlock,
  type TableName,
  TRAILER_BYTES,
} from './index-format.ts'
import type { TextRef } from './records.ts'

/** 1 MB in all. */
const MAX_CACHED_BLOCKS = 64
/** First read at the file's end; contains the footer of all but the largest indexes. */
const TAIL_BYTES = 16 * 1024

export class IndexReader {
  readonly footer: Footer
  readonly #file: ContentFile
  readonly #blocks = new LRUCache<number, Promise<Buffer>>({ max: MAX_CACHED_BLOCKS })

  private constructor(file: ContentFile, footer: Footer) {
    this.#file = file
    this.footer = footer
  }

  /** Null if there is no index, or if it is damaged or of another version. @throws file system errors */
  static async open(path: string): Promise<IndexReader | null> {
    let file: ContentFile
    try {
      file = await openContent(path)
    } catch (error) {
      if (error instanceof DamagedReportError || (error as NodeJS.ErrnoException).code === 'ENOENT')
        return null
      throw error
    }
    const reader = await IndexReader.of(file)
    if (!reader) await file.close()
    return reader
  }

  /** The same for a file that is open, which the reader closes. */
  static async of(file: ContentFile): Promise<IndexReader | null> {
    // An index whose footer cannot be read is rebuilt, whatever the reason.
    const footer = await readFooter(file).catch(() => null)
    return footer && new IndexReader(file, footer)
  }

  /**
   * @throws DamagedReportError if the index is damaged, which also deletes it; RangeError if there is no such
   *   record
   */
  async record(table: TableName, index: number): Promise<Buffer> {
    if (!(Number.isInteger(index) && index >= 0 && index < this.footer.tables[table].count))
      throw new RangeError(`the report has no record ${index} in ${table}`)
    const perBlock = recordsPerBlock(table)
    const block = await this.#block(table, Math.floor(index / perBlock))
    const start = (index % perBlock) * RECORD_BYTES[table]
    return block.subarray(start, start + RECORD_BYTES[table])
  }

  /**
   * The bytes of a text, JSON-escaped.
   * @throws DamagedReportError if the index is damaged, which also deletes it
   */
  async text({ offset, length }: TextRef): Promise<Buffer> {
    const end = offset + length
    if (end > this.footer.tables.texts.count) throw await this.#damaged('a text is missing')
    const parts: Buffer[] = []
    for (let at = offset; at < end; ) {
      const block = await this.#block('texts', Math.floor(at / PAYLOAD_BYTES))
      const start = at % PAYLOAD_BYTES
      const part = block.subarray(start, Math.min(PAYLOAD_BYTES, start + end - at))
      parts.push(part)
      at += part.length
    }
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  #block(table: TableName, index: number): Promise<Buffer> {
    const number = this.footer.tables[table].blocks[index] ?? -1
    const cached = this.#blocks.get(number)
    if (cached !== undefined) return cached
    const block = this.#readBlock(table, index, number)
    this.#blocks.set(number, block)
    // The caller gets the error; a later read tries again.
    block.catch(() => this.#blocks.delete(number))
    return block
  }

  /** @param number of the block in the file; negative if it is not there */
  async #readBlock(table: TableName, index: number, number: number): Promise<Buffer> {
    if (number < 0) throw await this.#damaged(`block ${index} of ${table} is missing`)
    const buffer = Buffer.allocUnsafeSlow(BLOCK_BYTES)
    const { bytesRead } = await this.#file.read(buffer, 0, BLOCK_BYTES, number * BLOCK_BYTES)
    const isWhole = bytesRead === BLOCK_BYTES
    if (!isWhole || buffer.readUInt32LE(PAYLOAD_BYTES) !== blockChecksum(table, index, buffer))
      throw await this.#damaged(`the checksum of block ${index} of ${table} is wrong`)
    return buffer
  }

  /** Deletes the index, so that the next `openReport` rebuilds it, and returns the error to throw. */
  async #damaged(what: string): Promise<DamagedReportError> {
    // If it cannot be deleted, the damage is reported again on the next read.
    const { path } = this.#file
    await rm(path, { force: true }).catch(() => {})
    return new DamagedReportError(path, `its index is damaged: ${what}`)
  }
}

async function readFooter(file: ContentFile): Promise<Footer | null> {
  const size = file.sizeBytes
  const start = Math.max(0, size - TAIL_BYTES)
  const tail = await readAt(file, start, size - start)
  const trailer = decodeTrailer(tail.subarray(-TRAILER_BYTES))
  if (trailer === null || trailer.offset + trailer.length !== size - TRAILER_BYTES) return null
  const { offset, length, checksum } = trailer
  const json =
    offset >= start ? tail.subarray(offset - start, -TRAILER_BYTES) : await readAt(file, offset, length)
  return decodeFooter(json, checksum)
}

async function readAt(file: ContentFile, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  const { bytesRead } = await file.read(buffer, 0, length, position)
  return buffer.subarray(0, bytesRead)
}
