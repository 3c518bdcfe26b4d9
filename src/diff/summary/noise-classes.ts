/** The classes of noise, and how clients name those to hide. */
import { UsageError } from '../../errors.ts'
import type { NoiseClass } from './types.ts'

/** What each class of noise explains. `docs/rules.md` is made of these texts. */

export const NOISE_CLASSES: Readonly<Record<string, string>> = {
  AR_TIME: 'Times of members of a static library.',
  BINNMU_CHANGELOG: 'A changelog entry of a binary-only upload, which a rebuild in the archive adds.',
  BUILDINFO:
    'What a file of the build environment records: versions of build dependencies, paths, variables.',
  BUILD_FLAGS: 'Compiler options that name the build directory.',
  BUILD_ID: 'Build ids of ELF files, and the paths and fields that are made of them.',
  BUILD_PATH: 'The directory in which the package was built, in documentation, lists and debug information.',
  CHANGELOG_TOP: 'The first entry of the Debian changelog, if it is of this build.',
  COMPILED_IN: 'The date and time that the preprocessor puts into a program.',
  COMPRESSED_DEBUG: 'Debug sections that are compressed otherwise.',
  COMPRESSION_ONLY: 'The same content, compressed otherwise.',
  COPYRIGHT_YEAR: 'The last year of a copyright notice in generated documentation.',
  DEBUGLINK_CRC: 'The checksum of a debug file, in the program that belongs to it.',
  DOC_DATE: 'When documentation was generated.',
  ELC_STAMP: 'Who compiled an Emacs Lisp file, and when.',
  FIELD_FOLDING: 'Line breaks and blanks in fields of the control file, where they mean nothing.',
  FILE_ORDER: 'The order of members in an archive.',
  FONT_INDEX: 'The order of lines in an index of fonts that names each font once.',
  GETTEXT_DATE: 'Dates in the header of a message catalogue.',
  GO_BUILD_ID: 'The build id of a Go program.',
  GZIP_HEADER: 'Time, name and system in the header of a gzip file.',
  HASH_ORDER:
    'The order of the keys of JSON objects, and of a text that lists the same keys in another order.',
  HOSTNAME: 'Name of the machine that built, in a line that says so.',
  INSTALLED_SIZE: 'The field Installed-Size, which follows from the files.',
  JAVA_PROPS: 'Dates that java.util.Properties writes, and volatile fields of a manifest.',
  LOCALE: 'Dates in the language of the machine that built.',
  KERNEL_CPU: 'The kernel and the number of processors of the machine that built.',
  MAN_DATE: 'The date of a man page, and comments of its generator.',
  MD5SUMS: 'The list of checksums, as far as it follows from the files, and its order.',
  MEMBER_SIZES:
    'Size and time in a list of files, of a file that the report shows itself. Only filtered reports use it.',
  MTIME: 'Times of files.',
  ORDER_ONLY:
    'The order of fields, of relations, and of items of unordered lists in HTML, where it means nothing.',
  OTHER_STAMPS: 'Dates that other generators leave in their output.',
  OUTER_SIZES: 'Sizes of the compressed archives in a package.',
  OWNER_NUMBERS:
    'Number or name of the owner root, one of which is missing on a side; owners in static libraries.',
  PACKAGE_NOTE: 'The note of an ELF file that names its package and version.',
  PATH_SHELL: 'Programs found in /bin or /usr/bin, which is one directory.',
  PDF_DATE: 'Dates of a PDF file.',
  PNG_TIME: 'Times in a PNG file.',
  PS_DVI_DATE: 'Comments of a PostScript file that say when and from where it was made.',
  PYC_STAMP: 'Time, size or hash of the source in the header of a compiled Python module.',
  R_BUILT: 'When a package for R was built.',
  RANDOM_ID: 'Identifiers that generators choose at random.',
  TIMEZONE: 'One moment in the time zone of the machine that built.',
  TOOLCHAIN: 'Versions of compilers and generators, where they sign what they made.',
  UMASK: 'Write permission of the group on most files, which follows from the umask of the build.',
  USER: 'Name of the user who built, in a line that says so.',
  VERSION_ECHO: 'The own version of each side.',
  ZIP_TIME: 'Times of members of a zip file.',
}

/** Stands for all classes where clients name those to hide. */
export const ALL = 'ALL'

export const ALL_NOISE: readonly NoiseClass[] = Object.keys(NOISE_CLASSES).sort()

/**
 * The classes that a text names: `all`, or names joined by commas.
 * @throws UsageError for an unknown name
 */
export function parseHide(text: string): readonly NoiseClass[] {
  const names = text
    .split(',')
    .map((name) => name.trim().toUpperCase().replaceAll('-', '_'))
    .filter((name) => name !== '')
  if (names.includes(ALL)) return ALL_NOISE
  const unknown = names.find((name) => !Object.hasOwn(NOISE_CLASSES, name))
  if (unknown !== undefined)
    throw new UsageError(
      `There is no class of noise ${JSON.stringify(unknown.slice(0, 40))}. Name "all", or some of: ${ALL_NOISE.join(', ')}`,
    )
  return [...new Set(names)].sort()
}

/** The inverse of `parseHide`. */
export function hideText(classes: readonly NoiseClass[]): string {
  return classes.length === ALL_NOISE.length ? 'all' : classes.join()
}
