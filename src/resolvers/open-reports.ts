import type { Hide } from '../diff/rendering/format.ts'
import type { OpenedReport } from '../diff/rendering/render-report.ts'
import type { StoredDebdiff } from '../diff/stored/stored-debdiff.ts'
import type { StoredDiffoscope } from '../diff/stored/stored-diffoscope.ts'
import type { StoredFile } from '../diff/stored/stored-file.ts'
import type { StoredReport } from '../diff/stored/stored-report.ts'
import type { TypedDebdiff } from '../diff/stored/typed-debdiff.ts'
import type { DifferError } from '../errors.ts'
import type { DiffMode } from '../services/diff-service.ts'

/** A stored diff as a field requested it: with or without noise. */
export interface DiffView<S extends StoredDebdiff | StoredReport = StoredDebdiff | StoredReport> {
  readonly stored: S
  /** Undefined if nothing is hidden. */
  readonly hide: Hide | undefined
}

/** A report as a field requested it. */
export interface ReportView<S extends StoredReport = StoredReport> extends DiffView<S> {
  /** Whether a missing summary to hold the report against may be made. */
  readonly mode: DiffMode
}

/** The report of two runs. */
export type DiffoscopeView = ReportView<StoredDiffoscope>

/** The report of one file. */
export type FileReportView = ReportView<StoredFile>

/** A debdiff, with its subject from the packages' contents. */
export interface DebdiffView extends DiffView<StoredDebdiff> {
  /** Why it is not known, if there is a debdiff and no summary. */
  readonly contents: TypedDebdiff | DifferError
}

/** Opens reports for the fields of an operation. Each report is opened once and stays open until `close`. */
export class OpenReports {
  readonly #open = new Map<string, Promise<OpenedReport>>()
  #closed = false

  /** @throws DamagedReportError */
  of({ stored, hide }: DiffView<StoredReport>): Promise<OpenedReport> {
    const key = JSON.stringify([stored.entry.path, stored.digest, hide ?? null])
    const known = this.#open.get(key)
    if (known !== undefined) return known
    const report = stored.open({ filterBoring: false, hide })
    this.#open.set(key, report)
    // Resolvers may still run after the operation has ended, for example after the client disconnected. They
    // get their report, but it is closed at once. If it cannot be opened, the caller gets the error.
    if (this.#closed) void report.then((late) => late.close()).catch(() => {})
    return report
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled([...this.#open.values()].map(async (report) => (await report).close()))
  }
}
