/** Checks the data archive of a package before a tool reads it. */
import { InvalidPackageError } from '../../errors.ts'
import type { Limits, LocalPackage } from '../../model.ts'
import { type RunOptions, runTool } from './process.ts'

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
 * compare it as bytes, and say nothing about it. `dpkg-deb` prints the archive; nothing is unpacked.
 * @throws InvalidPackageError; `options.signal.reason` if it aborted
 */
export async function checkDataArchive(
  { path, filename }: LocalPackage,
  options: Pick<RunOptions, 'workDir' | 'sandbox' | 'signal'> & { readonly inputDir: string },
): Promise<void> {
  const { inputDir, signal, ...run } = options
  const shape = new TarShape()
  const { stopped, failure, exitCode, stderr } = await runTool(['dpkg-deb', '--fsys-tarfile', path], {
    ...run,
    ...(signal && { signal }),
    limits: LIMITS,
    inputDirs: [inputDir],
    onOutput: (chunk) => shape.add(chunk),
  })
  if (stopped === 'aborted') throw signal?.reason
  if (stopped || failure || exitCode === null || NOT_ABOUT_THE_PACKAGE.test(stderr)) return
  const [line = ''] = stderr.replace(/^dpkg-deb: error: /, '').split('\n')
  const reason =
    exitCode === 0
      ? shape.problem
      : `cannot be read: ${line.slice(0, MAX_REASON_LENGTH) || `dpkg-deb failed (${exitCode})`}`
  if (reason !== null) throw new InvalidPackageError(filename, `its data archive ${reason}`)
}

const BLOCK_BYTES = 512
const CHECKSUM = { start: 148, end: 156 }

/** Follows the headers of a tar archive that arrives in chunks; skips the contents. */
class TarShape {
  #header = Buffer.alloc(0)
  /** Bytes of the current member that are still to be skipped. */
  #skip = 0
  #bytes = 0
  #isTar = true

  /** What is wrong with the whole archive, as a verb phrase; null if nothing is. */
  get problem(): string | null {
    if (this.#bytes === 0) return 'is empty'
    if (!this.#isTar) return 'is not a tar archive'
    return this.#skip > 0 || this.#header.length > 0 ? 'ends within a member' : null
  }

  add(chunk: Buffer): void {
    this.#bytes += chunk.length
    let rest = chunk
    while (rest.length > 0 && this.#isTar) {
      const skipped = Math.min(this.#skip, rest.length)
      this.#skip -= skipped
      rest = rest.subarray(skipped)
      if (rest.length === 0) return
      const missing = BLOCK_BYTES - this.#header.length
      this.#header = Buffer.concat([this.#header, rest.subarray(0, missing)])
      rest = rest.subarray(missing)
      if (this.#header.length < BLOCK_BYTES) return
      this.#read(this.#header)
      this.#header = Buffer.alloc(0)
    }
  }

  #read(header: Buffer): void {
    // Blocks of zeros end the archive.
    if (header.every((byte) => byte === 0)) return
    const size = sizeOf(header)
    if (size === null || !hasItsChecksum(header)) this.#isTar = false
    else this.#skip = Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES
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
