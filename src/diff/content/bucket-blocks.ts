/**
 * The blocks of a compressed file in a bucket. A block that was read is kept in a file with holes, at its own place.
 * Whether it is there, and whole, is seen from its checksum, so that file needs no list, and what a crash, a full disk
 * or an accident leaves of it is read again.
 */
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import { BucketError, type ObjectPart } from '../../bucket/bucket.ts'
import { bucketAt } from '../../bucket/open-bucket.ts'
import { DamagedReportError, OverloadedError } from '../../errors.ts'
import { BlockTable } from './block-table.ts'
import type { ByteReader } from './byte-reader.ts'
import type { BlockSource } from './compressed-file.ts'
import type { Stub } from './stub.ts'

/** Requested at once by a reader of one block after the other. */
const RUN_BYTES = 1 << 20
/** A file up to this size is requested as a whole: the index of a report of 600 MB has 1.5 MB. */
const WHOLE_BYTES = 3 << 19
const ATTEMPTS = 3
const PAUSE_MS = 200
const TIMEOUT_MS = 10_000
const RETRY_AFTER_MS = 10_000

export class BucketBlocks implements BlockSource {
  readonly table: BlockTable
  readonly #path: string
  readonly #stub: Stub
  readonly #kept: Promise<FileHandle | null>
  readonly #closing = new AbortController()
  /** The blocks that were requested last. */
  #run = new Map<number, Promise<Buffer>>()
  #runEnd = -1
  /** Of the next run. */
  #runBytes = 0

  private constructor(path: string, stub: Stub, table: BlockTable) {
    this.#path = path
    this.#stub = stub
    this.table = table
    // Where it cannot be opened, blocks are not kept.
    this.#kept = openKept(join(dirname(path), stub.blocks)).catch(() => null)
  }

  /** @param path of the stub @throws DamagedReportError if its tables are damaged */
  static async open(path: string, stub: Stub): Promise<BucketBlocks> {
    const end = Buffer.from(stub.tables, 'base64')
    return new BucketBlocks(path, stub, await BlockTable.read(endOf(end, stub.bytes), path, stub.bytes))
  }

  /** @throws OverloadedError if the bucket does not answer, or the file has been replaced in it */
  async rawBlock(index: number): Promise<Buffer> {
    return this.#run.get(index) ?? (await this.#keptBlock(index)) ?? this.#requested(index)
  }

  async *rawBlocks(from: number, to: number): AsyncGenerator<Buffer> {
    for (let index = from; index < to; index++) yield await this.rawBlock(index)
  }

  async close(): Promise<void> {
    // The rest of what was requested ahead is no longer needed.
    this.#closing.abort(new Error('The report has been closed'))
    await Promise.allSettled(this.#run.values())
    await (await this.#kept)?.close()
  }

  async #keptBlock(index: number): Promise<Buffer | null> {
    const file = await this.#kept
    if (!file) return null
    const { start, bytes, crc32: expected } = this.table.block(index)
    const raw = Buffer.allocUnsafeSlow(bytes)
    // A disk that cannot be read is as good as none.
    const { bytesRead } = await file.read(raw, 0, bytes, start).catch(() => ({ bytesRead: 0 }))
    return bytesRead === bytes && crc32(raw) === expected ? raw : null
  }

  #requested(index: number): Promise<Buffer> {
    // Another reader may have requested it since.
    const known = this.#run.get(index)
    if (known !== undefined) return known
    const [first, end] = this.#runOf(index)
    const blocks = this.#fetch(first, end)
    const run = new Map<number, Promise<Buffer>>()
    for (let at = first; at < end; at++) {
      const block = blocks.then((all) => all[at - first] as Buffer)
      // The error is thrown where the block is read, which may be never; a later read tries again.
      block.catch(() => run.delete(at))
      run.set(at, block)
    }
    this.#run = run
    this.#runEnd = end
    return run.get(index) as Promise<Buffer>
  }

  /** The blocks to request for the sake of one. */
  #runOf(index: number): [first: number, end: number] {
    const { table } = this
    if (table.blocksEnd <= WHOLE_BYTES) return [0, table.count]
    if (this.#runEnd < 0 && index === table.count - 1) return [this.#firstOfLast(), table.count]
    let { bytes } = table.block(index)
    let end = index + 1
    // A reader of one block after the other gets more each time, and one of a page not much more than it needs.
    this.#runBytes = index === this.#runEnd ? Math.min(RUN_BYTES, 2 * this.#runBytes) : bytes
    for (; end < table.count; end++) {
      bytes += table.block(end).bytes
      if (bytes > this.#runBytes) break
    }
    return [index, end]
  }

  /**
   * The first of the blocks at the end that make a run. A reader that begins with the end reads an index, of which
   * it needs what is before, too.
   */
  #firstOfLast(): number {
    let first = this.table.count - 1
    while (first > 0 && this.table.blocksEnd - this.table.block(first - 1).start <= RUN_BYTES) first -= 1
    return first
  }

  async #fetch(first: number, end: number): Promise<Buffer[]> {
    for (let attempt = 1; ; attempt++) {
      const isLast = attempt === ATTEMPTS
      const bytes = await this.#read(first, end, isLast)
      const blocks = bytes && this.#blocksIn(bytes, first, end)
      if (blocks) {
        await this.#keep(bytes, this.table.block(first).start)
        return blocks
      }
      if (isLast)
        throw new DamagedReportError(
          this.#path,
          `a block from ${first} to ${end - 1} is damaged in the bucket`,
        )
      await sleep(PAUSE_MS * attempt)
    }
  }

  /** @returns null if that failed, but may succeed later, and this is not the last attempt */
  async #read(first: number, end: number, isLast: boolean): Promise<Buffer | null> {
    const { location, key, version, start: fileStart } = this.#stub
    const { start } = this.table.block(first)
    const last = this.table.block(end - 1)
    const range = { start: fileStart + start, length: last.start + last.bytes - start }
    const timeout = AbortSignal.timeout(TIMEOUT_MS)
    let part: ObjectPart | null
    try {
      const signal = AbortSignal.any([timeout, this.#closing.signal])
      part = await (await bucketAt(location)).read(key, range, version, signal)
    } catch (error) {
      this.#closing.signal.throwIfAborted()
      const isTransient = timeout.aborted || (error instanceof BucketError && error.isTransient)
      if (isTransient && !isLast) return null
      if (!isTransient && !(error instanceof BucketError)) throw error
      const message = 'The bucket of the cache does not answer; try again later'
      throw Object.assign(new OverloadedError(RETRY_AFTER_MS, message), { cause: error })
    }
    if (part) return part.bytes
    // The next lookup asks the bucket for the version of today. If the stub cannot be removed, it fails as this one.
    await rm(this.#path, { force: true }).catch(() => {})
    throw new OverloadedError(1_000, 'The diff has just been replaced in the bucket; repeat the request')
  }

  async #keep(bytes: Buffer, start: number): Promise<void> {
    const file = await this.#kept
    // They are read again where they cannot be kept.
    await file?.write(bytes, 0, bytes.length, start).catch(() => {})
  }

  /** Null if one of them is damaged. */
  #blocksIn(bytes: Buffer, first: number, end: number): Buffer[] | null {
    const blocks: Buffer[] = []
    const { start: runStart } = this.table.block(first)
    for (let at = first; at < end; at++) {
      const { start, bytes: length, crc32: expected } = this.table.block(at)
      const block = bytes.subarray(start - runStart, start - runStart + length)
      if (block.length < length || crc32(block) !== expected) return null
      blocks.push(block)
    }
    return blocks
  }
}

async function openKept(path: string): Promise<FileHandle> {
  await mkdir(dirname(path), { recursive: true })
  return open(path, constants.O_RDWR | constants.O_CREAT, 0o644)
}

/** A reader of the last bytes of a file. */
function endOf(end: Buffer, sizeBytes: number): ByteReader {
  return {
    read: async (into, offset, length, position) => {
      const from = position - (sizeBytes - end.length)
      return { bytesRead: from < 0 ? 0 : end.copy(into, offset, from, from + length) }
    },
  }
}
