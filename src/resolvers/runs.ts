import { listRuns, type RunCursor, type RunFilter } from '../db/runs.ts'
import { RunNotFoundError, UsageError } from '../errors.ts'
import type { Binary, Run } from '../model.ts'
import type { Context } from './context.ts'

/** @throws RunNotFoundError, DatabaseUnavailableError */
export async function loadRun(runId: string, { loaders }: Context): Promise<Run> {
  const run = await loaders.run.load(runId)
  if (!run) throw new RunNotFoundError(runId)
  return run
}

/** @throws ArtifactsMissingError and the other errors of the store */
export function listBinaries(run: Run, { services, signal }: Context): Promise<Binary[]> {
  return services.artifacts.list(run.id, signal)
}

export interface RunPage {
  readonly edges: readonly { readonly node: Run; readonly cursor: string }[]
  readonly hasNextPage: boolean
  /** The cursor that it was asked for behind. */
  readonly after: string | null
}

/**
 * Runs, newest first, from behind a cursor.
 * @throws UsageError for a cursor that is none; DatabaseUnavailableError
 */
export async function pageOfRuns(
  filter: RunFilter,
  { first, after }: { first: number; after: string | null | undefined },
  { services }: Context,
): Promise<RunPage> {
  const page = await listRuns(services.database, filter, {
    limit: first,
    after: after ? decodeCursor(after) : undefined,
  })
  const edges = page.items.map(({ run, cursor }) => ({ node: run, cursor: encodeCursor(cursor) }))
  return { edges, hasNextPage: page.next !== null, after: after ?? null }
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
