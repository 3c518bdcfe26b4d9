import { basename } from 'node:path'
import { InvalidPackageError } from '../../errors.ts'
import type { Limits } from '../../model.ts'
import { runTool } from './process.ts'

/** What a package says of itself. */
export interface ControlFields {
  readonly package: string
  readonly version: string
  readonly architecture: string
  /** The source package and its version: the same as the package's own unless it says otherwise. */
  readonly source: string
  readonly sourceVersion: string
}

const FIELDS = ['Package', 'Version', 'Architecture', 'Source'] as const

/** A control file is small; reading one takes a blink. */
const LIMITS: Limits = {
  timeoutMs: 10_000,
  memoryBytes: 500_000_000,
  cpuSeconds: 10,
  openFiles: 64,
  outputBytes: 1_000_000,
  tempBytes: 100_000_000,
}

/**
 * Reads a package's control file with `dpkg-deb`.
 * @param workDir absolute and private
 * @throws InvalidPackageError where it cannot be read
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
  const fields = parseFields(Buffer.concat(chunks).toString('utf8'))
  const { Package: name, Version: version, Architecture: architecture, Source: source = name } = fields
  if (result.exitCode !== 0 || !name || !version || !architecture || !source)
    throw new InvalidPackageError(
      basename(path),
      result.stderr.trim() || 'its control file names no package and version',
    )
  // Debian policy 5.6.1: the source's version follows in parentheses where it is another one.
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
