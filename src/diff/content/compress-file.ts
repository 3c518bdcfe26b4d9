/** Writes compressed copies of files, and uncompressed ones. */
import { type FileHandle, open, stat } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { BLOCK_BYTES, type Block, encodeTables } from './block-table.ts'
import { openContent } from './content-file.ts'
import { compress } from './zstd.ts'

/**
 * Of content in the first of several blocks, in which a report has the names of the two sides. Where they are replaced
 * in JSON that is sent as it is stored, only this block is compressed again. A file of one block is read or found
 * damaged as a whole, which the index of a small report relies on.
 */
export const FIRST_BLOCK_BYTES = 32 * 1024
/** Smaller files take few blocks of a disk in any form. */
export const MIN_COMPRESSED_BYTES = 32 * 1024

/**
 * Writes the content of a file to a new one, compressed, with the same time of modification. Two blocks are compressed
 * at once, so only a few are in memory.
 * @throws file system errors; `signal.reason`; then the new file may be incomplete
 */
export async function compressFile(from: string, to: string, signal?: AbortSignal): Promise<void> {
  await copying(from, to, async (source, target) => {
    const blocks: Block[] = []
    const write = async ({ content, frame }: CompressedBlock) => {
      await target.writeFile(frame)
      blocks.push({ bytes: frame.length, contentBytes: content.length, crc32: crc32(frame) })
    }
    let previous: Promise<CompressedBlock> | null = null
    for await (const content of blocksOf(source)) {
      signal?.throwIfAborted()
      const next = compressed(content)
      next.catch(() => {})
      if (previous) await write(await previous)
      previous = next
    }
    if (previous) await write(await previous)
    await target.writeFile(encodeTables(blocks))
  })
}

/**
 * Writes a compressed copy of a file, unless the file is small, or would not become smaller.
 * @returns the path of the copy, or of the file itself
 * @throws as `compressFile`
 */
export async function compressIfLarge(path: string, compressedPath = `${path}.zst`): Promise<string> {
  const { size } = await stat(path)
  if (size < MIN_COMPRESSED_BYTES) return path
  await compressFile(path, compressedPath)
  return (await stat(compressedPath)).size < size ? compressedPath : path
}

interface CompressedBlock {
  readonly content: Buffer
  readonly frame: Buffer
}

async function compressed(content: Buffer): Promise<CompressedBlock> {
  return { content, frame: await compress(content) }
}

/**
 * Writes the content of a file to a new one, uncompressed, with the same time of modification.
 * @throws DamagedReportError if the file is damaged; file system errors; `signal.reason`; then the new file may
 *   be incomplete
 */
export async function uncompressFile(from: string, to: string, signal?: AbortSignal): Promise<void> {
  await copying(from, to, async (source, target) => {
    for await (const content of blocksOf(source)) {
      signal?.throwIfAborted()
      await target.writeFile(content)
    }
  })
}

type Source = Awaited<ReturnType<typeof openContent>>

async function copying(
  from: string,
  to: string,
  copy: (source: Source, target: FileHandle) => Promise<void>,
): Promise<void> {
  const source = await openContent(from)
  try {
    const target = await open(to, 'wx')
    try {
      await copy(source, target)
      // Whole milliseconds can be set again, exactly.
      const modifiedS = Math.round(source.mtimeMs) / 1000
      await target.utimes(modifiedS, modifiedS)
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

async function* blocksOf(source: Source): AsyncGenerator<Buffer> {
  const firstBytes = source.sizeBytes > BLOCK_BYTES ? FIRST_BLOCK_BYTES : BLOCK_BYTES
  for (let at = 0; at < source.sizeBytes; ) {
    const length = Math.min(at === 0 ? firstBytes : BLOCK_BYTES, source.sizeBytes - at)
    const block = Buffer.allocUnsafeSlow(length)
    const { bytesRead } = await source.read(block, 0, length, at)
    yield block.subarray(0, bytesRead)
    at += length
  }
}
