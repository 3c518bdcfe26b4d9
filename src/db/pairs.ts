/** Which runs are compared with which ahead of time. */
import { sql } from 'drizzle-orm'
import type { Run } from '../model.ts'
import type { Database } from './database.ts'
import { isText, type Page, type PageRequest, type RunCursor, runsByIds } from './runs.ts'

/**
 * For each run the control run to compare it with: the newest successful run of its main branch's revision and codebase
 * whose id is its change set's. Null where there is none, and for a control run itself. Two statements, however many runs.
 * @throws DatabaseUnavailableError
 */
export async function baselineOf(database: Database, runs: readonly Run[]): Promise<(Run | null)[]> {
  const wanted = runs.map(({ codebase, revision, mainBranchRevision }) =>
    mainBranchRevision === null || mainBranchRevision === revision || !isText(mainBranchRevision + codebase)
      ? null
      : { codebase, revision: mainBranchRevision },
  )
  const asked = wanted.filter((one) => one !== null)
  if (asked.length === 0) return runs.map(() => null)
  const { rows } = await database.query((db) =>
    db.execute<{ id: string | null }>(sql`
      SELECT (
        SELECT run.id FROM run
        WHERE run.revision = wanted.revision AND run.codebase = wanted.codebase
          AND run.id = run.change_set AND run.result_code = 'success'
        ORDER BY run.finish_time DESC NULLS LAST, run.id DESC
        LIMIT 1
      ) AS id
      FROM unnest(
        ${sql.param(asked.map((one) => one.revision))}::text[],
        ${sql.param(asked.map((one) => one.codebase))}::text[]
      ) WITH ORDINALITY AS wanted (revision, codebase, place)
      ORDER BY wanted.place`),
  )
  const found = rows.values()
  const ids = wanted.map((one) => (one === null ? null : (found.next().value?.id ?? null)))
  const baselines = (
    await runsByIds(
      database,
      ids.filter((id) => id !== null),
    )
  ).values()
  return ids.map((id) => (id === null ? null : (baselines.next().value ?? null)))
}

/** A run that succeeded, with a change. */
const changed = sql`new.result_code = 'success' AND new.main_branch_revision <> new.revision
  AND new.suite NOT IN ('control', 'unchanged')`
/** A successful run of the revision that it was made upon. */
const upon = sql`old.revision = new.main_branch_revision AND old.result_code = 'success'`

/**
 * Every pair of a run and an unchanged one, newest first: by the new run's finish time downwards, then both ids downwards.
 * With `since` only those whose new run finished at or after. A page is of `limit` changed runs, with all their pairs. It is one statement, and runs are limited ahead of the join: so it costs the same
 * wherever it is and whatever PostgreSQL believes of the table (a join cut to a page took over 30 s where 20,000 runs were new and not yet analysed).
 * @throws DatabaseUnavailableError
 */
export async function unchangedPairs(
  database: Database,
  { limit, after, since }: PageRequest<RunCursor> & { readonly since?: Date | undefined },
): Promise<Page<{ readonly oldId: string; readonly newId: string }, RunCursor>> {
  const { rows } = await database.query((db) =>
    db.execute<{ finishTime: string | null; newId: string; oldId: string | null }>(sql`
      SELECT new.finish_time::text AS "finishTime", new.id AS "newId", old.id AS "oldId"
      FROM (
        SELECT * FROM run AS new WHERE ${changed} ${finishedSince(since)} ${after ? sql`AND ${olderThan(after)}` : sql``}
        ORDER BY new.finish_time DESC, new.id DESC
        LIMIT ${limit}
      ) AS new LEFT JOIN run AS old ON ${upon}
      ORDER BY new.finish_time DESC, new.id DESC, old.id DESC`),
  )
  const items = rows.flatMap(({ oldId, newId }) => (oldId === null ? [] : [{ oldId, newId }]))
  const last = rows.at(-1)
  const isFull = new Set(rows.map(({ newId }) => newId)).size === limit
  return { items, next: isFull && last ? { finishTime: last.finishTime, id: last.newId } : null }
}

/**
 * How many pairs `unchangedPairs` has at this moment, of runs that finished at or after `since` where it is given.
 * @throws DatabaseUnavailableError
 */
export async function countUnchangedPairs(database: Database, since?: Date): Promise<number> {
  const { rows } = await database.query((db) =>
    db.execute<{ count: number }>(
      sql`SELECT count(*)::integer AS count FROM run AS new JOIN run AS old ON ${upon} WHERE ${changed} ${finishedSince(since)}`,
    ),
  )
  return rows[0]?.count ?? 0
}

/** Times are in UTC, in a column without a zone. */
function finishedSince(since: Date | undefined) {
  return since ? sql`AND new.finish_time >= (${since.toISOString()}::timestamptz AT TIME ZONE 'UTC')` : sql``
}

/** As `olderThan` of runs: nulls come first, and a row comparison with a null is never true. */
function olderThan({ finishTime, id }: RunCursor) {
  return finishTime === null
    ? sql`(new.finish_time IS NOT NULL OR new.id < ${id})`
    : sql`(new.finish_time, new.id) < (${finishTime}::timestamp, ${id})`
}
