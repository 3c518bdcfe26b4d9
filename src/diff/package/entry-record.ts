/** One member of an archive as a compact record, in which members are compared without being decoded. */
import type { FileKind } from './file-kind.ts'
import { type EntryType, TarError, type TarHeader } from './tar-reader.ts'

/** A member of an archive. */
export interface Entry extends TarHeader {
  /** Of a file's content; null for anything else. */
  readonly sha256: string | null
  /** Null for what is not a file. */
  readonly kind: FileKind | null
}

const TYPES: readonly EntryType[] = [
  'file',
  'hardlink',
  'symlink',
  'character device',
  'block device',
  'directory',
  'fifo',
  'unknown',
]
const KINDS: readonly FileKind[] = [
  'empty',
  'elf',
  'script',
  'gzip',
  'xz',
  'zstd',
  'bzip2',
  'lzip',
  'zip',
  'ar',
  'png',
  'jpeg',
  'gif',
  'pdf',
  'mo',
  'pyc',
  'class',
  'elc',
  'sqlite',
  'tar',
  'text',
  'data',
]

/**
 * Everything that is compared, then the position in the archive, then the texts, of which the path is the first. So two records are of equal
 * members exactly if they are equal but for these eight bytes.
 */
const AT = {
  type: 0,
  kind: 1,
  mode: 2,
  uid: 4,
  gid: 8,
  major: 12,
  minor: 16,
  mtime: 20,
  size: 28,
  sha256: 36,
  lengths: 68,
  offset: 82,
}
/** How many bytes of a record `recordBytes` needs. */
export const FIXED_BYTES = 90
const MAX_OWNER_BYTES = 255

/** @throws TarError for a number that no file system has, and for an owner's name of more than 255 bytes */
export function encodeEntry(entry: Entry): Buffer {
  const texts = [entry.path, entry.link, entry.extra, entry.owner, entry.group]
  if (Math.max(entry.owner.length, entry.group.length) > MAX_OWNER_BYTES)
    throw new TarError(`has a member whose owner has a name of more than ${MAX_OWNER_BYTES} bytes`)
  const record = Buffer.allocUnsafe(FIXED_BYTES + texts.reduce((sum, text) => sum + text.length, 0))
  record[AT.type] = TYPES.indexOf(entry.type)
  record[AT.kind] = entry.kind === null ? 255 : KINDS.indexOf(entry.kind)
  record.writeUInt16LE(entry.mode, AT.mode)
  let at = AT.uid
  for (const number of [entry.uid, entry.gid, ...entry.device]) {
    if (number > 0xffffffff) throw new TarError(`has a member with the id ${number}`)
    at = record.writeUInt32LE(number, at)
  }
  record.writeDoubleLE(entry.mtime, AT.mtime)
  record.writeDoubleLE(entry.sizeBytes, AT.size)
  record.fill(0, AT.sha256, AT.lengths)
  if (entry.sha256 !== null) record.write(entry.sha256, AT.sha256, 'hex')
  record.writeDoubleLE(entry.offset, AT.offset)
  at = AT.lengths
  for (const text of texts.slice(0, 3)) at = record.writeUInt32LE(text.length, at)
  for (const text of texts.slice(3)) at = record.writeUInt8(text.length, at)
  at = FIXED_BYTES
  for (const text of texts) at += record.write(text, at, 'latin1')
  return record
}

export function decodeEntry(record: Buffer): Entry {
  const type = TYPES[record[AT.type] ?? 0] ?? 'unknown'
  let at = FIXED_BYTES
  const [path = '', link = '', extra = '', owner = '', group = ''] = lengthsOf(record, 0).map((length) => {
    at += length
    return record.toString('latin1', at - length, at)
  })
  return {
    path,
    type,
    mode: record.readUInt16LE(AT.mode),
    uid: record.readUInt32LE(AT.uid),
    gid: record.readUInt32LE(AT.gid),
    owner,
    group,
    sizeBytes: record.readDoubleLE(AT.size),
    mtime: record.readDoubleLE(AT.mtime),
    link,
    device: [record.readUInt32LE(AT.major), record.readUInt32LE(AT.minor)],
    offset: offsetOf(record),
    extra,
    sha256: type === 'file' ? record.toString('hex', AT.sha256, AT.lengths) : null,
    kind: KINDS[record[AT.kind] ?? 255] ?? null,
  }
}

/** Length of the record that begins at `at`, in bytes; its first `FIXED_BYTES` suffice. */
export function recordBytes(bytes: Buffer, at: number): number {
  return lengthsOf(bytes, at).reduce((sum, length) => sum + length, FIXED_BYTES)
}

/** Orders two records by the bytes of their paths: negative, zero or positive. */
export function comparePaths(bytes: Buffer, at: number, other: Buffer, otherAt: number): number {
  const end = at + FIXED_BYTES + bytes.readUInt32LE(at + AT.lengths)
  const otherEnd = otherAt + FIXED_BYTES + other.readUInt32LE(otherAt + AT.lengths)
  return bytes.compare(other, otherAt + FIXED_BYTES, otherEnd, at + FIXED_BYTES, end)
}

/** Orders a record's path and another one. */
export function comparePathTo(record: Buffer, path: Buffer): number {
  return record.compare(path, 0, path.length, FIXED_BYTES, FIXED_BYTES + record.readUInt32LE(AT.lengths))
}

/** Whether two records differ in nothing but their position. */
export function isSameMember(record: Buffer, other: Buffer): boolean {
  return (
    record.length === other.length &&
    record.compare(other, 0, AT.offset, 0, AT.offset) === 0 &&
    record.compare(other, FIXED_BYTES, other.length, FIXED_BYTES, record.length) === 0
  )
}

export function offsetOf(record: Buffer): number {
  return record.readDoubleLE(AT.offset)
}

/** Of the path, the link, the extra records, and the names of owner and group. */
function lengthsOf(bytes: Buffer, at: number): number[] {
  const lengths = at + AT.lengths
  return [
    bytes.readUInt32LE(lengths),
    bytes.readUInt32LE(lengths + 4),
    bytes.readUInt32LE(lengths + 8),
    bytes[lengths + 12] ?? 0,
    bytes[lengths + 13] ?? 0,
  ]
}
