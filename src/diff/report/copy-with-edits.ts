/** Streams a file with some of its bytes replaced: how a report gets other sources without being parsed. */
import { type FileHandle, open } from 'node:fs/promises'
import { DamagedReportError } from '../../errors.ts'
import { acquireBuffer, releaseBuffer } from './buffer-pool.ts'

const CHUNK_BYTES = 256 * 1024

export interface Edit {
  /** First byte replaced … */
  readonly start: number
  /** … and the first one behind. */
  readonly end: number
  readonly bytes: Uint8Array
}

/**
 * The bytes of `[from, to)` of a file with `edits` (in file order, not overlapping) made. A chunk is only good until the next one is asked for.
 * @throws DamagedReportError where the file ends before `to`; file system errors.
 */
export async function* copyWithEdits(
  path: string,
  edits: readonly Edit[],
  from: number,
  to: number,
): AsyncGenerator<Uint8Array> {
  const file = await open(path)
  try {
    yield* spliced(file, path, edits, from, to)
  } finally {
    await file.close()
  }
}

async function* spliced(
  file: FileHandle,
  path: string,
  edits: readonly Edit[],
  from: number,
  to: number,
): AsyncGenerator<Uint8Array> {
  let at = from
  for (const edit of edits) {
    yield* copy(file, path, at, edit.start)
    if (edit.bytes.length > 0) yield edit.bytes
    at = edit.end
  }
  yield* copy(file, path, at, to)
}

/** What a file was like when somebody looked. */
export interface FileSnapshot {
  readonly path: string
  readonly sizeBytes: number
  /** Where it is known. */
  readonly modifiedMs?: number
}

/**
 * All of a file that is still what it was, with `edits` made; chunks as those of `splice`.
 * @throws DamagedReportError where it is another one, or ends early; file system errors.
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
    if (size !== sizeBytes) throw new DamagedReportError(path, `it has ${size} bytes of ${sizeBytes}`)
    if (mtimeMs !== (modifiedMs ?? mtimeMs)) throw new DamagedReportError(path, 'it has been written to')
    if (all && all.length < sizeBytes)
      throw new DamagedReportError(path, `it ends at byte ${all.length}, before ${sizeBytes}`)
    if (all) yield edited(all, edits)
    else yield* spliced(file, path, edits, 0, sizeBytes)
  } finally {
    // Nothing was written, so there is nothing to wait for.
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
  for (const { start, end, bytes: put } of edits) {
    pieces.push(bytes.subarray(at, start), put)
    at = end
  }
  return Buffer.concat([...pieces, bytes.subarray(at)])
}

/** Bytes `[from, to)` of an open file, as they are; reads ahead by one chunk. Chunks and errors as those of `splice`. */
export async function* copy(
  file: FileHandle,
  path: string,
  from: number,
  to: number,
): AsyncGenerator<Uint8Array> {
  const isLarge = to - from > CHUNK_BYTES
  const buffer = () => (isLarge ? acquireBuffer(CHUNK_BYTES) : Buffer.allocUnsafeSlow(to - from))
  const read = (position: number, into: Buffer) => {
    const reading = file.read(into, 0, Math.min(into.length, to - position), position)
    // Nobody may be left to hear of it when the consumer has gone.
    reading.catch(() => {})
    return reading
  }
  let current = buffer()
  let other: Buffer | null = null
  let reading = from < to ? read(from, current) : null
  try {
    for (let at = from; reading; ) {
      const { bytesRead } = await reading
      if (bytesRead === 0) throw new DamagedReportError(path, `it ends at byte ${at}, before ${to}`)
      const chunk = current.subarray(0, bytesRead)
      at += bytesRead
      const next: Buffer = other ?? (at < to ? buffer() : current)
      reading = at < to ? read(at, next) : null
      other = current
      current = next
      yield chunk
    }
  } finally {
    await reading?.catch(() => {})
    if (isLarge) for (const each of new Set([current, other ?? current])) releaseBuffer(each)
  }
}

/** A string as Python's `json.dumps` writes it: ASCII only. Lone surrogates stay what they are. */
export function pythonString(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
