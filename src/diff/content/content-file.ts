/**
 * A stored file, compressed or not, as the bytes that were stored. Whether it is compressed is seen from its
 * first bytes, so files of both kinds may have any name.
 */
import { type FileHandle, open } from 'node:fs/promises'
import { ZSTD_MAGIC } from './block-table.ts'
import { CompressedFile } from './compressed-file.ts'

/** Bytes at any position, as `FileHandle.read` reads them. */
export interface ByteReader {
  /** Fewer bytes than `length` only at the end of the content. */
  read(into: Buffer, offset: number, length: number, position: number): Promise<{ bytesRead: number }>
}

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

/** @throws DamagedReportError if a compressed file is cut or its table is damaged; file system errors */
export async function openContent(path: string): Promise<ContentFile> {
  const file = await open(path)
  try {
    const [stats, hasMagic] = await Promise.all([file.stat({ bigint: true }), isCompressed(file)])
    const { size, mtimeNs } = stats
    const sizeBytes = Number(size)
    const compressed = hasMagic ? await CompressedFile.open(file, path, sizeBytes) : null
    const reader: ByteReader = compressed ?? file
    return {
      path,
      mtimeNs,
      mtimeMs: Number(mtimeNs / 1_000_000_000n) * 1_000 + Number(mtimeNs % 1_000_000_000n) / 1e6,
      compressed,
      sizeBytes: compressed?.sizeBytes ?? sizeBytes,
      read: (...range) => reader.read(...range),
      isUnchanged: async () => {
        const now = await file.stat({ bigint: true })
        return now.size === size && now.mtimeNs === mtimeNs
      },
      close: () => file.close(),
    }
  } catch (error) {
    await file.close()
    throw error
  }
}

async function isCompressed(file: FileHandle): Promise<boolean> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0)
  return bytesRead === 4 && buffer.readUInt32LE(0) === ZSTD_MAGIC
}
