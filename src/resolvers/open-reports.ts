import type { OpenedReport, StoredDebdiff, StoredDiffoscope } from '../diff/stored-diff.ts'

/** A stored diff as one field asked for it: with or without the filter. */
export interface DiffView<S extends StoredDebdiff | StoredDiffoscope = StoredDebdiff | StoredDiffoscope> {
  readonly stored: S
  readonly filterBoring: boolean
}

/** The reports that one operation reads: each is opened once, and all are closed at the operation's end. */
export class OpenReports {
  readonly #open = new Map<string, Promise<OpenedReport>>()
  #closed = false

  /** @throws DamagedReportError */
  of({ stored, filterBoring }: DiffView<StoredDiffoscope>): Promise<OpenedReport> {
    const key = `${stored.entry.path}:${stored.digest}:${filterBoring}`
    const known = this.#open.get(key)
    if (known) return known
    const report = stored.open(filterBoring)
    this.#open.set(key, report)
    // Whoever still asks after the end (a client went away in mid-operation) is answered, and leaves nothing open.
    if (this.#closed) void report.then((late) => late.close()).catch(() => {})
    return report
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled([...this.#open.values()].map(async (report) => (await report).close()))
  }
}
