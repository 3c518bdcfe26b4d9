import type { OpenedReport } from '../diff/rendering/render-report.ts'
import type { StoredDebdiff } from '../diff/stored/stored-debdiff.ts'
import type { StoredDiffoscope } from '../diff/stored/stored-diffoscope.ts'

/** A stored diff as a field requested it: with or without the filter. */
export interface DiffView<S extends StoredDebdiff | StoredDiffoscope = StoredDebdiff | StoredDiffoscope> {
  readonly stored: S
  readonly filterBoring: boolean
}

/** Opens reports for the fields of an operation. Each report is opened once and stays open until `close`. */
export class OpenReports {
  readonly #open = new Map<string, Promise<OpenedReport>>()
  #closed = false

  /** @throws DamagedReportError */
  of({ stored, filterBoring }: DiffView<StoredDiffoscope>): Promise<OpenedReport> {
    const key = `${stored.entry.path}:${stored.digest}:${filterBoring}`
    const known = this.#open.get(key)
    if (known !== undefined) return known
    const report = stored.open(filterBoring)
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
