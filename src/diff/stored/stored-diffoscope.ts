import { StoredReport } from './stored-report.ts'

/** The cached diffoscope report of two runs. */
export class StoredDiffoscope extends StoredReport {
  readonly kind = 'diffoscope'
  readonly file = null
}
