/**
 * Unpacks small archives of packages in this process, because dpkg-deb in a sandbox takes longer to start than these take to unpack (`bench/README.md`,
 * "summary"). The decoders of xz and zstd are WebAssembly, which cannot leave its memory; that of gzip is Node's, as for files in packages.
 */
import { type FileHandle, open } from 'node:fs/promises'
import { extname } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import xzDecompress from 'xz-decompress'
import { ZstdDecoder } from '../content/zstd-decoder.ts'
import { type FilePart, readAt, readXzIndex, skippedBytes } from './compressed-member.ts'
import { MAGIC, type MemberHeader, readMemberHeaders } from './outer-archive.ts'

export type ArchiveName = 'control' | 'data'

/** With these, dpkg-deb prints an archive. */
export const PRINT_OPTIONS: Readonly<Record<ArchiveName, string>> = {
  control: '--ctrl-tarfile',
  data: '--fsys-tarfile',
}

/**
 * To unpack two archives of this size one after the other takes 56 ms. That is as long as two sandboxes need, which take 27 ms to start and then unpack
 * both at once.
 */
const MAX_PACKED_BYTES = 512 << 10
const MAX_UNPACKED_BYTES = 4 << 20
/** The .xz file format, 5.3.1: 8 MB, as `xz -6` uses. */
const MAX_DICTIONARY = 22
const XZ_HEADER = Buffer.from('\xfd7zXZ\0', 'latin1')
const LZMA2 = 0x21
/** In the order in which dpkg-deb writes them. */
const MEMBERS = [/^debian-binary$/, /^control\.tar\.(gz|xz|zst)$/, /^data\.tar\.(gz|xz|zst)$/]
const VERSION = '2.0\n'
const PLACES: Readonly<Record<ArchiveName, number>> = { control: 1, data: 2 }
const inflate = promisify(gunzip)

/**
 * An archive of a package, unpacked. Null for one that is not small, or damaged, and for a package that has not exactly the form that dpkg-deb writes:
 * dpkg-deb then decides whether and how it can be read.
 * @param maxBytes an archive that is larger when it is unpacked is left to dpkg-deb
 * @throws errors of the system
 */
export async function unpackSmallArchive(
  path: string,
  name: ArchiveName,
  maxBytes = MAX_UNPACKED_BYTES,
): Promise<Buffer | null> {
  const file = await open(path, 'r')
  try {
    const member = await findUsual(file, name)
    if (!member || member.sizeBytes > MAX_PACKED_BYTES) return null
    const unpack = UNPACK[extname(member.name)]
    return unpack ? await unpack(file, member, Math.min(maxBytes, MAX_UNPACKED_BYTES)) : null
  } finally {
    await file.close()
  }
}

/** An archive of a package with the three members that dpkg-deb writes and nothing else. Null for other packages. */
async function findUsual(file: FileHandle, name: ArchiveName): Promise<MemberHeader | null> {
  const { headers, end, sizeBytes } = await readMemberHeaders(file)
  const [version] = headers
  const isUsual =
    end === sizeBytes &&
    headers.length === MEMBERS.length &&
    headers.every((header, at) => MEMBERS[at]?.test(header.name)) &&
    (await readAt(file, 0, MAGIC.length)).toString('latin1') === MAGIC &&
    version?.sizeBytes === VERSION.length &&
    (await readPart(file, version)).toString('latin1') === VERSION
  return isUsual ? (headers[PLACES[name]] ?? null) : null
}

const hasSkippedBytes = async (file: FileHandle, member: MemberHeader) =>
  (await skippedBytes(file, member.name, member)) !== ''

async function unpackGzip(file: FileHandle, member: MemberHeader, maxBytes: number): Promise<Buffer | null> {
  if (await hasSkippedBytes(file, member)) return null
  try {
    return await inflate(await readPart(file, member), { maxOutputLength: maxBytes })
  } catch {
    return null
  }
}

async function unpackZstd(file: FileHandle, member: MemberHeader, maxBytes: number): Promise<Buffer | null> {
  if (await hasSkippedBytes(file, member)) return null
  const packed = await readPart(file, member)
  try {
    return Buffer.from(new ZstdDecoder(packed.length, maxBytes).decode(packed, maxBytes))
  } catch {
    return null
  }
}

async function unpackXz(file: FileHandle, member: MemberHeader, maxBytes: number): Promise<Buffer | null> {
  const index = await readXzIndex(file, member)
  if (index === null || index === 'no footer') return null
  if (index.blocks !== 1 || index.otherBytes !== 0 || index.unpackedBytes > maxBytes) return null
  const packed = await readPart(file, member)
  if (!isPlainXz(packed)) return null
  const unpacked = Buffer.alloc(index.unpackedBytes)
  let at = 0
  try {
    for await (const chunk of new xzDecompress.XzReadableStream(streamOf(packed))) {
      if (at + chunk.length > unpacked.length) return null
      unpacked.set(chunk, at)
      at += chunk.length
      // Nothing else waits for input or output here, so the event loop would stand still meanwhile.
      await setImmediate()
    }
  } catch {
    return null
  }
  return at === unpacked.length ? unpacked : null
}

/** Whether the first block has no filter but LZMA2, with a dictionary of at most 8 MB. The .xz file format, 2.1.1 and 3.1. */
function isPlainXz(packed: Buffer): boolean {
  if (!packed.subarray(0, XZ_HEADER.length).equals(XZ_HEADER)) return false
  const flags = packed[13] ?? 0
  if ((flags & 0x3f) !== 0) return false
  let at = 14
  for (const isPresent of [(flags & 0x40) !== 0, (flags & 0x80) !== 0])
    if (isPresent) {
      while (((packed[at] ?? 0) & 0x80) !== 0) at += 1
      at += 1
    }
  return packed[at] === LZMA2 && packed[at + 1] === 1 && (packed[at + 2] ?? 0) <= MAX_DICTIONARY
}

function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes)
      controller.close()
    },
  })
}

/** Null for an archive that is damaged, has bytes that unpackers skip, or uses what dpkg-deb does not write. */
type Unpack = (file: FileHandle, member: MemberHeader, maxBytes: number) => Promise<Buffer | null>

const UNPACK: Readonly<Record<string, Unpack>> = { '.gz': unpackGzip, '.xz': unpackXz, '.zst': unpackZstd }

const readPart = (file: FileHandle, { offset, sizeBytes }: FilePart) => readAt(file, offset, sizeBytes)
