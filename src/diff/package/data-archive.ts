/** Checks the data archive of a package before a tool reads it. */
import { InvalidPackageError } from '../../errors.ts'
import type { Limits, LocalPackage } from '../../model.ts'
import type { ToolResult } from '../tools/process.ts'
import { type CheckOptions, collectArchive } from './collect-archive.ts'
import { TarHeaders } from './tar-headers.ts'

const MAX_REASON_LENGTH = 200
/** A larger archive, or one that takes longer, is left to the limits of the tools. */
const LIMITS: Limits = {
  timeoutMs: 120_000,
  memoryBytes: 1_500_000_000,
  cpuSeconds: 120,
  openFiles: 64,
  outputBytes: 2_000_000_000,
  tempBytes: 1_000_000,
}
/** Anything else that `dpkg-deb` prints is about the package. */
const NOT_ABOUT_THE_PACKAGE =
  /Cannot allocate memory|Memory usage limit|killed by signal|No space left|Too many open files|fork failed/

/**
 * Rejects a package whose data archive cannot be decompressed or is not a tar archive. diffoscope would
 * compare it as bytes, and say nothing about it. Its files are not written anywhere.
 * @throws InvalidPackageError; as `collectArchive`
 */
export async function checkDataArchive(
  { path, filename }: LocalPackage,
  options: CheckOptions,
): Promise<void> {
  const shape = new TarShape()
  const result = await collectArchive(path, 'data', LIMITS, options, (chunk) => shape.add(chunk))
  const problem = result ? problemOf(result, shape) : shape.problem
  if (problem !== null) throw new InvalidPackageError(filename, `its data archive ${problem}`)
}

/** What is wrong with the archive, as a verb phrase; null if nothing is, or that is not known. */
function problemOf({ stopped, failure, exitCode, stderr }: ToolResult, shape: TarShape): string | null {
  if (stopped || failure || exitCode === null || NOT_ABOUT_THE_PACKAGE.test(stderr)) return null
  if (exitCode === 0) return shape.problem
  const [line = ''] = stderr.replace(/^dpkg-deb: error: /, '').split('\n')
  return `cannot be read: ${line.slice(0, MAX_REASON_LENGTH) || `dpkg-deb failed (${exitCode})`}`
}

const CHECKSUM = { start: 148, end: 156 }

/** Whether an archive that arrives in chunks is a whole tar archive. */
class TarShape {
  readonly #headers = new TarHeaders((header) => this.#read(header))
  #isEmpty = true
  #isTar = true

  /** What is wrong with the whole archive, as a verb phrase; null if nothing is. */
  get problem(): string | null {
    if (this.#isEmpty) return 'is empty'
    if (!this.#isTar) return 'is not a tar archive'
    return this.#headers.isWithinMember ? 'ends within a member' : null
  }

  add(chunk: Buffer): void {
    if (chunk.length > 0) this.#isEmpty = false
    this.#headers.add(chunk)
  }

  #read(header: Buffer): number | null {
    const size = hasItsChecksum(header) ? sizeOf(header) : null
    this.#isTar = size !== null
    return size
  }
}

/** The sum of all bytes, with spaces in place of the checksum itself. */
function hasItsChecksum(header: Buffer): boolean {
  const stated = Number.parseInt(header.toString('latin1', CHECKSUM.start, CHECKSUM.end).trim(), 8)
  const sum = header.reduce(
    (total, byte, at) => total + (at >= CHECKSUM.start && at < CHECKSUM.end ? 0x20 : byte),
    0,
  )
  return sum === stated
}

/** Bytes: octal, or binary for 8 GB and more, which the first bit says. Null if it is neither. */
function sizeOf(header: Buffer): number | null {
  if (((header[124] ?? 0) & 0x80) !== 0) return Number(header.readBigUInt64BE(128))
  const [text = ''] = header.toString('latin1', 124, 136).split('\0')
  return /^ *[0-7]* *$/.test(text) ? Number.parseInt(text.trim() || '0', 8) : null
}
