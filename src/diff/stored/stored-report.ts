/** A cached report in diffoscope's form, of any size: of two runs, or of two files. */
import { rm } from 'node:fs/promises'
import type { DamagedReportError } from '../../errors.ts'
import type { RunPair } from '../../model.ts'
import type { CacheEntry } from '../cache/entry-store.ts'
import { diffoscopePolicy } from '../rendering/content-policy.ts'
import { compressedDiffoscopeJson, diffoscopeJson } from '../rendering/diffoscope/diffoscope-json.ts'
import type { FilterOptions, Format, RenderOptions } from '../rendering/format.ts'
import { type OpenedReport, openEntryReport, rootSourcesOf } from '../rendering/render-report.ts'
import type { ReportRenderer } from '../rendering/report-renderer.ts'
import type { IncompleteNotice, Report, ReportCounts } from '../report/types.ts'
import type { FoundPage, ReportSearches, Searcher, SearchRequest } from '../search/report-searches.ts'
import { RenderedDiff } from './rendered-diff.ts'
import type { ReportFacts, ReportFactsCache } from './report-facts.ts'

export interface ReportTools {
  readonly factsCache: ReportFactsCache
  readonly renderer: ReportRenderer
  readonly searches: ReportSearches
}

export abstract class StoredReport extends RenderedDiff {
  abstract override readonly kind: 'diffoscope' | 'file'
  readonly digest: string
  /** Of the report, uncompressed. */
  readonly sizeBytes: number
  readonly counts: ReportCounts
  readonly incomplete: readonly IncompleteNotice[]
  readonly incompleteCount: number
  readonly #root: Report['root']
  readonly #tools: ReportTools

  /** @param facts those of `entry`, from `tools.factsCache` */
  constructor(entry: CacheEntry, pair: RunPair, facts: ReportFacts, tools: ReportTools) {
    super(entry, pair)
    this.digest = facts.digest
    this.sizeBytes = facts.sizeBytes
    this.counts = facts.counts
    this.incomplete = facts.incomplete
    this.incompleteCount = facts.incompleteCount
    this.#root = facts.root
    this.#tools = tools
  }

  /**
   * Opens the report, or a filtered one. The caller must close it.
   * @throws as `render`
   */
  async open(options: FilterOptions): Promise<OpenedReport> {
    try {
      return await openEntryReport(this.entry, this.pair, this.file, options, this.#tools.factsCache.open)
    } catch (error) {
      throw await this.readingError(error)
    }
  }

  /**
   * A page of what a search finds in the report, or in a filtered one.
   * @throws UsageError, SearchPatternError, OverloadedError as `ReportSearches.page`; as `render`
   */
  async search(options: FilterOptions, request: SearchRequest, searcher: Searcher): Promise<FoundPage> {
    const { entry, pair, file, digest } = this
    try {
      return await this.#tools.searches.page({ entry, pair, file, digest, options }, request, searcher)
    } catch (error) {
      throw await this.readingError(error)
    }
  }

  policy({ cssUrl }: RenderOptions): string {
    return diffoscopePolicy(cssUrl)
  }

  override compressed(format: Format, options: RenderOptions): (() => AsyncIterable<Uint8Array>) | null {
    const { entry, sizeBytes, pair } = this
    // A file is stored compressed only if that makes it smaller.
    const isCompressed = entry.sizeBytes < sizeBytes
    if (!isCompressed || format !== 'json' || isFiltered(options)) return null
    const report = { ...entry, sizeBytes, root: this.#root }
    return () => this.withTypedErrors(compressedDiffoscopeJson(report, { sources: rootSourcesOf(pair) }))
  }

  protected rendering(format: Format, options: RenderOptions): AsyncIterable<Uint8Array> {
    const { kind, entry, sizeBytes, pair, digest, file } = this
    // Only the root of the stored report is changed.
    if (format === 'json' && !isFiltered(options))
      return diffoscopeJson({ ...entry, sizeBytes, root: this.#root }, { sources: rootSourcesOf(pair) })
    const { renderer, factsCache } = this.#tools
    return renderer.render({ kind, entry, sizeBytes, pair, digest, file, format, options }, factsCache.open)
  }

  /**
   * The next lookup then reads the whole report again, and sets it aside if it is the report that is damaged.
   */
  protected async onDamage(error: DamagedReportError): Promise<void> {
    this.#tools.factsCache.forget(this.entry)
    const { indexPath, fallbackIndexPath } = this.entry
    const derived = [indexPath, fallbackIndexPath]
      .filter((path) => path !== null)
      .map((path) => `${path}.index`)
    if (error.path.endsWith('.filtered')) derived.push(error.path)
    // A file that cannot be removed is checked against the report when it is opened.
    await Promise.all(derived.map((path) => rm(path, { force: true }).catch(() => {})))
  }
}

function isFiltered({ filterBoring, hide }: RenderOptions): boolean {
  return filterBoring || hide !== undefined
}
