/**
 * Finds bytes in a compressed archive that `dpkg-deb` skips: after the end of the stream, in frames and fields that hold no data. Without this a payload
 * could lie in a package whose control and data archives unpack to the same as before.
 */
import { createReadStream } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createInflateRaw } from 'node:zlib'

/** A part of a file. */
export interface FilePart {
  readonly offset: number
  readonly sizeBytes: number
}

/** Headers with longer names or fields are not read. */
const MAX_GZIP_HEADER = 65_536
const MAX_GZIP_NAME = 256
const MAX_XZ_INDEX = 16 << 20

/**
 * Where the bytes are that are read by nothing, as text for people; empty where there are none. Null for a form of which this is not known.
 * @param name of the archive: its ending says how it is compressed
 */
export async function skippedBytes(file: FileHandle, name: string, part: FilePart): Promise<string | null> {
  if (name.endsWith('.tar')) return ''
  if (name.endsWith('.gz')) return skippedInGzip(file, part)
  if (name.endsWith('.xz')) return skippedInXz(file, part)
  return name.endsWith('.zst') ? skippedInZstd(file, part) : null
}

/** At most `length` bytes, fewer at the end of the file. */
export async function readAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(Math.max(0, length))
  const { bytesRead } = await file.read(buffer, 0, buffer.length, offset)
  return buffer.subarray(0, bytesRead)
}

/** RFC 1952. The end of the stream is known only when it is unpacked. */
async function skippedInGzip(file: FileHandle, { offset, sizeBytes }: FilePart): Promise<string | null> {
  const header = await readAt(file, offset, Math.min(sizeBytes, MAX_GZIP_HEADER))
  const flags = header[3] ?? 0
  if (header[0] !== 0x1f || header[1] !== 0x8b || header[2] !== 8) return null
  // A field of extra data, a comment or a reserved flag.
  if ((flags & 0xf4) !== 0) return 'a field of the gzip header'
  let at = 10
  if ((flags & 8) !== 0) {
    const end = header.indexOf(0, at)
    if (end < 0 || end - at > MAX_GZIP_NAME) return 'the name in the gzip header'
    at = end + 1
  }
  if ((flags & 2) !== 0) at += 2
  const inflate = createInflateRaw()
  try {
    await pipeline(
      // A stream of `file` itself would leave a listener on it for each of up to 16 members.
      createReadStream('', {
        fd: file.fd,
        start: offset + at,
        end: offset + sizeBytes - 1,
        autoClose: false,
      }),
      inflate,
      async (chunks) => {
        for await (const _ of chunks);
      },
    )
  } catch {
    // Damaged: dpkg-deb says so when it unpacks the archive.
    return null
  }
  const rest = sizeBytes - at - inflate.bytesWritten - 8
  return rest === 0 ? '' : `${rest} bytes after the gzip data`
}

/** What the index of an .xz file says of its only stream. */
export interface XzIndex {
  readonly blocks: number
  /** Compressed, each block with its padding. */
  readonly packedBytes: number
  readonly unpackedBytes: number
  /** Of the part that is neither the stream's header nor a block, its index or its footer. */
  readonly otherBytes: number
}

/** The .xz file format, 2: the footer and the index say how long the stream is. */
async function skippedInXz(file: FileHandle, part: FilePart): Promise<string | null> {
  const index = await readXzIndex(file, part)
  if (index === 'no footer') return 'bytes after the xz data'
  if (index === null) return null
  return index.otherBytes === 0 ? '' : `${index.otherBytes} bytes before or after the xz data`
}

/** The index of the last stream of an .xz file; null if it is damaged or too large. */
export async function readXzIndex(
  file: FileHandle,
  { offset, sizeBytes }: FilePart,
): Promise<XzIndex | 'no footer' | null> {
  const footer = await readAt(file, offset + sizeBytes - 12, 12)
  if (sizeBytes < 32 || footer.toString('latin1', 10, 12) !== 'YZ') return 'no footer'
  const indexBytes = (footer.readUInt32LE(4) + 1) * 4
  if (indexBytes > MAX_XZ_INDEX || indexBytes + 24 > sizeBytes) return null
  const sums = sumsOf(await readAt(file, offset + sizeBytes - 12 - indexBytes, indexBytes))
  return sums && { ...sums, otherBytes: sizeBytes - 24 - indexBytes - sums.packedBytes }
}

/** The sums of an index; null if it is damaged. */
function sumsOf(index: Buffer): Omit<XzIndex, 'otherBytes'> | null {
  if (index[0] !== 0) return null
  let at = 1
  const number = () => {
    let value = 0
    for (let shift = 0; shift < 63; shift += 7) {
      const byte = index[at] ?? 0
      at += 1
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    return Number.NaN
  }
  const blocks = number()
  let packedBytes = 0
  let unpackedBytes = 0
  for (let left = blocks; left > 0; left -= 1) {
    if (at >= index.length) return null
    packedBytes += Math.ceil(number() / 4) * 4
    unpackedBytes += number()
  }
  return Number.isSafeInteger(packedBytes) && Number.isSafeInteger(unpackedBytes)
    ? { blocks, packedBytes, unpackedBytes }
    : null
}

/** RFC 8878, 3.1: frames of blocks that say how long they are. */
async function skippedInZstd(file: FileHandle, { offset, sizeBytes }: FilePart): Promise<string | null> {
  let at = 0
  while (at < sizeBytes) {
    const header = await readAt(file, offset + at, 18)
    if (header.length < 6 || header.readUInt32LE(0) !== 0xfd2fb528)
      return `${sizeBytes - at} bytes outside of zstd data`
    const descriptor = header[4] ?? 0
    const isSingleSegment = (descriptor & 0x20) !== 0
    const sizeField = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0
    const dictionaryField = [0, 1, 2, 4][descriptor & 3] ?? 0
    at += 5 + (isSingleSegment ? 0 : 1) + dictionaryField + sizeField
    for (let isLast = false; !isLast; ) {
      const block = await readAt(file, offset + at, 3)
      if (block.length < 3) return null
      const bits = block.readUIntLE(0, 3)
      isLast = (bits & 1) !== 0
      // A block of one repeated byte has just that byte.
      at += 3 + (((bits >> 1) & 3) === 1 ? 1 : bits >> 3)
    }
    if ((descriptor & 4) !== 0) at += 4
  }
  return at === sizeBytes ? '' : null
}
