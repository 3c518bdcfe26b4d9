/** Searches in reports: a page at a time, in processes, and bounded for each client. */
import type { FileAddress, RunPair } from '../../model.ts'
import { ClientSlots } from '../../requests/client-slots.ts'
import type { CacheEntry } from '../cache/entry-store.ts'
import { type DiffObserver, failureOutcome, NO_OBSERVER, secondsSince } from '../making/observer.ts'
import type { JobProcesses } from '../processes/job-processes.ts'
import type { FilterOptions } from '../rendering/format.ts'
import { createFinder, type SearchQuery } from '../report/search/line-finder.ts'
import { SearchCursors } from './search-cursor.ts'
import type { NamedHit, NamedPage, SearchJob } from './search-job.ts'

/** A page of hits to find. */
export interface SearchRequest extends SearchQuery {
  /** Largest number of hits. */
  readonly first: number
  /** The cursor after which the page begins; null for the beginning. */
  readonly after: string | null
}

/** The report to search. */
export interface SearchedReport {
  readonly entry: CacheEntry
  readonly pair: RunPair
  /** The file that the report is about; null if it is about all packages. */
  readonly file: FileAddress | null
  readonly digest: string
  readonly options: FilterOptions
}

export interface FoundHit {
  readonly hit: NamedHit
  readonly cursor: string
}

export interface FoundPage {
  readonly hits: readonly FoundHit[]
  /** Whether something has not been searched yet. A page may end because its time is over, also without hits. */
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
  /** Where the next page begins; the last cursor of the last page; null without hits and further pages. */
  readonly endCursor: string | null
  /** Null until the whole report has been searched. */
  readonly totalCount: number | null
  /** See `SearchPage.cutLines`. */
  readonly cutLines: number
}

export interface Searcher {
  /** Address of the client, for limits per client. */
  readonly client?: string
  readonly signal?: AbortSignal
}

/** Many people may share an address. */
const SLOTS = { inAll: 4, perClient: 2, waitingPerClient: 40, maxWaitMs: 10_000 }
/** Long enough for some hundred megabytes. */
const MAX_MS = 1000
/** What has been found by then is shown at once. */
const MAX_MS_WITH_HITS = 150

export class ReportSearches {
  readonly #processes: JobProcesses
  readonly #observer: Pick<DiffObserver, 'pageSearched'>
  readonly #slots = new ClientSlots('searches', SLOTS)

  constructor(processes: JobProcesses, observer: Pick<DiffObserver, 'pageSearched'> = NO_OBSERVER) {
    this.#processes = processes
    this.#observer = observer
  }

  /**
   * @throws UsageError for a text that cannot be searched for, or a cursor of another search; SearchPatternError;
   *   OverloadedError if too many searches run; as `openEntryReport`; `signal.reason`
   */
  async page(report: SearchedReport, request: SearchRequest, searcher: Searcher): Promise<FoundPage> {
    const started = performance.now()
    try {
      const page = await this.#page(report, request, searcher)
      this.#observer.pageSearched(page.hasNextPage ? 'partial' : 'complete', secondsSince(started))
      return page
    } catch (error) {
      const outcome = failureOutcome(error, searcher.signal?.aborted ?? false)
      this.#observer.pageSearched(outcome, secondsSince(started))
      throw error
    }
  }

  async #page(
    { entry, pair, file, digest, options }: SearchedReport,
    { first, after, ...query }: SearchRequest,
    { client = '', signal = new AbortController().signal }: Searcher,
  ): Promise<FoundPage> {
    createFinder(query)
    const cursors = new SearchCursors(query, [digest, options])
    const { position: from, found } = cursors.decode(after)
    const bounds = { first, maxMs: MAX_MS, maxMsWithHits: MAX_MS_WITH_HITS }
    const job: SearchJob = { entry, pair, file, options, query, from, bounds }
    const { hits, next, cutLines } = await this.#slots.run(client, () =>
      this.#processes.run<NamedPage>('search', job, signal),
    )
    const withCursors = hits.map((hit, index) => ({
      hit,
      cursor: cursors.encode({ position: hit.next, found: found + index + 1 }),
    }))
    return {
      hits: withCursors,
      hasNextPage: next !== null,
      hasPreviousPage: found > 0,
      endCursor: next
        ? cursors.encode({ position: next, found: found + hits.length })
        : (withCursors.at(-1)?.cursor ?? null),
      totalCount: next ? null : found + hits.length,
      cutLines,
    }
  }
}
