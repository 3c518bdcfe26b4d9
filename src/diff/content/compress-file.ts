/** Writes compressed copies of files, and uncompressed ones. */
import { type FileHandle, open, stat } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { type Block, encodeTables } from './block-table.ts'
import { openContent } from './content-file.ts'
import { compress } from './zstd.ts'

/**
 * Of content in a block. Smaller ones compress worse (`bench/stored.ts`); from a larger one, a reader that needs a
 * line gets more than it needs.
 */
export const BLOCK_BYTES = 512 * 1024
/** Smaller files take few blocks of a disk in any form. */
export const MIN_COMPRESSED_BYTES = 32 * 1024

/**
 * Writes the content of a file to a new one, compressed. Compresses two blocks at a time, so that it holds a
 * few blocks in memory.
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
 * Writes a compressed copy beside a file, unless the file is small, or would not become smaller.
 * @returns the path of the copy, or of the file itself
 * @throws as `compressFile`
 */
export async function compressIfLarge(path: string): Promise<string> {
  const { size } = await stat(path)
  if (size < MIN_COMPRESSED_BYTES) return path
  const compressedPath = `${path}.zst`
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
 * Writes the content of a file to a new one, uncompressed.
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
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

async function* blocksOf(source: Source): AsyncGenerator<Buffer> {
  for (let at = 0; at < source.sizeBytes; at += BLOCK_BYTES) {
    const block = Buffer.allocUnsafeSlow(Math.min(BLOCK_BYTES, source.sizeBytes - at))
    const { bytesRead } = await source.read(block, 0, block.length, at)
    yield block.subarray(0, bytesRead)
  }
}
