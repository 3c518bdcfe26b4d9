/**
 * A stored file as the bytes that were stored: compressed or not, here or in a bucket, with a stub here. Which of them
 * is seen from its first bytes, so files of all kinds may have any name.
 */
import { type FileHandle, open } from 'node:fs/promises'
import { ZSTD_MAGIC } from './block-table.ts'
import { BucketBlocks } from './bucket-blocks.ts'
import type { ByteReader } from './byte-reader.ts'
import { CompressedFile } from './compressed-file.ts'
import { FileBlocks } from './file-blocks.ts'
import { isStub, MAGIC_BYTES, readStub } from './stub.ts'

export interface ContentFile extends ByteReader {
  readonly path: string
  /** Of the content. */
  readonly sizeBytes: number
  readonly mtimeNs: bigint
  /** As `Stats.mtimeMs`. */
  readonly mtimeMs: number
  /** Null if the file is not compressed. */
  readonly compressed: CompressedFile | null
  /** Whether the file has the size and time of modification that it was opened with. */
  isUnchanged(): Promise<boolean>
  /** Waits for reads in progress. */
  close(): Promise<void>
}

/**
 * @throws DamagedReportError if a compressed file is cut or its table is damaged; file system errors; reading a stub
 *   also OverloadedError while the bucket is away
 */
export async function openContent(path: string): Promise<ContentFile> {
  const file = await open(path)
  try {
    const [{ size, mtimeNs }, start] = await Promise.all([file.stat({ bigint: true }), startOf(file)])
    const blocks = await blocksOf(file, path, start, Number(size))
    const compressed = blocks && new CompressedFile(blocks, path)
    const reader: ByteReader = compressed ?? file
    return {
      path,
      mtimeNs,
      mtimeMs: Number(mtimeNs / 1_000_000_000n) * 1_000 + Number(mtimeNs % 1_000_000_000n) / 1e6,
      compressed,
      sizeBytes: compressed?.sizeBytes ?? Number(size),
      read: (...range) => reader.read(...range),
      isUnchanged: async () => {
        const now = await file.stat({ bigint: true })
        return now.size === size && now.mtimeNs === mtimeNs
      },
      close: async () => {
        await Promise.all([file.close(), compressed?.close()])
      },
    }
  } catch (error) {
    await file.close()
    throw error
  }
}

/** The first bytes of a file. */
async function startOf(file: FileHandle): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(MAGIC_BYTES), 0, MAGIC_BYTES, 0)
  return buffer.subarray(0, bytesRead)
}

/** The blocks of a compressed file; null if the file is not compressed. */
async function blocksOf(file: FileHandle, path: string, start: Buffer, sizeBytes: number) {
  if (isStub(start)) return BucketBlocks.open(path, await readStub(file, path))
  if (start.length < 4 || start.readUInt32LE(0) !== ZSTD_MAGIC) return null
  return FileBlocks.open(file, path, sizeBytes)
}
