import type { FileHandle } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { DamagedReportError } from '../../errors.ts'
import { BlockTable } from './block-table.ts'
import { acquireBuffer, releaseBuffer } from './buffer-pool.ts'
import type { BlockSource } from './compressed-file.ts'

/**
 * Read at once for a reader of one block after the other. A thread that renders rarely looks for a read that is done,
 * so with fewer bytes it would wait for the disk more often than for the decompression.
 */
const RUN_BYTES = 256 * 1024

/** Blocks that are read at once; `end` is the next one. */
interface Run {
  readonly first: number
  readonly end: number
  readonly bytes: Promise<Buffer>
}

/** The blocks of a compressed file on the disk. */
export class FileBlocks implements BlockSource {
  readonly table: BlockTable
  readonly #file: FileHandle
  readonly #path: string
  #run: Run | null = null

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
    const run = this.#runOf(index)
    return this.#blockIn(run, await run.bytes, index)
  }

  /** Reads one run ahead. */
  async *rawBlocks(from: number, to: number): AsyncGenerator<Buffer> {
    const buffers: Buffer[] = []
    const read = (first: number): Run | null => {
      if (first >= to) return null
      const { start, end, length } = this.#extent(first, to)
      const buffer = length > RUN_BYTES ? Buffer.allocUnsafeSlow(length) : acquireBuffer(RUN_BYTES)
      buffers.push(buffer)
      const bytes = this.#read(buffer, start, length)
      // Its error is thrown when the run is requested, which may be never.
      bytes.catch(() => {})
      return { first, end, bytes }
    }
    let next = read(from)
    try {
      while (next) {
        const run: Run = next
        const bytes = await run.bytes
        next = read(run.end)
        for (let index = run.first; index < run.end; index++) this.#blockIn(run, bytes, index)
        yield bytes
        this.#release(buffers.shift())
      }
    } finally {
      // A read in progress still writes into its buffer.
      await next?.bytes.catch(() => {})
      for (const buffer of buffers) this.#release(buffer)
    }
  }

  #release(buffer: Buffer | undefined): void {
    if (buffer?.length === RUN_BYTES) releaseBuffer(buffer)
  }

  /** @throws DamagedReportError */
  #blockIn({ first }: Run, run: Buffer, index: number): Buffer {
    const { start, bytes, crc32: expected } = this.table.block(index)
    const from = start - this.table.block(first).start
    const raw = run.subarray(from, from + bytes)
    if (raw.length < bytes || crc32(raw) !== expected)
      throw new DamagedReportError(this.#path, `block ${index} of ${this.table.count} is damaged`)
    return raw
  }

  /** Of the blocks from `first` on, before `to`, that are read at once. */
  #extent(first: number, to: number): { start: number; end: number; length: number } {
    const { start, bytes } = this.table.block(first)
    let [end, length] = [first + 1, bytes]
    for (; end < to; end++) {
      const more = this.table.block(end).bytes
      if (length + more > RUN_BYTES) break
      length += more
    }
    return { start, end, length }
  }

  #runOf(index: number): Run {
    const last = this.#run
    if (last && index >= last.first && index < last.end) return last
    const { start, end, length } = this.#extent(index, index === last?.end ? this.table.count : index + 1)
    const run = { first: index, end, bytes: this.#read(Buffer.allocUnsafeSlow(length), start, length) }
    this.#run = run
    // A later read tries again.
    run.bytes.catch(() => {
      if (this.#run === run) this.#run = null
    })
    return run
  }

  async #read(into: Buffer, start: number, length: number): Promise<Buffer> {
    const { bytesRead } = await this.#file.read(into, 0, length, start)
    return into.subarray(0, bytesRead)
  }

  async close(): Promise<void> {}
}
