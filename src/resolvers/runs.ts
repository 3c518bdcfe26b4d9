import type { Queries } from '../db/database.ts'
import type { RunCursor, RunOrder } from '../db/run-order.ts'
import { countRuns, listRuns, type RunFilter } from '../db/runs.ts'
import { isTimeText } from '../db/timestamps.ts'
import { QueryLimitError, RunNotFoundError, UsageError } from '../errors.ts'
import type { Run } from '../model.ts'
import { type ComparisonFilterArguments, comparisonFilter } from './campaigns.ts'
import type { Context } from './context.ts'
import type { ListPage, SliceRequest } from './list-page.ts'
import { pageOfSummarisedRuns } from './summarised-runs.ts'

/** @throws RunNotFoundError, DatabaseUnavailableError */
export async function loadRun(runId: string, { resources }: Context): Promise<Run> {
  const run = await resources.loaders.run.load(runId)
  if (!run) throw new RunNotFoundError(runId)
  return run
}

/** Values of one condition of a filter. */
const MAX_VALUES = 100

/** A filter as clients send it: null means that a condition is not given. */
type NullableRunFilter = { readonly [K in keyof RunFilter]?: RunFilter[K] | null | undefined } & Omit<
  ComparisonFilterArguments,
  'failed'
> & { readonly summaryFailed?: boolean | null | undefined }

/**
 * Returns a page of runs.
 * @param filter null or undefined: all runs
 * @throws UsageError for an invalid cursor or search; DatabaseUnavailableError; OverloadedError; QueryLimitError
 *   if the search takes too long
 */
export async function pageOfRuns(
  filter: NullableRunFilter | null | undefined,
  order: RunOrder,
  slice: SliceRequest,
  context: Context,
): Promise<ListPage<Run>> {
  const { count, isBackward, after, before } = slice
  const { conditions, summary } = conditionsIn(filter ?? {})
  if (Object.keys(summary).length > 0) return pageOfSummarisedRuns(summary, conditions, order, slice, context)
  const queries = queriesFor(conditions, context)
  const start = after === null ? undefined : decodeCursor('after', after)
  const end = before === null ? undefined : decodeCursor('before', before)
  // A page from the end is a page of the list in the other order.
  const page = isBackward
    ? await listRuns(queries, conditions, { limit: count, after: end, before: start, order: OPPOSITE[order] })
    : await listRuns(queries, conditions, { limit: count, after: start, before: end, order })
  const items = isBackward ? [...page.items].reverse() : page.items
  const edges = items.map(({ run, cursor }) => ({ node: run, cursor: encodeCursor(cursor) }))
  for (const { node } of edges) context.resources.loaders.run.prime(node.id, node)
  /** Whether the first run of the list in an order is another one than the page's. A cursor may be of any list. */
  const hasOther = async (from: RunOrder, known: Run | undefined) => {
    const [first] = (await listRuns(queries, conditions, { limit: 1, order: from })).items
    return first !== undefined && first.run.id !== known?.id
  }
  const hasMore = page.next !== null
  const hasPrevious = async () => start !== undefined && hasOther(order, edges[0]?.node)
  const hasNext = async () => end !== undefined && hasOther(OPPOSITE[order], edges.at(-1)?.node)
  return {
    edges,
    hasNextPage: !isBackward && hasMore ? true : hasNext,
    hasPreviousPage: isBackward && hasMore ? true : hasPrevious,
    totalCount: () => countRuns(queries, conditions),
  }
}

const OPPOSITE: Readonly<Record<RunOrder, RunOrder>> = {
  NEWEST_FIRST: 'OLDEST_FIRST',
  OLDEST_FIRST: 'NEWEST_FIRST',
}

function queriesFor({ search }: RunFilter, { services, client }: Context): Queries {
  return services.database.for(search ? 'search' : 'list', client)
}

/**
 * Conditions for the run, and for its summaries.
 * @throws QueryLimitError for a condition with too many values; UsageError
 */
function conditionsIn(filter: NullableRunFilter) {
  const { verdict, summaryFailed, rule, severity, package: name, path, expected, cluster, ...run } = filter
  const ofSummary = { verdict, failed: summaryFailed, rule, severity, package: name, path, expected, cluster }
  return { conditions: withoutNulls(run), summary: comparisonFilter(ofSummary) }
}

/** @throws QueryLimitError for a condition with too many values */
function withoutNulls(filter: Readonly<Record<string, unknown>>): RunFilter {
  for (const [name, value] of Object.entries(filter))
    if (Array.isArray(value) && value.length > MAX_VALUES)
      throw new QueryLimitError(
        'FILTER_TOO_LARGE',
        MAX_VALUES,
        `"${name}" has ${value.length} values; at most ${MAX_VALUES} are allowed`,
      )
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value != null))
}

export function encodeCursor({ finishTime, id }: RunCursor): string {
  return Buffer.from(JSON.stringify([finishTime, id])).toString('base64url')
}

/** @throws UsageError */
export function decodeCursor(name: string, cursor: string): RunCursor {
  try {
    const [finishTime, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown[]
    const isTime = finishTime === null || (typeof finishTime === 'string' && isTimeText(finishTime))
    if (isTime && typeof id === 'string' && !id.includes('\0')) return { finishTime, id }
  } catch {
    // Not JSON: an invalid cursor like any other.
  }
  throw new UsageError(`"${name}" is not a cursor of this list; take one from pageInfo or an edge`)
}
