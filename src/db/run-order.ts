/** The order of lists of runs, and positions in them. */
import { type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import { UsageError } from '../errors.ts'
import { isStorableText } from './storable-text.ts'
import { run } from './tables.ts'
import { isTimeText } from './timestamps.ts'

/** By finish time and id. Runs that have not finished are the newest. */
export type RunOrder = 'NEWEST_FIRST' | 'OLDEST_FIRST'

/**
 * A run's position in a list. `finishTime` is a text of `timeText`.
 */
export interface RunCursor {
  readonly finishTime: string | null
  readonly id: string
}

/**
 * PostgreSQL sorts nulls first in descending order and last in ascending order, so it can read an index on
 * (finish_time, id) in either direction.
 */
export const ORDERS = {
  NEWEST_FIRST: [sql`${run.finishTime} DESC`, sql`${run.id} DESC`],
  OLDEST_FIRST: [sql`${run.finishTime}`, sql`${run.id}`],
} satisfies Record<RunOrder, SQL[]>

/**
 * The condition for runs that follow the cursor in a list sorted newest first. It compares rows, because
 * PostgreSQL can start an index scan from a row comparison. A row comparison with null is never true, so a
 * null time, which sorts first, needs its own condition.
 */
export function olderThan(
  { finishTime, id }: RunCursor,
  columns: { readonly finishTime: SQLWrapper; readonly id: SQLWrapper },
): SQL {
  return finishTime === null
    ? sql`(${columns.finishTime} IS NOT NULL OR ${columns.id} < ${id})`
    : sql`(${columns.finishTime}, ${columns.id}) < (${finishTime}::timestamp, ${id})`
}

/** As `olderThan`, for a list sorted oldest first, where a null time sorts last. */
export function newerThan(
  { finishTime, id }: RunCursor,
  columns: { readonly finishTime: SQLWrapper; readonly id: SQLWrapper },
): SQL {
  return finishTime === null
    ? sql`(${columns.finishTime} IS NULL AND ${columns.id} > ${id})`
    : sql`(${columns.finishTime} IS NULL OR (${columns.finishTime}, ${columns.id}) > (${finishTime}::timestamp, ${id}))`
}

/** @throws UsageError for a cursor that this list cannot have returned */
export function requireValidCursor({ finishTime, id }: RunCursor): void {
  if (!isStorableText(id) || (finishTime !== null && !isTimeText(finishTime)))
    throw new UsageError('The cursor is not from a list of runs; pass the cursor of an earlier page')
}
