/** Searches the text files that differ between two runs, one after the other. */
import { createHash } from 'node:crypto'
import type { DiffEngine } from '../diff/engine.ts'
import type { MakeOptions } from '../diff/engine-options.ts'
import { createFinder } from '../diff/report/search/line-finder.ts'
import type { FoundHit, FoundPage, SearchRequest } from '../diff/search/report-searches.ts'
import type { StoredFile } from '../diff/stored/stored-file.ts'
import type { StoredSummary } from '../diff/stored/stored-summary.ts'
import type { FileSummary } from '../diff/summary/types.ts'
import {
  ArtifactRetrievalError,
  ArtifactRetrievalTimeoutError,
  DifferError,
  OverloadedError,
  UsageError,
} from '../errors.ts'

/** A hit, and the report of the file that it is in. */
export interface FileHit extends FoundHit {
  readonly stored: StoredFile
}

export interface FileSearchPage extends Omit<FoundPage, 'hits'> {
  readonly hits: readonly FileHit[]
  /** Number of files, among those that this page came to, that are not text or could not be read. */
  readonly skippedFiles: number
}

/** Where a search goes on. */
interface Progress {
  readonly found: number
  /** Position in the list of the summary. */
  readonly file: number
  /** A cursor in the report of this file; null for its beginning. */
  readonly within: string | null
}

/** A page ends after this time, and sooner with hits. Comparing a file takes some ten milliseconds. */
const MAX_MS = 1000
const MAX_MS_WITH_HITS = 150

/** Failures after which the same page may be complete a moment later. */
const OF_ALL_FILES = [OverloadedError, ArtifactRetrievalError, ArtifactRetrievalTimeoutError]

export class FileSearches {
  readonly #engine: DiffEngine

  constructor(engine: DiffEngine) {
    this.#engine = engine
  }

  /**
   * A page of what a search finds in the reports of the files that a summary lists. Those that are not cached are
   * made if no tool is needed.
   * @throws as `StoredReport.search`; `options.signal.reason`
   */
  async page(
    summary: StoredSummary,
    { first, after, ...query }: SearchRequest,
    options: MakeOptions,
  ): Promise<FileSearchPage> {
    // Without files, no report would complain.
    createFinder(query)
    const { files } = summary.summary
    const key = keyOf(summary, query)
    const start = decode(key, after)
    const startedMs = performance.now()
    const hits: FileHit[] = []
    let [skippedFiles, cutLines] = [0, 0]
    let { file, within }: Pick<Progress, 'file' | 'within'> = start
    const isOver = () => {
      const maxMs = hits.length > 0 ? MAX_MS_WITH_HITS : MAX_MS
      return hits.length >= first || performance.now() - startedMs > maxMs
    }
    do {
      const entry = files[file]
      if (!entry) break
      const stored = await this.#textReport(summary, entry, options)
      const request = { ...query, first: first - hits.length, after: within }
      const page = stored && (await stored.search({ filterBoring: false }, request, options))
      if (!page) skippedFiles += 1
      for (const { hit, cursor } of page?.hits ?? []) {
        const found = start.found + hits.length + 1
        hits.push({ hit, stored: stored as StoredFile, cursor: encode(key, { found, file, within: cursor }) })
      }
      cutLines += page?.cutLines ?? 0
      within = page?.hasNextPage ? page.endCursor : null
      if (within === null) file += 1
    } while (!isOver())
    const hasNextPage = file < files.length
    const found = start.found + hits.length
    return {
      hits,
      hasNextPage,
      hasPreviousPage: start.found > 0,
      endCursor: hasNextPage ? encode(key, { found, file, within }) : (hits.at(-1)?.cursor ?? null),
      totalCount: hasNextPage ? null : found,
      cutLines,
      skippedFiles,
    }
  }

  /** Null if the file is not text or cannot be read. */
  async #textReport(
    { pair }: StoredSummary,
    { package: name, path, oldPath }: FileSummary,
    options: MakeOptions,
  ): Promise<StoredFile | null> {
    try {
      const address = { package: name, path, oldPath: oldPath ?? null, oldPackage: null }
      return await this.#engine.files.get(pair, address, false, options)
    } catch (error) {
      // The page says how many files it left out. What concerns all files, or stops the request, is not such a reason.
      const isOfFile = error instanceof DifferError && !OF_ALL_FILES.some((type) => error instanceof type)
      if (!isOfFile || options.signal?.aborted) throw error
      return null
    }
  }
}

function keyOf({ pair, digest }: StoredSummary, query: Omit<SearchRequest, 'first' | 'after'>): string {
  const { text, isPattern, ignoreCase, side } = query
  const facts = JSON.stringify([pair.old.id, pair.new.id, digest, text, isPattern, ignoreCase, side])
  return createHash('sha256').update(facts).digest('base64url').slice(0, 12)
}

function encode(key: string, { found, file, within }: Progress): string {
  return [key, found, file, ...(within === null ? [] : [within])].join('.')
}

/** @throws UsageError for a cursor of another search */
function decode(key: string, cursor: string | null): Progress {
  if (cursor === null) return { found: 0, file: 0, within: null }
  const [, ofKey, found, file, within = null] =
    /^([\w-]+)\.(\d{1,10})\.(\d{1,10})(?:\.(.+))?$/s.exec(cursor) ?? []
  if (ofKey !== key)
    throw new UsageError(
      `${JSON.stringify(cursor.slice(0, 100))} is not a cursor of this search; take one from pageInfo.endCursor`,
    )
  return { found: Number(found), file: Number(file), within }
}
