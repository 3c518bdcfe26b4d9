/** Compares gzip files (RFC 1952) by what they hold: the header's time and name are noise, other content is not. */
import { inflateRawSync } from 'node:zlib'
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
  /** Time, name, comment, extra field and system of each member. */
  readonly headers: string
  readonly trailing: Buffer
}

function trailing({ trailing: bytes }: GzipFile): string {
  return bytes.length === 0 ? '' : `${bytes.length} bytes: ${bytes.toString('latin1', 0, 200)}`
}

/** Null where it cannot be unpacked. */
export function readGzip(bytes: Buffer): GzipFile | null {
  const contents: Buffer[] = []
  const headers: string[] = []
  let left = MAX_UNPACKED_BYTES
  let at = 0
  while (bytes[at] === 0x1f && bytes[at + 1] === 0x8b && contents.length < MAX_MEMBERS) {
    const dataAt = endOfHeader(bytes, at)
    if (dataAt === null) return null
    try {
      // Node.js returns how much was read with this option, which its types leave out.
      const { buffer, engine } = inflateRawSync(bytes.subarray(dataAt), {
        info: true,
        maxOutputLength: left,
      }) as unknown as { buffer: Buffer; engine: { bytesWritten: number } }
      contents.push(buffer)
      headers.push(bytes.toString('latin1', at, dataAt))
      left = Math.max(1, left - buffer.length)
      at = dataAt + engine.bytesWritten + 8
    } catch {
      return null
    }
    if (at > bytes.length) return null
  }
  // Zeros pad files on tapes.
  const rest = bytes.subarray(at)
  return {
    content: contents.length === 1 && contents[0] ? contents[0] : Buffer.concat(contents),
    members: contents.length,
    headers: headers.join('\n'),
    trailing: rest.every((byte) => byte === 0) ? Buffer.alloc(0) : rest,
  }
}

function endOfHeader(bytes: Buffer, start: number): number | null {
  const flags = bytes[start + 3] ?? 0
  let at = start + 10
  if (flags & 4) at += 2 + (at + 2 <= bytes.length ? bytes.readUInt16LE(at) : 0)
  for (const flag of [8, 16]) {
    if (!(flags & flag)) continue
    const end = bytes.indexOf(0, at)
    if (end < 0) return null
    at = end + 1
  }
  if (flags & 2) at += 2
  return at < bytes.length ? at : null
}
