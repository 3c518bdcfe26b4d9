import type { Limits, PicturePair } from '../../model.ts'
import type { SerializedError } from '../../serialize-error.ts'
import type { Provenance } from '../tools/provenance.ts'

/** How an entry was made, as far as it is known. It is stored in the entry's stamp. */
export interface Origin {
  readonly madeBy?: Provenance
  /** Whether other versions of the tools, or more of them, may give a more complete result. */
  readonly lacksTools?: boolean
  /** Of a report of two files: the sides that are pictures. */
  readonly pictures?: PicturePair
  /** The packages that it was made of. */
  readonly madeOf?: PairState
  /** Of a summary: the ids of its runs, which its name does not tell. */
  readonly runs?: { readonly old: string; readonly new: string }
  /** Of a report that lacks packages. */
  readonly lacks?: Lack
  /** Of a part of a report: SHA-256 of its file, in hexadecimal. */
  readonly sha256?: string
}

/** What a report lacks. */
export interface Lack {
  /** Not empty; in the report's order. */
  readonly packages: readonly LackingPackage[]
  /** Under which the packages failed. */
  readonly limits: Limits
}

/** Two packages, or one, that could not be compared. */
export interface LackingPackage {
  /** File names; null if the run has no such package. */
  readonly old: string | null
  readonly new: string | null
  readonly error: SerializedError
}

/** The packages of both runs. */
export interface PairState {
  readonly old: PackageState
  readonly new: PackageState
}

/** The packages of one run, as digests of all of them together. */
export interface PackageState {
  /** Of their names and sizes. */
  readonly files: string
  /** What `marks` is made of, which depends on the store: checksums of its listing, or times of change. */
  readonly by: 'checksum' | 'time'
  readonly marks: string
  /**
   * Of their SHA-256, with times only: a file whose time has changed may still have the same content.
   * Undefined if the packages changed while the diff was made.
   */
  readonly contents?: string
}
