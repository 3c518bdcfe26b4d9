/**
 * The form of objects in the bucket:
 *
 *     a skippable frame of zstd      CRC-32 of the head, and ObjectHead as JSON
 *     the files, one after the other
 *
 * So `zstd -d` unpacks an object that has only a compressed report. Small objects are read by one request, and one
 * request tells all of a large one that is needed to read any block of it.
 */
import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import {
  type Bucket,
  BucketError,
  type ByteRange,
  type ObjectPart,
  type ObjectSource,
} from '../../../bucket/bucket.ts'
import type { EntryKind } from '../../../model.ts'
import type { EntryPaths } from '../layout.ts'
import type { Origin } from '../origin.ts'

export interface ObjectHead {
  readonly form: typeof FORM
  /** The object's own key: a copy under another one is noticed. */
  readonly key: string
  /** When the first file was made, in seconds since 1970. */
  readonly modifiedS: number
  /** Of an entry. */
  readonly origin: Origin
  /** An entry, and the index of a large report; or the contents of a package. */
  readonly files: readonly SharedFile[]
}

export interface SharedFile {
  readonly bytes: number
  readonly sha256: string
  /** The end of a compressed file, from its tables on, in Base64; null for another file. */
  readonly tables: string | null
}

export interface SharedObject {
  readonly key: string
  readonly head: ObjectHead
  readonly version: string
  /** Where each file begins. */
  readonly starts: readonly number[]
  /** The first bytes of the object, which may be all. */
  readonly beginning: Buffer
}

/** The object is damaged, or of another version of Differ. */
export class UnusableObjectError extends Error {
  readonly version: string
  constructor(key: string, version: string, what: string) {
    super(`the object ${key}: ${what}`)
    this.version = version
  }
}

const FORM = 1
const MAGIC = 0x184d2a5d
/** Magic number and size of a skippable frame, CRC-32. */
const HEADER_BYTES = 12
/** Files up to this size are read as a whole, with the head. */
export const SMALL_BYTES = 96 << 10
const FIRST_BYTES = 128 << 10
const MAX_HEAD_BYTES = 64 << 20
const PIECE_BYTES = 4 << 20
const TIMEOUT_MS = 10_000

/**
 * An object, or null if there is none.
 * @param timeoutMs for each request
 * @throws UnusableObjectError; as `Bucket.read`; a timeout's DOMException
 */
export async function openObject(
  bucket: Bucket,
  key: string,
  timeoutMs: number,
): Promise<SharedObject | null> {
  const read = (range: ByteRange, version: string | null) =>
    bucket.read(key, range, version, AbortSignal.timeout(timeoutMs))
  const first = await read({ start: 0, length: FIRST_BYTES }, null)
  if (!first) return null
  const unusable = (what: string) => new UnusableObjectError(key, first.version, what)
  if (first.bytes.length < HEADER_BYTES || first.bytes.readUInt32LE(0) !== MAGIC)
    throw unusable('it has no head')
  const end = 8 + first.bytes.readUInt32LE(4)
  if (end > Math.min(first.sizeBytes, MAX_HEAD_BYTES)) throw unusable('it is cut')
  let { bytes } = first
  if (end > bytes.length) {
    const rest = await read({ start: bytes.length, length: end - bytes.length }, first.version)
    if (!rest) return null
    bytes = Buffer.concat([bytes, rest.bytes])
  }
  const json = bytes.subarray(HEADER_BYTES, end)
  if (json.length < end - HEADER_BYTES || crc32(json) !== bytes.readUInt32LE(8))
    throw unusable('its head is damaged')
  const head = JSON.parse(json.toString()) as ObjectHead
  if (head.form !== FORM) throw unusable(`it has the form ${head.form}, not ${FORM}`)
  if (head.key !== key) throw unusable(`it belongs to ${head.key}`)
  const starts: number[] = []
  let at = end
  for (const file of head.files) {
    starts.push(at)
    at += file.bytes
  }
  if (at !== first.sizeBytes) throw unusable(`it has ${first.sizeBytes} bytes, not ${at}`)
  return { key, head, version: first.version, starts, beginning: bytes }
}

/**
 * Writes one of an object's files to a new file.
 * @returns false if the object has been replaced meanwhile
 * @throws UnusableObjectError if the file is damaged; as `openObject`; errors of the system
 */
export async function download(
  bucket: Bucket,
  object: SharedObject,
  number: number,
  path: string,
): Promise<boolean> {
  const { key, head, version, starts, beginning } = object
  const { bytes, sha256 } = head.files[number] as SharedFile
  const [start, hash] = [starts[number] as number, createHash('sha256')]
  const target = await open(path, 'wx')
  try {
    for (let done = 0; done < bytes; ) {
      const at = start + done
      let piece = beginning.subarray(at, Math.min(beginning.length, start + bytes))
      if (piece.length === 0) {
        const range = { start: at, length: Math.min(PIECE_BYTES, bytes - done) }
        const part: ObjectPart | null = await bucket.read(
          key,
          range,
          version,
          AbortSignal.timeout(TIMEOUT_MS),
        )
        if (!part) return false
        piece = part.bytes
      }
      hash.update(piece)
      await target.writeFile(piece)
      done += piece.length
    }
  } finally {
    await target.close()
  }
  if (hash.digest('hex') !== sha256) throw new UnusableObjectError(key, version, 'a file of it is damaged')
  return true
}

/** An object of these files, in the order of the head's. The caller calls `close`. @throws errors of the system */
export async function objectOf(
  head: Omit<ObjectHead, 'form'>,
  paths: readonly string[],
): Promise<ObjectSource & { close(): Promise<void> }> {
  const json = Buffer.from(JSON.stringify({ ...head, form: FORM } satisfies ObjectHead))
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt32LE(MAGIC, 0)
  header.writeUInt32LE(json.length + 4, 4)
  header.writeUInt32LE(crc32(json), 8)
  const beginning = Buffer.concat([header, json])
  const files: FileHandle[] = []
  const close = async () => {
    for (const file of files) await file.close()
  }
  try {
    for (const path of paths) files.push(await open(path))
  } catch (error) {
    await close()
    throw error
  }
  const read = async ({ start, length }: ByteRange) => {
    const into = Buffer.allocUnsafeSlow(length)
    let done = start < beginning.length ? beginning.copy(into, 0, start) : 0
    let fileStart = beginning.length
    for (const [number, { bytes }] of head.files.entries()) {
      while (done < length && start + done < fileStart + bytes) {
        const count = Math.min(length - done, fileStart + bytes - start - done)
        const { bytesRead } = await (files[number] as FileHandle).read(
          into,
          done,
          count,
          start + done - fileStart,
        )
        if (bytesRead === 0) throw new Error(`${paths[number]} has become shorter while it was sent`)
        done += bytesRead
      }
      fileStart += bytes
    }
    return into
  }
  return { sizeBytes: head.files.reduce((sum, { bytes }) => sum + bytes, beginning.length), read, close }
}

/** The key of a pair's entry, whatever its form on the disk. */
export function keyOf(kind: EntryKind, { key }: Pick<EntryPaths, 'key'>): string {
  return `entries/${kind}/${key.replace(/^\+/, '')}`
}

/** @param name of the file in `contents/` */
export function keyOfContents(name: string): string {
  return `contents/${name}`
}

/** Whether the bucket caused an error, or was too slow. */
export function isOfBucket(error: unknown): boolean {
  return error instanceof BucketError || (error instanceof DOMException && error.name === 'TimeoutError')
}
