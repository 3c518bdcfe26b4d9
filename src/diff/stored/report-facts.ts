import { LRUCache } from 'lru-cache'
import type { CacheEntry } from '../cache/entry-store.ts'
import { assertPairedByName } from '../cache/legacy-mispairing.ts'
import { openLarge, readIfSmall } from '../rendering/render-report.ts'
import type { SmallReport } from '../report/open-report.ts'
import type { Report } from '../report/types.ts'

/** What a lookup needs to know about a report. */
export type ReportFacts = Pick<
  Report,
  'sizeBytes' | 'digest' | 'root' | 'counts' | 'incomplete' | 'incompleteCount'
>

/** Of small reports that were read last, in all. */
const MAX_SMALL_BYTES = 8 << 20

/**
 * Remembers the facts about reports, for as long as their entries are in memory: an entry object stands for
 * one unchanged file.
 *
 * Reading the facts opens the report and closes it again, and a caller that needs its nodes opens it once
 * more. This happens once per entry. The first opening is not handed over to the caller: a stored diff has no
 * `close`, as most callers need no more than an entity tag or a rendering. A small report stays in memory instead.
 */
export class ReportFactsCache {
  readonly #facts = new WeakMap<CacheEntry, ReportFacts>()
  readonly #small = new LRUCache<CacheEntry, SmallReport>({
    maxSize: MAX_SMALL_BYTES,
    sizeCalculation: ({ sizeBytes }) => sizeBytes,
  })

  /**
   * @throws DamagedReportError if the report is invalid, or compares packages of different names; system
   *   errors
   */
  async of(entry: CacheEntry): Promise<ReportFacts> {
    let facts = this.#facts.get(entry)
    if (!facts) {
      facts = await this.#readFacts(entry)
      this.#facts.set(entry, facts)
    }
    return facts
  }

  /** The next lookup reads the report again. */
  forget(entry: CacheEntry): void {
    this.#facts.delete(entry)
    this.#small.delete(entry)
  }

  /** Opens the report of an entry, which the caller closes. @throws DamagedReportError; system errors */
  readonly open = async (entry: CacheEntry): Promise<Report> => {
    const known = this.#small.get(entry)
    if (known) return known.open()
    const small = await readIfSmall(entry)
    if (!small) return openLarge(entry)
    this.#small.set(entry, small)
    return small.open()
  }

  async #readFacts(entry: CacheEntry): Promise<ReportFacts> {
    const report = await this.open(entry)
    try {
      if (!entry.verified) await assertPairedByName(report)
      const { sizeBytes, digest, root, counts, incomplete, incompleteCount } = report
      return { sizeBytes, digest, root, counts, incomplete, incompleteCount }
    } finally {
      await report.close()
    }
  }
}
