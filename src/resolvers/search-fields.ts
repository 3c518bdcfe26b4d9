/** Resolves searches in reports and in the files of a comparison. */
import { createFinder, type SearchQuery } from '../diff/report/search/line-finder.ts'
import type { SearchHit } from '../diff/report/search/search-report.ts'
import type { ReportHunk, ReportNode } from '../diff/report/types.ts'
import type { FoundPage, SearchRequest } from '../diff/search/report-searches.ts'
import type { RunPair } from '../model.ts'
import { loadSummary } from './comparison.ts'
import type { Context } from './context.ts'
import type { ListPage } from './list-page.ts'
import type { ReportView } from './open-reports.ts'
import { hunkAt, nodeAt } from './report-fields.ts'
import type { ReportPart } from './report-part.ts'

export interface SearchArguments extends Pick<SearchQuery, 'text' | 'side'> {
  readonly regex: boolean
  readonly ignoreCase: boolean
  readonly first: number
  readonly after?: string | null | undefined
}

/** A hit, and the report that it is in. */
export interface HitView {
  readonly view: ReportView
  readonly hit: SearchHit
  readonly cursor: string
}

export interface HitPage extends ListPage<HitView> {
  readonly cutLines: number
  readonly skippedFiles: number
}

/** @throws as `StoredReport.search` */
export async function searchReport(
  view: ReportView,
  args: SearchArguments,
  { client, signal }: Context,
): Promise<HitPage> {
  const options = { filterBoring: false, hide: view.hide }
  const page = await view.stored.search(options, requestOf(args), { client, signal })
  const hits = page.hits.map((found) => ({ ...found, view }))
  return { ...hitPage(page, hits), skippedFiles: 0 }
}

/** @throws as `createFinder`; DiffNotReadyError if the summary is not cached; as `FileSearches.page` */
export async function searchFiles(pair: RunPair, args: SearchArguments, context: Context): Promise<HitPage> {
  const { services, client, signal } = context
  createFinder(requestOf(args))
  const summary = await loadSummary(pair, { mode: 'CACHED_ONLY' }, context)
  const page = await services.diffService.searchFiles(summary, requestOf(args), { client, signal })
  const hits = page.hits.map(({ stored, ...found }) => ({
    ...found,
    view: { stored, hide: undefined, mode: 'CACHED_ONLY' as const },
  }))
  return { ...hitPage(page, hits), skippedFiles: page.skippedFiles }
}

function hitPage({ hits: _, ...page }: FoundPage, hits: readonly HitView[]): Omit<HitPage, 'skippedFiles'> {
  return { ...page, edges: hits.map((hit) => ({ cursor: hit.cursor, node: hit })) }
}

function requestOf({ regex, after = null, text, side, ignoreCase, first }: SearchArguments): SearchRequest {
  return { text, side, ignoreCase, first, isPattern: regex, after }
}

export function nodeOfHit({ view, hit }: HitView, context: Context): Promise<ReportPart<ReportNode>> {
  return nodeAt(view, hit.node, context)
}

/** Null for a hit that is not in a line. */
export async function hunkOfHit(hit: HitView, context: Context): Promise<ReportPart<ReportHunk> | null> {
  const { line } = hit.hit
  return line && hunkAt(await nodeOfHit(hit, context), line.hunk)
}
