/**
 * A stub stands for a compressed file in a bucket. It has the name and the time of the file, the table of its blocks,
 * and says where its bytes are:
 *
 *     the magic bytes
 *     Stub, as JSON
 */
import type { FileHandle } from 'node:fs/promises'
import { DamagedReportError } from '../../errors.ts'

export interface Stub {
  /** Of the bucket, for `openBucket`. */
  readonly location: string
  readonly key: string
  readonly version: string
  /** Where the compressed file begins in the object. */
  readonly start: number
  /** Of the compressed file. */
  readonly bytes: number
  /** The end of the compressed file, from the tables on, in Base64. */
  readonly tables: string
  /** The file in which blocks are kept that were read, relative to the stub's directory. */
  readonly blocks: string
}

const MAGIC = Buffer.from('DIFFSTB1')
export const MAGIC_BYTES = MAGIC.length
/** Far more than the tables of a report of a terabyte. */
const MAX_BYTES = 256 << 20

/** @param start the first bytes of a file */
export function isStub(start: Buffer): boolean {
  return start.equals(MAGIC)
}

export function encodeStub(stub: Stub): Buffer {
  return Buffer.concat([MAGIC, Buffer.from(JSON.stringify(stub))])
}

/** @throws DamagedReportError for a file that begins like a stub and is none; file system errors */
export async function readStub(file: FileHandle, path: string): Promise<Stub> {
  const { size } = await file.stat()
  if (size > MAX_BYTES) throw new DamagedReportError(path, `a stub of ${size} bytes is too large`)
  const bytes = Buffer.alloc(Math.max(0, size - MAGIC_BYTES))
  await file.read(bytes, 0, bytes.length, MAGIC_BYTES)
  try {
    return JSON.parse(bytes.toString()) as Stub
  } catch {
    throw new DamagedReportError(path, 'its stub is damaged')
  }
}
