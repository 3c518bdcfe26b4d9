import type { Binary } from '../model.ts'

// Debian policy 5.6.1 and 5.6.12. In file names the epoch is usually omitted, else its colon is written `%3a`
// or, by some tools, not escaped. Ubuntu's packages with debug symbols are called `.ddeb`.
const VALID_NAME =
  /^(?<package>[a-z0-9][a-z0-9+.-]+)_(?<version>(?:\d+(?:%3a|:))?[A-Za-z0-9][A-Za-z0-9.+~-]*)_(?<architecture>[a-z0-9][a-z0-9-]*)\.(?<kind>deb|udeb|ddeb)$/i
const PACKAGE_EXTENSION = /\.[ud]?deb$/i

/** A file that is named like a package, but is not taken for one. */
export interface PassedOverFile {
  readonly filename: string
  readonly reason: string
}

/**
 * Parses the file name of a binary package; null unless it is `NAME_VERSION_ARCH.deb`, `.udeb` or `.ddeb`
 * in the characters that Debian allows. Tools must never see other names: newlines could forge headings in debdiff's
 * output, and leading dashes could be taken for options.
 */
export function parseBinaryName(
  filename: string,
): Pick<Binary, 'kind' | 'package' | 'version' | 'architecture'> | null {
  const { package: name, version, architecture, kind } = VALID_NAME.exec(filename)?.groups ?? {}
  if (!name || !version || !architecture || !kind || filename.length > 255) return null
  if (kind !== 'deb' && kind !== 'udeb' && kind !== 'ddeb') return null
  return {
    kind: kind === 'udeb' ? 'udeb' : 'deb',
    package: name,
    version: version.replace(/%3a/i, ':'),
    architecture,
  }
}

/** Those of the names that end like a package's but are not valid, sorted, with what is wrong. */
export function passedOverFiles(filenames: readonly string[]): PassedOverFile[] {
  return filenames
    .filter((filename) => PACKAGE_EXTENSION.test(filename) && !parseBinaryName(filename))
    .sort()
    .map((filename) => ({ filename, reason: reasonFor(filename) }))
}

function reasonFor(filename: string): string {
  if (filename.length > 255) return 'Its name is longer than 255 characters'
  if (!/\.[ud]?deb$/.test(filename)) return 'Its extension is not in lower case'
  const parts = filename.split('_').length
  if (parts !== 3)
    return `Its name must have the form NAME_VERSION_ARCHITECTURE.deb, with two underscores, not ${parts - 1}`
  return "Its name contains characters that Debian does not allow in a package's name, version or architecture"
}
