import type { CacheEntry } from '../cache/entry-store.ts'
import { assertPairedByName } from '../cache/legacy-mispairing.ts'
import { openWithIndex } from '../rendering/render-report.ts'
import type { Report } from '../report/types.ts'

/** What a lookup needs to know about a report. */
export type ReportFacts = Pick<
  Report,
  'sizeBytes' | 'digest' | 'root' | 'counts' | 'incomplete' | 'incompleteCount'
>

/**
 * Remembers the facts about reports, for as long as their entries are in memory: an entry object stands for
 * one unchanged file.
 *
 * Reading the facts opens the report and closes it again, and a caller that needs its nodes opens it once
 * more. This happens once per entry. The first opening is not handed over to the caller: a stored diff has no
 * `close`, as most callers need no more than an entity tag or a rendering.
 */
export class ReportFactsCache {
  readonly #facts = new WeakMap<CacheEntry, ReportFacts>()

  /**
   * @throws DamagedReportError if the report is invalid, or compares packages of different names; system
   *   errors
   */
  async of(entry: CacheEntry): Promise<ReportFacts> {
    let facts = this.#facts.get(entry)
    if (!facts) {
      facts = await readFacts(entry)
      this.#facts.set(entry, facts)
    }
    return facts
  }

  /** The next lookup reads the report again. */
  forget(entry: CacheEntry): void {
    this.#facts.delete(entry)
  }
}

async function readFacts(entry: CacheEntry): Promise<ReportFacts> {
  const report = await openWithIndex(entry)
  try {
    if (!entry.verified) await assertPairedByName(report)
    const { sizeBytes, digest, root, counts, incomplete, incompleteCount } = report
    return { sizeBytes, digest, root, counts, incomplete, incompleteCount }
  } finally {
    await report.close()
  }
}
