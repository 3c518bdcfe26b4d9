/** Searches the report of a cache entry. Runs in a job process. */
import type { FileAddress, RunPair } from '../../model.ts'
import type { CacheEntry } from '../cache/entry-store.ts'
import type { FilterOptions } from '../rendering/format.ts'
import { openEntryReport } from '../rendering/render-report.ts'
import { namesOf } from '../report/node-pages.ts'
import { createFinder, type SearchQuery } from '../report/search/line-finder.ts'
import {
  type SearchBounds,
  type SearchHit,
  type SearchPage,
  type SearchPosition,
  searchReport,
} from '../report/search/search-report.ts'

import type { Report } from '../report/types.ts'

/** Plain data, so that it can be sent to a thread. */
export interface SearchJob {
  readonly entry: CacheEntry
  readonly pair: RunPair
  /** The file that the report is about; null if it is about all packages. */
  readonly file: FileAddress | null
  readonly options: FilterOptions
  readonly query: SearchQuery
  readonly from: SearchPosition
  readonly bounds: SearchBounds
}

/** A hit with the path of its node. */
export interface NamedHit extends SearchHit {
  /** Names on the new side from the package down to the node: the last 20, and of each the first 200 characters. */
  readonly path: readonly string[]
}

export interface NamedPage extends SearchPage {
  readonly hits: readonly NamedHit[]
}

const MAX_NAMES = 20
const MAX_NAME_LENGTH = 200

/** @throws as `createFinder`, `openEntryReport` and `searchReport` */
export async function runSearchJob(
  { entry, pair, file, options, query, from, bounds }: SearchJob,
  signal: AbortSignal,
): Promise<NamedPage> {
  const finder = createFinder(query)
  const report = await openEntryReport(entry, pair, file, options)
  try {
    const page = await searchReport(report, query, finder, from, bounds, signal)
    const paths = new Map<number, string[]>()
    for (const { node } of page.hits) if (!paths.has(node)) paths.set(node, await pathOf(report, node))
    return { ...page, hits: page.hits.map((hit) => ({ ...hit, path: paths.get(hit.node) ?? [] })) }
  } finally {
    await report.close()
  }
}

async function pathOf(report: Report, node: number): Promise<string[]> {
  const names = await namesOf(report, node)
  return names.slice(-MAX_NAMES).map((name) => name.slice(0, MAX_NAME_LENGTH))
}
