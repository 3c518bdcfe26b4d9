/** Reads records of an index by their place, a block at a time, with a small memory of blocks. */
import { type FileHandle, open, rm } from 'node:fs/promises'
import { LRUCache } from 'lru-cache'
import { DamagedReportError } from '../../../errors.ts'
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

/** 1 MB. */
const MAX_CACHED_BLOCKS = 64
/** One read brings the footer of all but the largest indexes. */
const TAIL_BYTES = 16 * 1024

export class IndexReader {
  readonly footer: Footer
  readonly #path: string
  readonly #file: FileHandle
  readonly #blocks = new LRUCache<number, Promise<Buffer>>({ max: MAX_CACHED_BLOCKS })

  private constructor(path: string, file: FileHandle, footer: Footer) {
    this.#path = path
    this.#file = file
    this.footer = footer
  }

  /** Null where there is no index, or none that this version can read. @throws file system errors. */
  static async open(path: string): Promise<IndexReader | null> {
    let file: FileHandle
    try {
      file = await open(path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw error
    }
    const footer = await readFooter(file).catch(() => null)
    if (footer !== null) return new IndexReader(path, file, footer)
    await file.close()
    return null
  }

  /** @throws DamagedReportError (the index is then removed); `RangeError` where there is no such record. */
  async record(table: TableName, index: number): Promise<Buffer> {
    if (!(Number.isInteger(index) && index >= 0 && index < this.footer.tables[table].count))
      throw new RangeError(`${index} is not in the report's ${table}`)
    const perBlock = recordsPerBlock(table)
    const block = await this.#block(table, Math.floor(index / perBlock))
    const at = (index % perBlock) * RECORD_BYTES[table]
    return block.subarray(at, at + RECORD_BYTES[table])
  }

  /** The bytes of a text, still JSON-escaped. @throws as `record` */
  async text({ offset, length }: TextRef): Promise<Buffer> {
    const end = offset + length
    if (end > this.footer.tables.texts.count) throw await this.#damaged('a text is missing')
    const parts: Buffer[] = []
    for (let at = offset; at < end; ) {
      const block = await this.#block('texts', Math.floor(at / PAYLOAD_BYTES))
      const place = at % PAYLOAD_BYTES
      const part = block.subarray(place, Math.min(PAYLOAD_BYTES, place + end - at))
      parts.push(part)
      at += part.length
    }
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  #block(table: TableName, index: number): Promise<Buffer> {
    const place = this.footer.tables[table].blocks[index] ?? -1
    const cached = this.#blocks.get(place)
    if (cached !== undefined) return cached
    const block = this.#readBlock(table, index, place)
    this.#blocks.set(place, block)
    block.catch(() => this.#blocks.delete(place))
    return block
  }

  async #readBlock(table: TableName, index: number, place: number): Promise<Buffer> {
    if (place < 0) throw await this.#damaged(`block ${index} of ${table} is missing`)
    const buffer = Buffer.allocUnsafeSlow(BLOCK_BYTES)
    const { bytesRead } = await this.#file.read(buffer, 0, BLOCK_BYTES, place * BLOCK_BYTES)
    const whole = bytesRead === BLOCK_BYTES
    if (!whole || buffer.readUInt32LE(PAYLOAD_BYTES) !== blockChecksum(table, index, buffer))
      throw await this.#damaged(`the checksum of block ${index} of ${table} is wrong`)
    return buffer
  }

  /** A damaged index is removed, so that the next opening makes it again. */
  async #damaged(what: string): Promise<DamagedReportError> {
    await rm(this.#path, { force: true }).catch(() => {})
    return new DamagedReportError(this.#path, `its index is damaged: ${what}`)
  }
}

async function readFooter(file: FileHandle): Promise<Footer | null> {
  const { size } = await file.stat()
  const start = Math.max(0, size - TAIL_BYTES)
  const tail = await readAt(file, start, size - start)
  const place = decodeTrailer(tail.subarray(-TRAILER_BYTES))
  if (place === null || place.offset + place.length !== size - TRAILER_BYTES) return null
  const json =
    place.offset >= start
      ? tail.subarray(place.offset - start, -TRAILER_BYTES)
      : await readAt(file, place.offset, place.length)
  return decodeFooter(json, place.checksum)
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  const { bytesRead } = await file.read(buffer, 0, length, position)
  return buffer.subarray(0, bytesRead)
}
