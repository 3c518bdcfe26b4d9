import type { Binary } from '../model.ts'

// Debian policy 5.6.1 and 5.6.12. In file names the colon of an epoch is written `%3a`, or the epoch is
// omitted.
const VALID_NAME =
  /^(?<package>[a-z0-9][a-z0-9+.-]+)_(?<version>(?:\d+%3a)?[A-Za-z0-9][A-Za-z0-9.+~-]*)_(?<architecture>[a-z0-9][a-z0-9-]*)\.(?<kind>deb|udeb)$/i

/**
 * Parses the file name of a binary package; null unless it is `NAME_VERSION_ARCH.deb` or `.udeb` in the
 * characters that Debian allows. Tools must never see other names: newlines could forge headings in debdiff's
 * output, and leading dashes could be taken for options.
 */
export function parseBinaryName(
  filename: string,
): Pick<Binary, 'kind' | 'package' | 'version' | 'architecture'> | null {
  const { package: name, version, architecture, kind } = VALID_NAME.exec(filename)?.groups ?? {}
  if (!name || !version || !architecture || !kind || filename.length > 255) return null
  if (kind !== 'deb' && kind !== 'udeb') return null
  return { kind, package: name, version: version.replace(/%3a/i, ':'), architecture }
}
