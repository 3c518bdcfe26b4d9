/** Streams a file, or a part of it, unchanged or with some of its bytes replaced. */
import { open } from 'node:fs/promises'
import { DamagedReportError } from '../../errors.ts'
import { BLOCK_BYTES } from '../content/block-table.ts'
import { acquireBuffer, releaseBuffer } from '../content/buffer-pool.ts'
import type { ByteReader } from '../content/byte-reader.ts'
import { type ContentFile, openContent } from '../content/content-file.ts'
import { compressToSend } from '../content/zstd.ts'

const CHUNK_BYTES = 256 * 1024

/** Replaces the bytes `[start, end)` of a file. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly bytes: Uint8Array
}

/**
 * The bytes `[from, to)` of a file with `edits` applied, which are in file order and do not overlap. A chunk
 * is valid until the next one is requested.
 * @throws DamagedReportError if the file ends before `to`; file system errors
 */
export async function* copyWithEdits(
  path: string,
  edits: readonly Edit[],
  from: number,
  to: number,
): AsyncGenerator<Uint8Array> {
  const file = await open(path)
  try {
    yield* copyEdited(file, path, edits, from, to)
  } finally {
    await file.close()
  }
}

async function* copyEdited(
  file: ByteReader,
  path: string,
  edits: readonly Edit[],
  from: number,
  to: number,
): AsyncGenerator<Uint8Array> {
  let at = from
  for (const edit of edits) {
    yield* copyRange(file, path, at, edit.start)
    if (edit.bytes.length > 0) yield edit.bytes
    at = edit.end
  }
  yield* copyRange(file, path, at, to)
}

/** Size and modification time of a stored file at an earlier look. */
export interface FileSnapshot {
  readonly path: string
  /** Of its content, if the file is compressed. */
  readonly sizeBytes: number
  /** Not compared if missing. */
  readonly modifiedMs?: number
}

/**
 * The whole content of a file with `edits` applied, provided that it has not changed since the snapshot. A
 * chunk is valid until the next one is requested.
 * @throws DamagedReportError if it has changed or ends early; file system errors
 */
export async function* copyUnchanged(
  snapshot: FileSnapshot,
  edits: readonly Edit[],
): AsyncGenerator<Uint8Array> {
  const { path, sizeBytes } = snapshot
  const file = await openUnchanged(snapshot)
  try {
    if (sizeBytes > CHUNK_BYTES) return yield* copyEdited(file, path, edits, 0, sizeBytes)
    const all = await readAll(file, sizeBytes)
    if (all.length < sizeBytes)
      throw new DamagedReportError(path, `it ends at byte ${all.length}, before ${sizeBytes}`)
    yield applyEdits(all, edits)
  } finally {
    // Nothing was written, so neither the end nor an error of closing matters.
    file.close().catch(() => {})
  }
}

async function openUnchanged({ path, sizeBytes, modifiedMs }: FileSnapshot): Promise<ContentFile> {
  const file = await openContent(path)
  const { mtimeMs } = file
  if (file.sizeBytes === sizeBytes && mtimeMs === (modifiedMs ?? mtimeMs)) return file
  await file.close()
  const reason =
    file.sizeBytes === sizeBytes ? 'it has been modified' : `it has ${file.sizeBytes} bytes, not ${sizeBytes}`
  throw new DamagedReportError(path, reason)
}

/**
 * What `copyUnchanged` yields, compressed with zstd, of a file that is stored so. Only the blocks that `edits` change
 * are decompressed. A chunk is valid until the next one is requested.
 * @throws as `copyUnchanged`
 */
export async function* copyCompressed(
  snapshot: FileSnapshot,
  edits: readonly Edit[],
): AsyncGenerator<Uint8Array> {
  const file = await openUnchanged(snapshot)
  try {
    const { compressed, path } = file
    if (!compressed) throw new DamagedReportError(path, 'it is not compressed any more')
    const { table } = compressed
    const [first, last] = [edits[0], edits.at(-1)]
    const from = first ? table.indexAt(first.start) : 0
    const to = last ? table.indexAt(last.end) + 1 : 0
    yield* compressed.rawBlocks(0, from)
    if (to > from) {
      const { contentStart, contentBytes } = table.block(to - 1)
      const start = table.block(from).contentStart
      yield* compressedBlocks(copyEdited(file, path, edits, start, contentStart + contentBytes))
    }
    yield* compressed.rawBlocks(to, table.count)
  } finally {
    await file.close()
  }
}

/** Compresses blocks of a stream. */
async function* compressedBlocks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let pieces: Buffer[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    // A chunk is valid only until the next one is requested.
    pieces.push(Buffer.from(chunk))
    bytes += chunk.length
    if (bytes < BLOCK_BYTES) continue
    yield await compressToSend(Buffer.concat(pieces))
    pieces = []
    bytes = 0
  }
  if (bytes > 0) yield await compressToSend(Buffer.concat(pieces))
}

async function readAll(file: ByteReader, bytes: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(bytes)
  const { bytesRead } = await file.read(buffer, 0, bytes, 0)
  return buffer.subarray(0, bytesRead)
}

/** @param edits in order, within `bytes` */
export function applyEdits(bytes: Buffer, edits: readonly Edit[]): Buffer {
  if (edits.length === 0) return bytes
  let at = 0
  const pieces: Uint8Array[] = []
  for (const { start, end, bytes: replacement } of edits) {
    pieces.push(bytes.subarray(at, start), replacement)
    at = end
  }
  return Buffer.concat([...pieces, bytes.subarray(at)])
}

/**
 * The bytes `[from, to)` of an open file. Reads one chunk ahead. A chunk is valid until the next one is
 * requested.
 * @throws DamagedReportError if the file ends before `to`; file system errors
 */
export async function* copyRange(
  file: ByteReader,
  path: string,
  from: number,
  to: number,
): AsyncGenerator<Uint8Array> {
  const isLarge = to - from > CHUNK_BYTES
  const newBuffer = () => (isLarge ? acquireBuffer(CHUNK_BYTES) : Buffer.allocUnsafeSlow(to - from))
  const read = (position: number, into: Buffer) => {
    const reading = file.read(into, 0, Math.min(into.length, to - position), position)
    // Its error is thrown when the chunk is requested. If it never is, the rejection must not count as
    // unhandled.
    reading.catch(() => {})
    return reading
  }
  let current = newBuffer()
  let other: Buffer | null = null
  let reading = from < to ? read(from, current) : null
  try {
    for (let at = from; reading; ) {
      const { bytesRead } = await reading
      if (bytesRead === 0) throw new DamagedReportError(path, `it ends at byte ${at}, before ${to}`)
      const chunk = current.subarray(0, bytesRead)
      at += bytesRead
      const next: Buffer = other ?? (at < to ? newBuffer() : current)
      reading = at < to ? read(at, next) : null
      other = current
      current = next
      yield chunk
    }
  } finally {
    // A read in progress still writes into its buffer.
    await reading?.catch(() => {})
    if (isLarge) for (const each of new Set([current, other ?? current])) releaseBuffer(each)
  }
}
