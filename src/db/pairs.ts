/** Which runs are compared with which ahead of time. */
import { sql } from 'drizzle-orm'
import type { Run, RunPair } from '../model.ts'
import type { Database } from './database.ts'
import { isText, type Page, type PageRequest, runsByIds } from './runs.ts'

/** A pair's place in the order of `unchangedPairs`; `finishTime` as in RunCursor. */
export interface PairCursor {
  readonly finishTime: string | null
  readonly newId: string
  readonly oldId: string
}

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

/** A successful run with a change, and a successful run of the revision that it was made upon. */
const pairs = sql`
  FROM run AS new JOIN run AS old ON old.revision = new.main_branch_revision
  WHERE new.result_code = 'success' AND old.result_code = 'success'
    AND new.main_branch_revision <> new.revision AND new.suite NOT IN ('control', 'unchanged')`

/**
 * Every pair of a run and an unchanged one, newest first: by the new run's finish time downwards, then both ids downwards. A page
 * costs two statements.
 * @throws DatabaseUnavailableError
 */
export async function unchangedPairs(
  database: Database,
  { limit, after }: PageRequest<PairCursor>,
): Promise<Page<RunPair, PairCursor>> {
  const { rows } = await database.query((db) =>
    db.execute<{ finishTime: string | null; newId: string; oldId: string }>(sql`
      SELECT new.finish_time::text AS "finishTime", new.id AS "newId", old.id AS "oldId" ${pairs}
        ${after ? sql`AND ${beyond(after)}` : sql``}
      ORDER BY new.finish_time DESC, new.id DESC, old.id DESC
      LIMIT ${limit + 1}`),
  )
  const page = rows.slice(0, limit)
  const ids = [...new Set(page.flatMap(({ newId, oldId }) => [newId, oldId]))]
  const runs = new Map((await runsByIds(database, ids)).map((run, index) => [ids[index], run]))
  const items = page.flatMap(({ newId, oldId }) => {
    const pair = { old: runs.get(oldId), new: runs.get(newId) }
    return pair.old && pair.new ? [{ old: pair.old, new: pair.new }] : []
  })
  return { items, next: rows.length > limit ? (page.at(-1) ?? null) : null }
}

/**
 * How many pairs `unchangedPairs` has at this moment.
 * @throws DatabaseUnavailableError
 */
export async function countUnchangedPairs(database: Database): Promise<number> {
  const { rows } = await database.query((db) =>
    db.execute<{ count: number }>(sql`SELECT count(*)::integer AS count ${pairs}`),
  )
  return rows[0]?.count ?? 0
}

/**
 * As `olderThan` of runs: nulls come first, and a row comparison with a null is never true. An index cannot start from a row of
 * two tables, so its first column is compared alone as well (a page in the midst of 200,000 pairs: 195 ms without, 6 ms with it).
 */
function beyond({ finishTime, newId, oldId }: PairCursor) {
  return finishTime === null
    ? sql`(new.finish_time IS NOT NULL OR (new.id, old.id) < (${newId}, ${oldId}))`
    : sql`new.finish_time <= ${finishTime}::timestamp
        AND (new.finish_time, new.id, old.id) < (${finishTime}::timestamp, ${newId}, ${oldId})`
}
