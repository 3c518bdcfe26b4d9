/**
 * Makes `dpkg-deb` fail while it reads a package for a summary. Its path is fixed, so a test cannot replace
 * it.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import type { PackageSpec } from '../fixtures/packages.ts'

/** A package that takes `dpkg-deb` long enough to be sent a signal. */
export function slowPackage(version: string): PackageSpec {
  return { name: 'hello', version, files: { 'usr/share/hello/zeros': Buffer.alloc(256 * 1024 * 1024) } }
}

/** The processes that read the files of a package now. */
export function readersOf(filename: string): string[] {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && isReader(pid, filename))
}

/**
 * Sends a signal to the `dpkg-deb` that reads the files of a package, as soon as it runs.
 * @param earlier processes of an earlier operation, which may not have ended yet
 * @param isOver whether the operation has ended, so that no reader will come
 */
export async function signalReader(
  filename: string,
  signal: NodeJS.Signals,
  earlier: readonly string[],
  isOver: () => boolean,
): Promise<void> {
  while (!isOver()) {
    for (const pid of readersOf(filename).filter((one) => !earlier.includes(one))) {
      try {
        process.kill(Number(pid), signal)
        return
      } catch {
        // The process has ended meanwhile.
      }
    }
    await sleep(5)
  }
}

function isReader(pid: string, filename: string): boolean {
  try {
    const [command, option, path] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    return command === 'dpkg-deb' && option === '--fsys-tarfile' && Boolean(path?.endsWith(`/${filename}`))
  } catch {
    // The process has ended since the directory was read.
    return false
  }
}

/** Where the parts of an `ar` member's header begin and end, in bytes. */
const AR = { magic: 8, header: 60, nameEnd: 16, sizeStart: 48, sizeEnd: 58 }
/** The length of an xz stream's header, in bytes. */
const XZ_STREAM_HEADER = 12
const LZMA2_FILTER = 0x21
/** LZMA2's code for a dictionary of 1.5 GiB. */
const HUGE_DICTIONARY = 37

/**
 * Changes a package with an xz archive of files so that unpacking it needs 1.5 GiB of memory: the header of
 * the archive announces a dictionary of that size. See section 5.3.1 of the xz file format.
 */
export async function announceHugeDictionary(path: string): Promise<void> {
  const bytes = await readFile(path)
  const block = dataStart(bytes) + XZ_STREAM_HEADER
  const header = bytes.subarray(block, block + (Number(bytes[block]) + 1) * 4)
  const dictionary = header.indexOf(Buffer.from([LZMA2_FILTER, 1])) + 2
  header[dictionary] = HUGE_DICTIONARY
  header.writeUInt32LE(crc32(header.subarray(0, -4)), header.length - 4)
  await writeFile(path, bytes)
}

/** Offset of the contents of `data.tar.xz` in a package, which is an `ar` archive. */
function dataStart(bytes: Buffer): number {
  for (let at = AR.magic; at < bytes.length; ) {
    const name = bytes.toString('latin1', at, at + AR.nameEnd).trim()
    const size = Number(bytes.toString('latin1', at + AR.sizeStart, at + AR.sizeEnd))
    at += AR.header
    if (name === 'data.tar.xz') return at
    at += size + (size % 2)
  }
  throw new Error('The package has no data.tar.xz')
}
