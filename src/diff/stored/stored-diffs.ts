/** Opens cached diffs and summaries. No other module reads the files of entries. */
import { LRUCache } from 'lru-cache'
import type { FileAddress, RunPair } from '../../model.ts'
import type { CacheEntry } from '../cache/entry-store.ts'
import type { ReportRenderer } from '../rendering/report-renderer.ts'
import type { RulesFile } from '../rules-file/rules-file.ts'
import type { ReportSearches } from '../search/report-searches.ts'
import { readSummary, type SummaryFile } from '../summary/stored-form.ts'
import { ReportFactsCache } from './report-facts.ts'
import { StoredDebdiff } from './stored-debdiff.ts'
import { StoredDiffoscope } from './stored-diffoscope.ts'
import { StoredFile } from './stored-file.ts'
import type { ReportTools } from './stored-report.ts'
import { StoredSummary } from './stored-summary.ts'

/** A diff of one of the tools. */
export type StoredDiff = StoredDebdiff | StoredDiffoscope
export type StoredResult = StoredDiff | StoredSummary

/** Of the first lines of summaries that were read last, in all. Their objects take a few times as much. */
const MAX_SUMMARY_BYTES = 4 << 20

export class StoredDiffs {
  readonly #reports: ReportTools
  /** By path, size and time: a page and its parts ask for one summary many times. */
  readonly #summaries = new LRUCache<string, SummaryFile>({
    maxSize: MAX_SUMMARY_BYTES,
    sizeCalculation: ({ listsStart }) => listsStart,
  })

  readonly #rulesFile: RulesFile | null

  /**
   * @param renderer renders the opened reports; its owner closes it when they are no longer read
   * @param searches searches the opened reports
   * @param rulesFile is applied to summaries
   */
  constructor(renderer: ReportRenderer, searches: ReportSearches, rulesFile: RulesFile | null = null) {
    this.#reports = { factsCache: new ReportFactsCache(), renderer, searches }
    this.#rulesFile = rulesFile
  }

  /**
   * @param entry a result of the pair
   * @throws DamagedReportError if the entry is not valid for its kind; system errors
   */
  async open(entry: CacheEntry, pair: RunPair): Promise<StoredResult> {
    switch (entry.kind) {
      case 'summary':
        return new StoredSummary(entry, await this.#summaryOf(entry), pair, this.#rulesFile)
      case 'debdiff':
        return new StoredDebdiff(entry, pair)
      default:
        return new StoredDiffoscope(entry, pair, await this.#reports.factsCache.of(entry), this.#reports)
    }
  }

  async #summaryOf({ path, sizeBytes, modifiedMs }: CacheEntry): Promise<SummaryFile> {
    const key = `${path} ${sizeBytes} ${modifiedMs}`
    const known = this.#summaries.get(key)
    if (known) return known
    const read = await readSummary(path)
    this.#summaries.set(key, read)
    return read
  }

  /** @throws as `open` */
  async openFile(entry: CacheEntry, pair: RunPair, file: FileAddress): Promise<StoredFile> {
    return new StoredFile(entry, pair, file, await this.#reports.factsCache.of(entry), this.#reports)
  }
}
