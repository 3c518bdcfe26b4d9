import { failureOf } from '../making/lack.ts'
import { StoredReport } from './stored-report.ts'

/** A package that a report lacks: one or two files, and why they could not be compared. */
export interface MissingPackage {
  /** File names; null if the run has no such package. */
  readonly old: string | null
  readonly new: string | null
  readonly error: Error
}

/** The cached diffoscope report of two runs. */
export class StoredDiffoscope extends StoredReport {
  readonly kind = 'diffoscope'
  readonly file = null

  /** The packages that could not be compared, in the report's order; mostly empty. */
  get missing(): readonly MissingPackage[] {
    const packages = this.entry.origin.lacks?.packages ?? []
    return packages.map((one) => ({ old: one.old, new: one.new, error: failureOf(one) }))
  }
}
