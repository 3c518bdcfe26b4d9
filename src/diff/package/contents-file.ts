/**
 * The file in which the contents of a package are kept:
 *
 *     the control archive, uncompressed
 *     the table of its members, and that of the data archive's
 *     ContentsHeader, as JSON
 *     length of the header in bytes, 32 bits
 *     SHA-256 of everything before
 *     the name of the form
 */
import { closeSync, fstatSync, openSync, writeSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { sha256OfFile, sha256OfStart } from '../streams/sha256-of-file.ts'
import type { EntryTableBuilder, TableLocation } from './entry-table-builder.ts'
import type { OuterArchive } from './outer-archive.ts'

/** Changes with the form of the file or of a table, and whenever a package would be read otherwise. */
export const CONTENTS_FORM = 'DIFFPKG7'
const SHA256_BYTES = 32
const FOOTER_BYTES = 4 + SHA256_BYTES + CONTENTS_FORM.length
const MAX_HEADER_BYTES = 1 << 20

export interface ContentsHeader {
  readonly outer: OuterArchive
  readonly control: TableLocation
  readonly data: TableLocation
  /** Of the uncompressed data archive. */
  readonly dataBytes: number
  /** What the check of the control archive found: see `ControlMembers.problem`. */
  readonly controlProblem: string | null
}

/**
 * Completes a file that holds the control archive. Synchronously, as all writing of tables: the file was just made, so it is in the system's memory.
 * @throws errors of the system
 */
export function completeContentsFile(
  path: string,
  tables: { readonly control: EntryTableBuilder; readonly data: EntryTableBuilder },
  facts: Pick<ContentsHeader, 'outer' | 'dataBytes' | 'controlProblem'>,
): ContentsHeader {
  const descriptor = openSync(path, 'r+')
  try {
    const control = tables.control.write(descriptor, fstatSync(descriptor).size)
    const data = tables.data.write(descriptor, fstatSync(descriptor).size)
    const complete: ContentsHeader = { ...facts, control, data }
    const header = Buffer.from(JSON.stringify(complete))
    const length = Buffer.alloc(4)
    length.writeUInt32LE(header.length)
    const end = fstatSync(descriptor).size
    writeAll(descriptor, Buffer.concat([header, length]), end)
    const checked = end + header.length + length.length
    const sha256 = Buffer.from(sha256OfStart(descriptor, checked), 'hex')
    writeAll(descriptor, Buffer.concat([sha256, Buffer.from(CONTENTS_FORM)]), checked)
    return complete
  } finally {
    closeSync(descriptor)
  }
}

function writeAll(descriptor: number, bytes: Buffer, position: number): void {
  for (let at = 0; at < bytes.length; )
    at += writeSync(descriptor, bytes, at, bytes.length - at, position + at)
}

/**
 * @returns null for a file that is damaged, or of another form
 * @throws errors of the system
 */
export async function readContentsHeader(file: FileHandle): Promise<ContentsHeader | null> {
  const { size } = await file.stat()
  const checked = size - SHA256_BYTES - CONTENTS_FORM.length
  if (size < FOOTER_BYTES) return null
  const footer = Buffer.alloc(FOOTER_BYTES)
  await file.read(footer, 0, FOOTER_BYTES, size - FOOTER_BYTES)
  const headerBytes = footer.readUInt32LE(0)
  if (footer.toString('latin1', 4 + SHA256_BYTES) !== CONTENTS_FORM || headerBytes > MAX_HEADER_BYTES)
    return null
  if ((await sha256OfFile(file, checked)) !== footer.toString('hex', 4, 4 + SHA256_BYTES)) return null
  const header = Buffer.alloc(headerBytes)
  await file.read(header, 0, headerBytes, checked - 4 - headerBytes)
  return JSON.parse(header.toString()) as ContentsHeader
}
