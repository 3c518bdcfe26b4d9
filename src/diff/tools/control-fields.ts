import { constants } from 'node:os'
import { basename } from 'node:path'
import { InvalidPackageError } from '../../errors.ts'
import type { Limits } from '../../model.ts'
import { runTool } from './process.ts'

/** Fields of a package's control file. */
export interface ControlFields {
  readonly package: string
  readonly version: string
  readonly architecture: string
  /** The source package; the binary package's own name and version if the control file names no source. */
  readonly source: string
  readonly sourceVersion: string
}

const FIELDS = ['Package', 'Version', 'Architecture', 'Source'] as const

const LIMITS: Limits = {
  timeoutMs: 10_000,
  memoryBytes: 500_000_000,
  cpuSeconds: 10,
  openFiles: 64,
  outputBytes: 1_000_000,
  tempBytes: 100_000_000,
}

/** What `dpkg-deb` and `tar` print when the machine is short of something, which says nothing about the package. */
const SHORTAGES = [
  ['ENOSPC', /No space left on device|Disk quota exceeded/],
  ['EROFS', /Read-only file system/],
  ['EACCES', /unable to create temporary directory/],
  ['EMFILE', /Too many open files/],
  ['ENOMEM', /Cannot allocate memory/],
] as const

function shortageError(code: (typeof SHORTAGES)[number][0], path: string): Error {
  const errno = -constants.errno[code]
  return Object.assign(new Error(`${code}, unpack '${path}'`), { code, errno, syscall: 'unpack', path })
}

/**
 * Reads a package's control file with `dpkg-deb`.
 * @param workDir absolute and private
 * @throws InvalidPackageError if it cannot be read, or lacks a field; a system error if `dpkg-deb` could not
 *   be started, or the machine is short of space or memory
 */
export async function readControlFields(path: string, workDir: string): Promise<ControlFields> {
  const chunks: Buffer[] = []
  const result = await runTool(['dpkg-deb', '--field', path, ...FIELDS], {
    workDir,
    limits: LIMITS,
    onOutput: (chunk) => {
      chunks.push(chunk)
    },
  })
  if (result.failure) throw result.failure
  const shortage = SHORTAGES.find(([, sign]) => sign.test(result.stderr))
  if (shortage) throw shortageError(shortage[0], path)
  const fields = parseFields(Buffer.concat(chunks).toString('utf8'))
  const { Package: name, Version: version, Architecture: architecture, Source: source = name } = fields
  if (result.exitCode !== 0 || !name || !version || !architecture || !source)
    throw new InvalidPackageError(
      basename(path),
      result.stderr.trim() || 'its control file lacks the package, the version or the architecture',
    )
  // Debian policy 5.6.1: the source's version follows in parentheses if it differs from the package's.
  const [, sourceName = source, sourceVersion = version] = /^(\S+)(?:\s+\((\S+)\))?$/.exec(source) ?? []
  return { package: name, version, architecture, source: sourceName, sourceVersion }
}

function parseFields(text: string): Partial<Record<(typeof FIELDS)[number], string>> {
  return Object.fromEntries(
    text.split('\n').flatMap((line) => {
      const [, field, value] = /^(\w+):\s*(.*)$/.exec(line) ?? []
      return field ? [[field, value]] : []
    }),
  )
}
