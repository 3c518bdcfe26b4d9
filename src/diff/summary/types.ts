/** What a summary says: the vocabulary of findings, noise and verdicts. Plain data, as it is stored and served. */

/** How much a finding asks for attention: a defect, something a person should confirm, or a fact to know. */
export type Severity = 'BAD' | 'VERIFY' | 'INFO'
export const SEVERITIES: readonly Severity[] = ['BAD', 'VERIFY', 'INFO']

/**
 * - `IDENTICAL`: the packages are the same byte for byte.
 * - `NOISE_ONLY`: they differ, and classes of noise explain every difference.
 * - `SUBSTANTIVE`: something differs that is not noise.
 * - `UNDECIDED`: something could not be read, and what could be read differs by noise at most.
 * - `EXPECTED`: something differs that is not noise, and a rules file expects all of it. Never in a stored summary.
 */
export type Verdict = 'IDENTICAL' | 'NOISE_ONLY' | 'SUBSTANTIVE' | 'UNDECIDED' | 'EXPECTED'

/** A difference that a rebuild of the same source makes: see `noise-classes.ts` for what each means. */
export type NoiseClass = string

/** A typed fact for people, made by one rule. */
export interface Finding {
  readonly rule: string
  readonly severity: Severity
  /** Name of the package, with its architecture (`libc6:i386`) where the name occurs more than once. */
  readonly package: string
  /** A member of the data archive, `control/MEMBER`, `control:FIELD`, or empty for the package. Bytes that are not UTF-8 are escaped. */
  readonly path: string
  /** What was there and what is there now, at most 2,000 characters each; empty where a side has nothing. */
  readonly old: string
  readonly new: string
  /** One sentence. */
  readonly message: string
  /** Why a rules file expects it; absent if none does. Never in a stored summary. */
  readonly expected?: { readonly reason: string }
  /** The severity that the rule gave it, and why a rules file gives it another; absent if none does. Never in a stored summary. */
  readonly severityChange?: { readonly from: Severity; readonly reason: string }
}

/** What an entry of a rules file expects of a change. Empty lists of patterns match everything. */
export interface ExpectedFindings {
  readonly rules: readonly string[]
  /** Patterns. */
  readonly packages: readonly string[]
  readonly paths: readonly string[]
  readonly reason: string
  /** How many findings of the summary it applies to. */
  readonly findings: number
}

/** One class of noise, and how many files it explains or helps to explain. */
export interface NoiseCount {
  readonly class: NoiseClass
  readonly files: number
}

export type FileChangeKind = 'ADDED' | 'REMOVED' | 'CHANGED' | 'MOVED'

/** Type and permissions, owner and link target of a file, as `ls` shows them. */
export interface FileAttributes {
  /** `-rwsr-xr-x`; the type of a hard link is `h`. */
  readonly mode: string
  /** Name, or number where the archive has no name. */
  readonly owner: string
  readonly group: string
  /** Of a symbolic or hard link; null for anything else. */
  readonly target: string | null
}

/** A file (or control file) that differs. */
export interface FileSummary {
  readonly package: string
  readonly path: string
  /** Where it was before; only for `MOVED`. */
  readonly oldPath?: string
  readonly change: FileChangeKind
  /** Classes that explain the difference or part of it. */
  readonly noise: readonly NoiseClass[]
  /** Whether something remains that noise does not explain. */
  readonly substantive: boolean
  /** Attributes of each side, where they differ or the file is on one side only. */
  readonly old?: FileAttributes
  readonly new?: FileAttributes
  /** Of each side that is a regular file. Absent in summaries of older versions, too. */
  readonly oldSizeBytes?: number
  readonly newSizeBytes?: number
  /** Present if the content could not be compared, so that noise may not be all. */
  readonly undecided?: true
}

/** A field of the control file that differs, in value or in white space. */
export interface FieldSummary {
  readonly package: string
  readonly name: string
  /** Its lines joined by newlines; null if the side has no such field. */
  readonly old: string | null
  readonly new: string | null
  /** Classes that explain the difference; empty if none does. */
  readonly noise: readonly NoiseClass[]
  /** Whether the difference is more than noise. */
  readonly substantive: boolean
}

export type PackageChangeKind =
  | 'ADDED'
  | 'REMOVED'
  | 'CHANGED'
  | 'IDENTICAL'
  | 'RENAMED'
  | 'ARCHITECTURE_CHANGED'

export interface PackageSummary {
  readonly package: string
  readonly change: PackageChangeKind
  readonly verdict: Verdict
  /** Classes that explain differences of the package besides its files and fields. */
  readonly noise: readonly NoiseClass[]
  readonly oldVersion: string | null
  readonly newVersion: string | null
  readonly oldArchitecture: string | null
  readonly newArchitecture: string | null
  readonly oldSizeBytes: number | null
  readonly newSizeBytes: number | null
}

/** How many items a summary leaves out of lists that are too long. Verdicts and the counts of noise include them. */
export interface Omitted {
  readonly findings: number
  readonly files: number
  readonly undecided: number
}

export interface Summary {
  /** Of this form. */
  readonly version: 1
  /** Of the rules that made it; a summary of other rules is made again. */
  readonly rulesVersion: string
  readonly verdict: Verdict
  /** The worst first. */
  readonly findings: readonly Finding[]
  readonly noise: readonly NoiseCount[]
  readonly packages: readonly PackageSummary[]
  /** Control fields that differ, of packages that are on both sides. */
  readonly fields: readonly FieldSummary[]
  readonly files: readonly FileSummary[]
  /** What could not be read or compared, one sentence each; not empty where the verdict is `UNDECIDED`. */
  readonly undecided: readonly string[]
  /** Absent if all lists are complete. */
  readonly omitted?: Omitted
  /** What the rules file expects of the campaign and the source; absent without such a file. Never in a stored summary. */
  readonly expected?: readonly ExpectedFindings[]
}
