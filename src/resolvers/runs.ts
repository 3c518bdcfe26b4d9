import type { Queries } from '../db/database.ts'
import { countRuns, listRuns, type RunCursor, type RunFilter } from '../db/runs.ts'
import { isTimeText } from '../db/timestamps.ts'
import { RunNotFoundError, UsageError } from '../errors.ts'
import type { Run } from '../model.ts'
import type { Context } from './context.ts'

/** @throws RunNotFoundError, DatabaseUnavailableError */
export async function loadRun(runId: string, { resources }: Context): Promise<Run> {
  const run = await resources.loaders.run.load(runId)
  if (!run) throw new RunNotFoundError(runId)
  return run
}

export interface RunPage {
  readonly edges: readonly { readonly node: Run; readonly cursor: string }[]
  readonly hasNextPage: boolean
  /** Whether the list has a run before this page. Asks the database, if the page has a cursor. */
  readonly hasPreviousPage: () => Promise<boolean>
  /** Filter of the whole list, for its total count. */
  readonly filter: RunFilter
}

/** A filter as clients send it: null means that a condition is not given. */
type NullableRunFilter = { readonly [K in keyof RunFilter]?: RunFilter[K] | null | undefined }

/**
 * Returns a page of runs, newest first.
 * @param filter null or undefined: all runs
 * @throws UsageError for an invalid cursor or search; DatabaseUnavailableError; OverloadedError; QueryLimitError
 *   if the search takes too long
 */
export async function pageOfRuns(
  filter: NullableRunFilter | null | undefined,
  { first, after }: { readonly first: number; readonly after?: string | null | undefined },
  context: Context,
): Promise<RunPage> {
  const conditions = withoutNulls(filter ?? {})
  const page = await listRuns(queriesFor(conditions, context), conditions, {
    limit: first,
    after: after == null ? undefined : decodeCursor(after),
  })
  const edges = page.items.map(({ run, cursor }) => ({ node: run, cursor: encodeCursor(cursor) }))
  for (const { node } of edges) context.resources.loaders.run.prime(node.id, node)
  const hasPreviousPage = async () => {
    if (after == null) return false
    // A cursor may be that of another list, or of a run that was deleted.
    const { items } = await listRuns(queriesFor(conditions, context), conditions, { limit: 1 })
    return items.length > 0 && items[0]?.run.id !== edges[0]?.node.id
  }
  return { edges, hasNextPage: page.next !== null, hasPreviousPage, filter: conditions }
}

/** Counts the runs that match. @throws DatabaseUnavailableError */
export function countOfRuns(filter: RunFilter, context: Context): Promise<number> {
  return countRuns(queriesFor(filter, context), filter)
}

function queriesFor({ search }: RunFilter, { services, client }: Context): Queries {
  return services.database.for(search ? 'search' : 'list', client)
}

function withoutNulls(filter: NullableRunFilter): RunFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value != null))
}

function encodeCursor({ finishTime, id }: RunCursor): string {
  return Buffer.from(JSON.stringify([finishTime, id])).toString('base64url')
}

function decodeCursor(cursor: string): RunCursor {
  try {
    const [finishTime, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown[]
    const isTime = finishTime === null || (typeof finishTime === 'string' && isTimeText(finishTime))
    if (isTime && typeof id === 'string' && !id.includes('\0')) return { finishTime, id }
  } catch {
    // Not JSON: an invalid cursor like any other.
  }
  throw new UsageError('"after" is not a cursor of this list; take one from pageInfo.endCursor or an edge')
}
