import type { Binary } from '../model.ts'

// Debian policy 5.6.1 and 5.6.12. An epoch's colon occurs as `%3a` in file names, or the epoch is left out.
const LAWFUL_NAME =
  /^(?<package>[a-z0-9][a-z0-9+.-]+)_(?<version>(?:\d+%3a)?[A-Za-z0-9][A-Za-z0-9.+~-]*)_(?<architecture>[a-z0-9][a-z0-9-]*)\.(?<kind>deb|udeb)$/i

/**
 * What a file name says of a binary package, or null where it is not `NAME_VERSION_ARCH.deb` or `.udeb` in Debian's alphabet.
 * Such names (newlines, leading dashes, blanks) forge headings in debdiff's output and options on command lines, so no tool
 * ever sees one.
 */
export function parseBinaryName(
  filename: string,
): Pick<Binary, 'kind' | 'package' | 'version' | 'architecture'> | null {
  const { package: name, version, architecture, kind } = LAWFUL_NAME.exec(filename)?.groups ?? {}
  if (!name || !version || !architecture || !kind || filename.length > 255) return null
  if (kind !== 'deb' && kind !== 'udeb') return null
  return { kind, package: name, version: version.replace(/%3a/i, ':'), architecture }
}
