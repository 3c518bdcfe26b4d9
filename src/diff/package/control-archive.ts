/** Checks the control archive of a package before a tool unpacks it. */
import { DiffCommandError, InvalidPackageError } from '../../errors.ts'
import type { Limits, LocalPackage } from '../../model.ts'
import type { ToolResult } from '../tools/process.ts'
import { type CheckOptions, collectArchive } from './collect-archive.ts'
import { TarHeaders } from './tar-headers.ts'

/** Maintainer scripts and a list of checksums: those of the largest packages have a few megabytes. */
const MAX_ARCHIVE_BYTES = 64_000_000
const MAX_REASON_LENGTH = 200
const LIMITS: Limits = {
  timeoutMs: 20_000,
  memoryBytes: 500_000_000,
  cpuSeconds: 20,
  openFiles: 64,
  outputBytes: MAX_ARCHIVE_BYTES,
  tempBytes: 1_000_000,
}

/**
 * Rejects a package whose control archive has anything but regular files and directories, or a name that
 * leads out of the archive. Its files are not written anywhere.
 * @throws InvalidPackageError; DiffCommandError if the archive could not be read for another reason; as `collectArchive`
 */
export async function checkControlArchive(
  { path, filename }: LocalPackage,
  options: CheckOptions,
): Promise<void> {
  const members = new ControlMembers()
  const result = await collectArchive(path, 'control', LIMITS, options, (chunk) => members.add(chunk))
  const problem = result ? problemOf(result, members) : members.problem
  if (problem !== null) throw refusedControl(filename, problem)
}

/** @param problem a verb phrase */
export function refusedControl(filename: string, problem: string): InvalidPackageError {
  return new InvalidPackageError(filename, `its control archive ${problem}`)
}

/**
 * What is wrong with the archive, as a verb phrase; null if nothing is.
 * @throws DiffCommandError if `dpkg-deb` could not be started
 */
function problemOf(result: ToolResult, members: ControlMembers): string | null {
  if (result.stopped === 'output')
    return `has more than ${MAX_ARCHIVE_BYTES / 1e6} MB when it is decompressed`
  if (result.stopped) return `needs too much time or memory to read (limit: ${result.stopped})`
  if (result.exitCode === 0 || members.isForbidden) {
    const { problem } = members
    if (problem !== null) return problem
  }
  if (result.failure) throw startError(result.failure, result.stderr)
  if (result.exitCode === 0) return null
  const [line = ''] = result.stderr.replace(/^dpkg-deb: error: /, '').split('\n')
  const reason = line.slice(0, MAX_REASON_LENGTH) || `dpkg-deb failed (${result.exitCode ?? result.signal})`
  return `cannot be read: ${reason}`
}

/** The cause tells callers whether the disk or the process's resources were exhausted. */
function startError(cause: Error, stderr: string): DiffCommandError {
  const reason = `could not be started: ${cause.message}`
  const error = new DiffCommandError('debdiff', { exitCode: null, stderr, reason, retryable: true })
  return Object.assign(error, { cause })
}

/**
 * Types that a control archive may have. The last four describe the next member: GNU's and POSIX's long
 * names.
 */
const ALLOWED_TYPES = new Set(['\0', '0', '5', 'L', 'K', 'x', 'g'])
const FORBIDDEN_TYPES: Readonly<Record<string, string>> = {
  1: 'a hard link',
  2: 'a symbolic link',
  3: 'a character device',
  4: 'a block device',
  6: 'a FIFO',
  S: 'a sparse file',
}

/** Reads the member headers of a tar archive that arrives in chunks; skips the contents. */
export class ControlMembers {
  /** The first forbidden thing that the archive has, as a noun phrase; null if there is none so far. */
  #forbidden: string | null = null
  #hasControl = false
  readonly #headers = new TarHeaders((header) => this.#read(header))

  add(chunk: Buffer): void {
    this.#headers.add(chunk)
  }

  get isForbidden(): boolean {
    return this.#forbidden !== null
  }

  /** What is wrong with the whole archive, as a verb phrase; null if nothing is. */
  get problem(): string | null {
    if (this.#forbidden !== null) return `has ${this.#forbidden}`
    return this.#hasControl ? null : 'has no file "control"'
  }

  #read(header: Buffer): number | null {
    const name = nameOf(header)
    const type = String.fromCharCode(header[156] ?? 0)
    const size = sizeOf(header)
    if (size === null) this.#forbidden = 'a member whose size is not a valid number'
    else if (!ALLOWED_TYPES.has(type))
      this.#forbidden = `${FORBIDDEN_TYPES[type] ?? 'a member of an unknown type'} ${JSON.stringify(name)}`
    else if (name.startsWith('/') || name.split('/').includes('..'))
      this.#forbidden = `a name that leads out of it: ${JSON.stringify(name)}`
    else if (/^(\.\/)?control$/.test(name) && (type === '0' || type === '\0')) this.#hasControl = true
    return this.#forbidden === null ? size : null
  }
}

/** The POSIX format continues long names in a second field, the prefix. */
function nameOf(header: Buffer): string {
  const isPosix = header.toString('latin1', 257, 262) === 'ustar'
  const prefix = isPosix ? textAt(header, 345, 155) : ''
  const name = textAt(header, 0, 100)
  return prefix ? `${prefix}/${name}` : name
}

function textAt(header: Buffer, from: number, length: number): string {
  const [text = ''] = header.toString('latin1', from, from + length).split('\0')
  return text
}

/** Bytes, or null. Sizes are octal; the binary form starts at 8 GB, which no control archive needs. */
function sizeOf(header: Buffer): number | null {
  const text = header
    .toString('latin1', 124, 136)
    .replace(/[\0 ]+$/, '')
    .trimStart()
  return /^[0-7]{1,12}$/.test(text) ? Number.parseInt(text, 8) : null
}
