/** What lies in a package's control archive, looked at before a tool unpacks it. */
import { DiffCommandError, InvalidPackageError } from '../../errors.ts'
import type { Limits, LocalPackage } from '../../model.ts'
import { type RunOptions, runTool } from './process.ts'

/** Maintainer scripts, a list of checksums: those of the largest packages are a few megabytes. */
const MAX_ARCHIVE_BYTES = 64_000_000
const LIMITS: Limits = {
  timeoutMs: 20_000,
  memoryBytes: 500_000_000,
  cpuSeconds: 20,
  openFiles: 64,
  outputBytes: MAX_ARCHIVE_BYTES,
  tempBytes: 1_000_000,
}

/**
 * Refuses a package whose control archive has anything but regular files and directories, or names that lead out of it: `dpkg-deb` reads the archive out, nothing is
 * unpacked.
 * @throws InvalidPackageError; DiffCommandError where it could not be looked at; what `options.signal` was aborted with
 */
export async function checkControlArchive(
  { path, filename }: LocalPackage,
  options: Pick<RunOptions, 'workDir' | 'sandbox' | 'signal'> & { readonly inputDir: string },
): Promise<void> {
  const { inputDir, signal, ...run } = options
  const members = new TarMembers()
  const result = await runTool(['dpkg-deb', '--ctrl-tarfile', path], {
    ...run,
    ...(signal && { signal }),
    limits: LIMITS,
    inputDirs: [inputDir],
    onOutput: (chunk) => members.add(chunk),
  })
  const refuse = (reason: string): never => {
    throw new InvalidPackageError(filename, reason)
  }
  if (result.stopped === 'aborted') throw signal?.reason
  if (result.stopped === 'output')
    refuse(`its control archive has more than ${MAX_ARCHIVE_BYTES / 1e6} MB when it is unpacked`)
  if (result.stopped) refuse('its control archive takes too much to read')
  if (members.wrong) refuse(`its control archive has ${members.wrong}`)
  if (result.exitCode === 0 && !members.hasControl) refuse('its control archive has no file "control"')
  if (result.failure) {
    const reason = `could not be started: ${result.failure.message}`
    const error = new DiffCommandError('debdiff', {
      exitCode: null,
      stderr: result.stderr,
      reason,
      retryable: true,
    })
    // Short of means, or of room: it is judged by that.
    throw Object.assign(error, { cause: result.failure })
  }
  if (result.exitCode !== 0) {
    const [line = ''] = result.stderr.replace(/^dpkg-deb: error: /, '').split('\n')
    refuse(
      `its control archive cannot be read: ${line.slice(0, 200) || `dpkg-deb failed (${result.exitCode ?? result.signal})`}`,
    )
  }
}

const BLOCK = 512
/** Regular files, old and new; directories; what only says more about the next member: long names (GNU), extended headers (POSIX). */
const LAWFUL = new Map([
  ['\0', 'a file'],
  ['0', 'a file'],
  ['5', 'a directory'],
  ['L', 'a long name'],
  ['K', 'a long link name'],
  ['x', 'an extended header'],
  ['g', 'a global header'],
])
const KINDS: Readonly<Record<string, string>> = {
  1: 'a hard link',
  2: 'a symbolic link',
  3: 'a character device',
  4: 'a block device',
  6: 'a FIFO',
  S: 'a sparse file',
}

/** Reads a tar archive as it comes; looks at its members' headers alone. */
class TarMembers {
  /** What it has that it may not have; null so far. */
  wrong: string | null = null
  hasControl = false
  #header = Buffer.alloc(0)
  /** Bytes of a member that are passed over. */
  #skip = 0

  add(chunk: Buffer): void {
    let rest = chunk
    while (rest.length > 0 && this.wrong === null) {
      const skipped = Math.min(this.#skip, rest.length)
      this.#skip -= skipped
      rest = rest.subarray(skipped)
      const wanted = BLOCK - this.#header.length
      if (rest.length === 0) return
      this.#header = Buffer.concat([this.#header, rest.subarray(0, wanted)])
      rest = rest.subarray(wanted)
      if (this.#header.length < BLOCK) return
      this.#read(this.#header)
      this.#header = Buffer.alloc(0)
    }
  }

  #read(header: Buffer): void {
    // The end is blocks of zeros.
    if (header.every((byte) => byte === 0)) return
    const name =
      textOf(header, 345, 155, header.toString('latin1', 257, 262) === 'ustar') + textOf(header, 0, 100)
    const type = String.fromCharCode(header[156] ?? 0)
    const size = sizeOf(header)
    if (size === null) this.wrong = 'a member of no lawful size'
    else if (!LAWFUL.has(type))
      this.wrong = `${KINDS[type] ?? 'a member of an unknown kind'} ${JSON.stringify(name)}`
    else if (name.startsWith('/') || name.split('/').includes('..'))
      this.wrong = `a name that leads out of it: ${JSON.stringify(name)}`
    else if (/^(\.\/)?control$/.test(name) && (type === '0' || type === '\0')) this.hasControl = true
    this.#skip = Math.ceil((size ?? 0) / BLOCK) * BLOCK
  }
}

function textOf(header: Buffer, from: number, length: number, there = true): string {
  const [text = ''] = there ? header.toString('latin1', from, from + length).split('\0') : ['']
  return text && from > 0 ? `${text}/` : text
}

/** Octal, or from 8 GB on binary, which no control archive needs. */
function sizeOf(header: Buffer): number | null {
  const text = header
    .toString('latin1', 124, 136)
    .replace(/[\0 ]+$/, '')
    .trimStart()
  return /^[0-7]{1,12}$/.test(text) ? Number.parseInt(text, 8) : null
}
