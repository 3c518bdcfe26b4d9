/** Compares gzip files (RFC 1952) by what they hold: the header's time and name are noise, other content is not. */
import { crc32, inflateRawSync } from 'node:zlib'
import { fileKind, KIND_BYTES } from '../../package/file-kind.ts'
import { compareBytes } from './bytes.ts'
import {
  type ContentComparer,
  type ContentDifference,
  change,
  combine,
  type FileContext,
  onlyNoise,
} from './content.ts'

/** Content of one compressed file that is compared; more is not unpacked. */
export const MAX_UNPACKED_BYTES = 256 << 20
/** Members of one file: writers make one; pigz and bgzip make many. */
const MAX_MEMBERS = 65_536

export function compareGzip(
  oldBytes: Buffer,
  newBytes: Buffer,
  file: FileContext,
  compare: ContentComparer,
): ContentDifference {
  const old = readGzip(oldBytes)
  const newer = readGzip(newBytes)
  if (!old || !newer) return compareBytes(oldBytes, newBytes, file)
  const parts: ContentDifference[] = []
  if (!old.trailing.equals(newer.trailing))
    parts.push({
      noise: new Set(),
      changes: [change('HIDDEN', trailing(old), trailing(newer), { fact: 'bytes after the gzip data' })],
    })
  if (old.extras !== newer.extras)
    parts.push({
      noise: new Set(),
      changes: [
        change('HIDDEN', old.extras, newer.extras, { fact: 'extra field or comment of the gzip header' }),
      ],
    })
  if (old.members !== newer.members || !old.content.equals(newer.content)) {
    const path = file.path.replace(/\.(gz|tgz)$/, (ending) => (ending === '.tgz' ? '.tar' : ''))
    const kind = fileKind(newer.content.subarray(0, KIND_BYTES), path)
    parts.push(compare(old.content, newer.content, { ...file, path, kind, depth: file.depth + 1 }))
    if (old.content.equals(newer.content)) parts.push(onlyNoise('COMPRESSION_ONLY'))
  }
  if (old.headers !== newer.headers) parts.push(onlyNoise('GZIP_HEADER'))
  else if (old.content.equals(newer.content)) parts.push(onlyNoise('COMPRESSION_ONLY'))
  return combine(parts)
}

interface GzipFile {
  readonly content: Buffer
  readonly members: number
  /** Time, name and system of each member. */
  readonly headers: string
  /** Extra fields and comments, where writers put none and nothing shows them. */
  readonly extras: string
  readonly trailing: Buffer
}

function trailing({ trailing: bytes }: GzipFile): string {
  return bytes.length === 0 ? '' : `${bytes.length} bytes: ${bytes.toString('latin1', 0, 200)}`
}

/** Null where it cannot be unpacked. */
export function readGzip(bytes: Buffer): GzipFile | null {
  const contents: Buffer[] = []
  const headers: string[] = []
  const extras: string[] = []
  let left = MAX_UNPACKED_BYTES
  let at = 0
  while (bytes[at] === 0x1f && bytes[at + 1] === 0x8b && contents.length < MAX_MEMBERS) {
    const header = readHeader(bytes, at)
    if (header === null) return null
    const { dataAt } = header
    try {
      // Node.js returns how much was read with this option, which its types leave out.
      const { buffer, engine } = inflateRawSync(bytes.subarray(dataAt), {
        info: true,
        maxOutputLength: left,
      }) as unknown as { buffer: Buffer; engine: { bytesWritten: number } }
      contents.push(buffer)
      headers.push(bytes.toString('latin1', at, dataAt))
      if (header.extra) extras.push(header.extra)
      left = Math.max(1, left - buffer.length)
      const end = dataAt + engine.bytesWritten
      at = end + 8
      // A wrong checksum or size makes gzip refuse the file.
      if (at > bytes.length || bytes.readUInt32LE(end) !== crc32(buffer)) return null
      if (bytes.readUInt32LE(end + 4) !== buffer.length) return null
    } catch {
      return null
    }
  }
  // Zeros pad files on tapes.
  const rest = bytes.subarray(at)
  return {
    content: contents.length === 1 && contents[0] ? contents[0] : Buffer.concat(contents),
    members: contents.length,
    headers: headers.join('\n'),
    extras: extras.join('\n'),
    trailing: rest.every((byte) => byte === 0) ? Buffer.alloc(0) : rest,
  }
}

/** Longer names are none that a file system takes. */
const MAX_NAME_BYTES = 256

/** Where the compressed data begins, and what of the header is no time, name or system. */
function readHeader(bytes: Buffer, start: number): { dataAt: number; extra: string } | null {
  const flags = bytes[start + 3] ?? 0
  let at = start + 10
  let extra = flags & 0xe0 ? `flags ${flags}` : ''
  if (flags & 4) {
    const length = at + 2 <= bytes.length ? bytes.readUInt16LE(at) : 0
    // bgzip's field of 6 bytes says how long the member is.
    const isBlockSize = length === 6 && bytes.toString('latin1', at + 2, at + 4) === 'BC'
    if (!isBlockSize) extra += bytes.toString('latin1', at + 2, at + 2 + length)
    at += 2 + length
  }
  for (const flag of [8, 16]) {
    if (!(flags & flag)) continue
    const end = bytes.indexOf(0, at)
    if (end < 0) return null
    if (flag === 16 || end - at > MAX_NAME_BYTES) extra += bytes.toString('latin1', at, end)
    at = end + 1
  }
  if (flags & 2) at += 2
  return at < bytes.length ? { dataAt: at, extra } : null
}
