import { countRuns, listRuns, type RunCursor, type RunFilter } from '../db/runs.ts'
import { RunNotFoundError, UsageError } from '../errors.ts'
import type { Run } from '../model.ts'
import type { Context } from './context.ts'

/** @throws RunNotFoundError, DatabaseUnavailableError */
export async function loadRun(runId: string, { loaders }: Context): Promise<Run> {
  const run = await loaders.run.load(runId)
  if (!run) throw new RunNotFoundError(runId)
  return run
}

export interface RunPage {
  readonly edges: readonly { readonly node: Run; readonly cursor: string }[]
  readonly hasNextPage: boolean
  /** The cursor that it was asked for behind. */
  readonly after: string | null
  readonly filter: RunFilter
}

/**
 * Runs, newest first, from behind a cursor.
 * @throws UsageError for a cursor that is none; DatabaseUnavailableError
 */
export async function pageOfRuns(
  filter: RunFilter,
  { first, after }: { readonly first: number; readonly after?: string | null | undefined },
  { services, loaders }: Context,
): Promise<RunPage> {
  const page = await listRuns(services.database, filter, {
    limit: first,
    after: after ? decodeCursor(after) : undefined,
  })
  const edges = page.items.map(({ run, cursor }) => ({ node: run, cursor: encodeCursor(cursor) }))
  for (const { node } of edges) loaders.run.prime(node.id, node)
  return { edges, hasNextPage: page.next !== null, after: after ?? null, filter }
}

/** How many runs match. @throws DatabaseUnavailableError */
export function countOfRuns(filter: RunFilter, { services }: Context): Promise<number> {
  return countRuns(services.database, filter)
}

function encodeCursor({ finishTime, id }: RunCursor): string {
  return Buffer.from(JSON.stringify([finishTime, id])).toString('base64url')
}

function decodeCursor(cursor: string): RunCursor {
  try {
    const [finishTime, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown[]
    const isTime =
      finishTime === null || (typeof finishTime === 'string' && /^[\d: .-]{10,40}$/.test(finishTime))
    if (isTime && typeof id === 'string' && !id.includes('\0')) return { finishTime, id }
  } catch {
    // Falls through to the one sentence for whatever is wrong with it.
  }
  throw new UsageError('"after" is not a cursor of this list; take one from pageInfo.endCursor or an edge')
}
