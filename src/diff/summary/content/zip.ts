/** Compares zip files (and jar, wheel, odt …) by their members. Source: PKWARE's APPNOTE. */
import { crc32 } from 'node:zlib'
import { compareBytes } from './bytes.ts'
import {
  type ContentComparer,
  type ContentDifference,
  combine,
  type FileContext,
  onlyNoise,
} from './content.ts'
import { MAX_UNPACKED_BYTES } from './gzip.ts'
import { inflateRawExactly } from './inflate.ts'
import { type ArchiveMember, compareMembers } from './members.ts'

const END_BYTES = 22
const CENTRAL_BYTES = 46
const LOCAL_BYTES = 30
const MAX_MEMBERS = 65_535

export function compareZip(
  oldBytes: Buffer,
  newBytes: Buffer,
  file: FileContext,
  compare: ContentComparer,
): ContentDifference {
  const old = readZip(oldBytes)
  const newer = readZip(newBytes)
  if (!old || !newer || !old.around.equals(newer.around)) return compareBytes(oldBytes, newBytes, file)
  const members = compareMembers(old.members, newer.members, file, compare, 'FILE_ORDER')
  // Nothing that is read differs, so the compressed streams do, or what a reader skips.
  return members.changes.length === 0 && members.noise.size === 0
    ? combine([members, onlyNoise('COMPRESSION_ONLY')])
    : members
}

interface ZipFile {
  readonly members: readonly ArchiveMember[]
  /** What lies before the first member, between members, and in the comment: nothing in an ordinary file. */
  readonly around: Buffer
}

/** Null for a file that is not exactly as the format says: then every byte counts. */
function readZip(bytes: Buffer): ZipFile | null {
  const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'))
  if (end < 0 || end + END_BYTES > bytes.length) return null
  const count = bytes.readUInt16LE(end + 10)
  const centralBytes = bytes.readUInt32LE(end + 12)
  const centralAt = bytes.readUInt32LE(end + 16)
  const commentBytes = bytes.readUInt16LE(end + 20)
  if (
    count > MAX_MEMBERS ||
    centralAt + centralBytes !== end ||
    end + END_BYTES + commentBytes !== bytes.length
  )
    return null
  const members: ArchiveMember[] = []
  const ranges: [number, number][] = [[centralAt, end + END_BYTES]]
  let left = MAX_UNPACKED_BYTES
  let at = centralAt
  for (let index = 0; index < count; index += 1) {
    const read =
      at + CENTRAL_BYTES <= end && bytes.readUInt32LE(at) === 0x02014b50 ? readMember(bytes, at, left) : null
    if (!read) return null
    members.push(read.member)
    ranges.push(read.range)
    left -= read.member.content.length
    at = read.next
  }
  return at === end ? { members, around: outside(bytes, ranges) } : null
}

function readMember(
  bytes: Buffer,
  at: number,
  left: number,
): { member: ArchiveMember; range: [number, number]; next: number } | null {
  const [flags, method, time, date] = [8, 10, 12, 14].map((more) => bytes.readUInt16LE(at + more)) as [
    number,
    number,
    number,
    number,
  ]
  const packed = bytes.readUInt32LE(at + 20)
  const size = bytes.readUInt32LE(at + 24)
  const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((more) => bytes.readUInt16LE(at + more)) as [
    number,
    number,
    number,
  ]
  const madeBy = bytes.readUInt16LE(at + 4)
  const attributes = bytes.readUInt32LE(at + 38)
  const local = bytes.readUInt32LE(at + 42)
  const name = bytes.toString('latin1', at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameBytes)
  const extraAt = at + CENTRAL_BYTES + nameBytes
  const next = extraAt + extraBytes + commentBytes
  // Encrypted, or of a size that only zip64 can say.
  if (
    flags & 1 ||
    size > left ||
    local + LOCAL_BYTES > bytes.length ||
    bytes.readUInt32LE(local) !== 0x04034b50
  )
    return null
  const localNameBytes = bytes.readUInt16LE(local + 26)
  const dataAt = local + LOCAL_BYTES + localNameBytes + bytes.readUInt16LE(local + 28)
  if (dataAt + packed > bytes.length) return null
  // A reader that goes through the file sees this name, another one the central directory's.
  if (bytes.toString('latin1', local + LOCAL_BYTES, local + LOCAL_BYTES + localNameBytes) !== name)
    return null
  const content = unpack(bytes.subarray(dataAt, dataAt + packed), method, size)
  if (!content || crc32(content) !== bytes.readUInt32LE(at + 16)) return null
  // A reader that goes through the file believes the local header.
  if (bytes.readUInt16LE(local + 6) !== flags || bytes.readUInt16LE(local + 8) !== method) return null
  const localExtra = bytes.subarray(local + LOCAL_BYTES + localNameBytes, dataAt)
  const extra = [bytes.subarray(extraAt, extraAt + extraBytes), localExtra].map(readExtra)
  const comment = bytes.toString('latin1', extraAt + extraBytes, next)
  const descriptor = flags & 8 ? descriptorBytes(bytes, dataAt + packed) : 0
  // Checksum and sizes once more, which nothing must contradict.
  if (
    descriptor > 0 &&
    !bytes
      .subarray(dataAt + packed + descriptor - 12, dataAt + packed + descriptor)
      .equals(bytes.subarray(at + 16, at + 28))
  )
    return null
  return {
    member: {
      name,
      content,
      essence: `made by ${madeBy >> 8}, attributes ${attributes.toString(8)}${comment && `, comment ${comment}`}${flags & 0x800 ? ', UTF-8' : ''}${extra.map((one) => one.other).join('')}`,
      incidental: {
        ZIP_TIME: `${date} ${time} ${bytes.readUInt32LE(local + 10)} ${extra.map((one) => one.times).join()}`,
        COMPRESSION_ONLY: `${method} ${packed} ${madeBy & 255}`,
      },
    },
    range: [local, dataAt + packed + descriptor],
    next,
  }
}

function unpack(packed: Buffer, method: number, size: number): Buffer | null {
  if (method === 0) return packed.length === size ? packed : null
  if (method !== 8) return null
  const content = inflateRawExactly(packed, size)
  return content?.length === size ? content : null
}

function descriptorBytes(bytes: Buffer, at: number): number {
  return at + 4 <= bytes.length && bytes.readUInt32LE(at) === 0x08074b50 ? 16 : 12
}

/** Fields of times (0x5455, 0x000a, 0x5855) and ids of the owner (0x7875), with the most that each may hold; 0xcafe marks a jar. */
const TIME_FIELDS: Readonly<Record<number, number>> = {
  21589: 13,
  10: 32,
  22613: 12,
  30837: 16,
  51966: 0,
}

/** Times and owners, which unpackers seldom use, and everything else. */
function readExtra(extra: Buffer): { times: string; other: string } {
  let times = ''
  let other = ''
  let at = 0
  for (; at + 4 <= extra.length; ) {
    const id = extra.readUInt16LE(at)
    const end = at + 4 + extra.readUInt16LE(at + 2)
    const field = extra.toString('hex', at, end)
    const most = TIME_FIELDS[id]
    if (most !== undefined && end - at - 4 <= most) times += field
    else other += `, extra field ${field}`
    at = end
  }
  return { times, other: at === extra.length ? other : `${other}, extra bytes ${extra.toString('hex')}` }
}

/** Bytes that are in no range. */
function outside(bytes: Buffer, ranges: [number, number][]): Buffer {
  const sorted = ranges.sort(([a], [b]) => a - b)
  const pieces: Buffer[] = []
  let at = 0
  for (const [from, to] of sorted) {
    if (from > at) pieces.push(bytes.subarray(at, from))
    at = Math.max(at, to)
  }
  pieces.push(bytes.subarray(at))
  return Buffer.concat(pieces)
}
