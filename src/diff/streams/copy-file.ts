/** Streams a file, or a part of it, unchanged or with some of its bytes replaced. */
import { type FileHandle, open } from 'node:fs/promises'
import { DamagedReportError } from '../../errors.ts'
import { acquireBuffer, releaseBuffer } from './buffer-pool.ts'

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
  file: FileHandle,
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

/** Size and modification time of a file at an earlier look. */
export interface FileSnapshot {
  readonly path: string
  readonly sizeBytes: number
  /** Not compared if missing. */
  readonly modifiedMs?: number
}

/**
 * A whole file with `edits` applied, provided that it has not changed since the snapshot. A chunk is valid
 * until the next one is requested.
 * @throws DamagedReportError if it has changed or ends early; file system errors
 */
export async function* copyUnchanged(
  { path, sizeBytes, modifiedMs }: FileSnapshot,
  edits: readonly Edit[],
): AsyncGenerator<Uint8Array> {
  const file = await open(path)
  try {
    const isSmall = sizeBytes <= CHUNK_BYTES
    const [{ size, mtimeMs }, all] = await Promise.all([
      file.stat(),
      isSmall ? readAll(file, sizeBytes) : null,
    ])
    if (size !== sizeBytes) throw new DamagedReportError(path, `it has ${size} bytes, not ${sizeBytes}`)
    if (mtimeMs !== (modifiedMs ?? mtimeMs)) throw new DamagedReportError(path, 'it has been modified')
    if (all && all.length < sizeBytes)
      throw new DamagedReportError(path, `it ends at byte ${all.length}, before ${sizeBytes}`)
    if (all) yield edited(all, edits)
    else yield* copyEdited(file, path, edits, 0, sizeBytes)
  } finally {
    // Nothing was written, so neither the end nor an error of closing matters.
    file.close().catch(() => {})
  }
}

async function readAll(file: FileHandle, bytes: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafeSlow(bytes), 0, bytes, 0)
  return buffer.subarray(0, bytesRead)
}

function edited(bytes: Buffer, edits: readonly Edit[]): Buffer {
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
  file: FileHandle,
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
