/**
 * Unpacks the archives of small packages in this process, because dpkg-deb in a sandbox takes longer to start than these take to unpack
 * (`bench/README.md`, "summary"). The decoder of xz is WebAssembly, which cannot leave its memory; that of gzip is Node's, as for files in packages.
 */
import { type FileHandle, open } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import xzDecompress from 'xz-decompress'
import { type FilePart, readXzIndex } from './compressed-member.ts'
import { type OuterArchive, readOuterArchive } from './outer-archive.ts'

export type ArchiveName = 'control' | 'data'

/** Of a package. To unpack one of this size takes about 16 ms. A sandbox with dpkg-deb takes 27 ms, and then unpacks. */
const MAX_PACKAGE_BYTES = 256 << 10
/** Of an archive. */
const MAX_UNPACKED_BYTES = 4 << 20
/** The .xz file format, 5.3.1: 8 MB, as `xz -6` uses. */
const MAX_DICTIONARY = 22
const XZ_HEADER = Buffer.from('\xfd7zXZ\0', 'latin1')
const LZMA2 = 0x21
/** In the order in which dpkg-deb writes them. */
const MEMBERS = [/^debian-binary$/, /^control\.tar\.[gx]z$/, /^data\.tar\.[gx]z$/]
const PLACES: Readonly<Record<ArchiveName, number>> = { control: 1, data: 2 }
const inflate = promisify(gunzip)

export interface SmallPackageOptions {
  /** An archive that is larger when it is unpacked is left to dpkg-deb. */
  readonly maxBytes?: number
  /** What the caller reads for itself. */
  readonly outer?: Promise<OuterArchive>
}

/**
 * An archive of a package, unpacked. Null for a package that is not small, or has not exactly the form in which dpkg-deb writes packages, or is damaged:
 * dpkg-deb then decides whether and how it can be read.
 * @throws errors of the system
 */
export async function unpackSmallPackage(
  path: string,
  name: ArchiveName,
  { maxBytes = MAX_UNPACKED_BYTES, outer }: SmallPackageOptions = {},
): Promise<Buffer | null> {
  const file = await open(path, 'r')
  try {
    if ((await file.stat()).size > MAX_PACKAGE_BYTES) return null
    const archive = await (outer ?? readOuterArchive(path))
    const member = archive.members[PLACES[name]]
    if (!member || !(await isUsual(archive, file))) return null
    const unpack = member.name.endsWith('.xz') ? unpackXz : unpackGzip
    return await unpack(file, member, Math.min(maxBytes, MAX_UNPACKED_BYTES))
  } finally {
    await file.close()
  }
}

/** Whether a package has the three members that dpkg-deb writes, each as it writes it, and nothing else. */
async function isUsual({ members, trailingBytes }: OuterArchive, file: FileHandle): Promise<boolean> {
  const version = members[0]
  return (
    trailingBytes === 0 &&
    members.length === MEMBERS.length &&
    members.every(({ name, hidden }, at) => MEMBERS[at]?.test(name) && hidden === '') &&
    version !== undefined &&
    (await read(file, version)).toString('latin1') === '2.0\n'
  )
}

/** Null for an archive that is damaged. */
async function unpackGzip(file: FileHandle, part: FilePart, maxBytes: number): Promise<Buffer | null> {
  try {
    return await inflate(await read(file, part), { maxOutputLength: maxBytes })
  } catch {
    return null
  }
}

/** Null for an archive that is damaged, or uses what dpkg-deb does not write. */
async function unpackXz(file: FileHandle, part: FilePart, maxBytes: number): Promise<Buffer | null> {
  const index = await readXzIndex(file, part)
  if (index === null || index === 'no footer') return null
  if (index.blocks !== 1 || index.otherBytes !== 0 || index.unpackedBytes > maxBytes) return null
  const packed = await read(file, part)
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

async function read(file: FileHandle, { offset, sizeBytes }: FilePart): Promise<Buffer> {
  const bytes = Buffer.alloc(sizeBytes)
  const { bytesRead } = await file.read(bytes, 0, sizeBytes, offset)
  return bytes.subarray(0, bytesRead)
}
