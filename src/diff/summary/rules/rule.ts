import type { FileChange, PackagePairChanges } from '../changes.ts'
import type { Severity } from '../types.ts'

/** What a rule found, before the package's name is added. */
export interface Match {
  /** Default: the path of the file; for the package as a whole the empty string. */
  readonly path?: string
  /** Default: the rule's own. */
  readonly severity?: Severity
  readonly old?: string
  readonly new?: string
  /** One sentence. */
  readonly message: string
}

/** What people read about a rule. `docs/rules.md` is made of these texts. */
export interface RuleText {
  readonly id: string
  /** The usual one. */
  readonly severity: Severity
  /** What it finds, as a sentence. */
  readonly finds: string
  /** Why that matters to people who install the package, and when the severity is another one. */
  readonly why: string
  /** Where the rule comes from. */
  readonly source: string
}

/** One kind of finding. */
export interface Rule extends RuleText {
  /** Looks at each file that differs by more than noise. */
  readonly file?: (change: FileChange, pair: PackagePairChanges) => readonly Match[]
  /** Looks at a pair of packages as a whole. */
  readonly package?: (pair: PackagePairChanges) => readonly Match[]
}

export const NO_MATCH: readonly Match[] = []
