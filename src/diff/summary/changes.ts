/** What differs between two packages, as facts: the rules decide whether it matters, `noise.ts` what a rebuild explains. */
import type { LocalPackage } from '../../model.ts'
import type { Paragraph } from '../package/deb822.ts'
import type { Entry } from '../package/entry-record.ts'
import type { PackageContents } from '../package/package-contents.ts'
import type { ContentDifference } from './content/content.ts'
import type { FileChangeKind, NoiseClass } from './types.ts'

/** So many files that differ are looked at together. */
export const MAX_FILES = 5_000

/** A package with its contents. */
export interface ReadPackage {
  readonly package: LocalPackage
  /** Null where it could not be read; then `error` says why. */
  readonly contents: PackageContents | null
  readonly error: string | null
}

/** Where a file belongs, by its path: each file has one place, and each place one rule for changed content. */
export type Place =
  | 'control file'
  | 'security'
  | 'service'
  | 'conffile'
  | 'header'
  | 'licence'
  | 'changelog'
  | 'news'
  | 'document'
  | 'other'

/** A member of the data archive (or of the control archive, below `control/`) that differs. */
export interface FileChange {
  /** As bytes: one character each. */
  readonly path: string
  /** Where it was before; only for `MOVED`. */
  readonly oldPath: string | null
  readonly change: FileChangeKind
  readonly old: Entry | null
  readonly new: Entry | null
  readonly place: Place
  /** Null where the content is equal, or only on one side. */
  readonly content: ContentDifference | null
  /** The beginning of the text of a file that is on one side only; empty for anything else. */
  readonly text: string
  /** Of the content and of the attributes. */
  readonly noise: ReadonlySet<NoiseClass>
  /** Whether the mode differs by more than the umask of the build. */
  readonly hasModeChange: boolean
  readonly hasOwnerChange: boolean
  /** Why it could not be compared, or null. */
  readonly undecided: string | null
}

/** One side of a pair of packages, with what rules look up in it. */
export interface PackageSide {
  readonly contents: PackageContents
  readonly fields: Paragraph
  readonly name: string
  readonly version: string
  readonly sourceVersion: string
  readonly architecture: string
  readonly conffiles: ReadonlySet<string>
  /** The whole build of this side. */
  readonly run: RunSide
}

/** All packages of one side. */
export interface RunSide {
  /** The version of each package that this build made, by its name. */
  readonly versions: ReadonlyMap<string, string>
  /** Build ids of all ELF files that are no debug symbols, in hexadecimal. */
  readonly buildIds: ReadonlySet<string>
}

/** A package on both sides. */
export interface SidePair {
  readonly old: PackageSide
  readonly new: PackageSide
}

export interface PackagePairChanges extends SidePair {
  /** Its name, or `NAME:ARCH` where a name occurs more than once. */
  readonly label: string
  /** The first `MAX_FILES` that differ, in the order of their paths: of a package with more, rules look at each of the others alone. */
  readonly files: readonly FileChange[]
  /** All directories above files that came or went. */
  readonly parents: ReadonlySet<string>
}
