/** Lists runs by what their summaries say. */
import type { RunOrder } from '../db/run-order.ts'
import type { RunFilter } from '../db/runs.ts'
import { UsageError } from '../errors.ts'
import type { Run } from '../model.ts'
import type { ComparisonFilter } from '../state/comparison-filter.ts'
import type { SummarisedRun, SummarisedRunFilter } from '../state/matching-runs.ts'
import type { Context } from './context.ts'
import type { ListPage, SliceRequest } from './list-page.ts'

/** Conditions that the state cannot decide: it knows no more of a run than its summaries do. */
const UNKNOWN_TO_STATE = ['source', 'resultCode', 'search'] as const

/**
 * Returns a page of runs whose summary meets conditions. Runs that the farm has deleted are left out.
 * @throws UsageError for an invalid cursor, and for a condition that cannot be combined with those of summaries;
 *   as `CampaignService.runs`
 */
export async function pageOfSummarisedRuns(
  summary: ComparisonFilter,
  conditions: RunFilter,
  order: RunOrder,
  { count, isBackward, after, before }: SliceRequest,
  context: Context,
): Promise<ListPage<Run>> {
  const { resources, services, client } = context
  const filter = filterOf(summary, conditions)
  const page = {
    limit: count + 1,
    after: after === null ? undefined : decodeCursor('after', after),
    before: before === null ? undefined : decodeCursor('before', before),
  }
  const isOldestFirst = order === 'OLDEST_FIRST'
  // A page from the end is a page of the list in the other order.
  const found = await services.campaigns.runs(
    filter,
    isBackward
      ? { limit: page.limit, after: page.before, before: page.after, isOldestFirst: !isOldestFirst }
      : { ...page, isOldestFirst },
    client,
  )
  const items = found.slice(0, count)
  if (isBackward) items.reverse()
  const runs = await Promise.all(items.map(({ runId }) => resources.loaders.run.load(runId)))
  const hasMore = found.length > count
  const [hasAfter, hasBefore] = [page.after !== undefined, page.before !== undefined]
  const last = items.at(-1)
  return {
    edges: items.flatMap((item, index) => {
      const node = runs[index]
      return node ? [{ node, cursor: encodeCursor(item) }] : []
    }),
    ...(last && { endCursor: encodeCursor(last) }),
    hasNextPage: isBackward ? hasBefore : hasMore,
    hasPreviousPage: isBackward ? hasMore : hasAfter,
    totalCount: () => services.campaigns.countRuns(filter, client),
  }
}

/** @throws UsageError */
function filterOf(summary: ComparisonFilter, conditions: RunFilter): SummarisedRunFilter {
  const unknown = UNKNOWN_TO_STATE.find((name) => conditions[name] !== undefined)
  if (unknown !== undefined || conditions.successful === false)
    throw new UsageError(
      `"${unknown ?? 'successful'}" cannot be combined with conditions for summaries: leave one out`,
    )
  const { campaign, codebase, finishedAfter, finishedBefore } = conditions
  return {
    summary,
    ...(campaign && { campaign }),
    ...(codebase && { codebase }),
    ...(finishedAfter && { finishedAfterMs: finishedAfter.getTime() }),
    ...(finishedBefore && { finishedBeforeMs: finishedBefore.getTime() }),
  }
}

function encodeCursor({ finishedMs, runId }: SummarisedRun): string {
  return Buffer.from(JSON.stringify([finishedMs, runId])).toString('base64url')
}

function decodeCursor(name: string, cursor: string): SummarisedRun {
  try {
    const [finishedMs, runId] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown[]
    const isId = typeof runId === 'string' && !runId.includes('\0')
    if (Number.isSafeInteger(finishedMs) && isId) return { finishedMs: finishedMs as number, runId }
  } catch {
    // Not JSON: an invalid cursor like any other.
  }
  throw new UsageError(`"${name}" is not a cursor of this list; take one from pageInfo or an edge`)
}
