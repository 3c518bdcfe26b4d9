/** Which runs are compared with which. */
import { type SQL, sql } from 'drizzle-orm'
import { CONTROL_CAMPAIGNS, isControlRun } from '../control-runs.ts'
import type { Run } from '../model.ts'
import { SUCCESS } from '../run-pair.ts'
import type { Queries } from './database.ts'
import { olderThan, type RunCursor } from './run-order.ts'
import { type Page, type PageRequest, runsByIds } from './runs.ts'
import { isStorableText } from './storable-text.ts'
import { run } from './tables.ts'
import { timeText } from './timestamps.ts'

/**
 * Finds the baseline of each run: the newest successful control run of the same codebase that built the run's
 * main branch revision. Takes two statements for any number of runs.
 * @returns the baselines in the order of `runs`; null for a control run and for a run without a baseline
 * @throws DatabaseUnavailableError
 */
export async function findBaselines(database: Queries, runs: readonly Run[]): Promise<(Run | null)[]> {
  const wanted = runs.map(baselineKey)
  const keys = wanted.filter((key) => key !== null)
  if (keys.length === 0) return runs.map(() => null)
  const { rows } = await database.query((db) =>
    db.execute<{ id: string | null }>(sql`
      SELECT (
        SELECT run.id FROM run
        WHERE run.revision = wanted.revision AND run.codebase = wanted.codebase
          AND run.id = run.change_set AND run.result_code = ${SUCCESS}
        ORDER BY run.finish_time DESC NULLS LAST, run.id DESC
        LIMIT 1
      ) AS id
      FROM unnest(
        ${sql.param(keys.map(({ revision }) => revision))}::text[],
        ${sql.param(keys.map(({ codebase }) => codebase))}::text[]
      ) WITH ORDINALITY AS wanted (revision, codebase, ordinal)
      ORDER BY wanted.ordinal`),
  )
  const found = rows.values()
  const ids = wanted.map((key) => (key === null ? null : (found.next().value?.id ?? null)))
  const baselineIds = ids.filter((id) => id !== null)
  const baselines = (await runsByIds(database, baselineIds)).values()
  return ids.map((id) => (id === null ? null : (baselines.next().value ?? null)))
}

/** What identifies the baselines of a run; null if it cannot have one. */
function baselineKey(run: Run): { readonly codebase: string; readonly revision: string } | null {
  const { codebase, mainBranchRevision: revision } = run
  if (revision === null || isControlRun(run) || !isStorableText(revision + codebase)) return null
  return { codebase, revision }
}

const CONTROL_CAMPAIGN_LIST = sql.join(
  CONTROL_CAMPAIGNS.map((campaign) => sql`${campaign}`),
  sql`, `,
)
/** `new` succeeded and contains a change. */
const IS_CHANGE = sql`new.result_code = ${SUCCESS} AND new.main_branch_revision <> new.revision
  AND new.suite NOT IN (${CONTROL_CAMPAIGN_LIST})`
/** `old` is a successful run of the revision that `new` is based on. */
const IS_UNCHANGED_SOURCE = sql`old.revision = new.main_branch_revision AND old.result_code = ${SUCCESS}`

/** Only pairs whose changed run finished at that time or later, or is of that campaign. */
export interface WhichPairs {
  readonly since?: Date | undefined
  readonly campaign?: string | undefined
}

/**
 * Lists every pair of a changed run and a run of its unchanged source, newest first: by the changed run's
 * finish time descending, then by both ids descending. A page holds all pairs of up to `limit` changed runs.
 *
 * The query limits the changed runs before it joins. So a page costs the same at any position and without
 * table statistics; limiting the joined rows instead took over 30 s when 20,000 runs were new and not yet
 * analysed.
 * @throws DatabaseUnavailableError
 */
export async function listControlPairs(
  database: Queries,
  { limit, after, ...which }: PageRequest<RunCursor> & WhichPairs,
): Promise<Page<{ readonly oldId: string; readonly newId: string }, RunCursor>> {
  const afterCursor = after
    ? sql`AND ${olderThan(after, { finishTime: sql`new.finish_time`, id: sql`new.id` })}`
    : sql``
  const { rows } = await database.query((db) =>
    db.execute<{ finishTime: string | null; newId: string; oldId: string | null }>(sql`
      SELECT ${timeText(sql`new.finish_time`)} AS "finishTime", new.id AS "newId", old.id AS "oldId"
      FROM (
        SELECT * FROM run AS new WHERE ${IS_CHANGE} ${isOneOf(which)} ${afterCursor}
        ORDER BY new.finish_time DESC, new.id DESC
        LIMIT ${limit}
      ) AS new LEFT JOIN run AS old ON ${IS_UNCHANGED_SOURCE}
      ORDER BY new.finish_time DESC, new.id DESC, old.id DESC`),
  )
  const items = rows.flatMap(({ oldId, newId }) => (oldId === null ? [] : [{ oldId, newId }]))
  const last = rows.at(-1)
  const isFull = new Set(rows.map(({ newId }) => newId)).size === limit
  return { items, next: isFull && last ? { finishTime: last.finishTime, id: last.newId } : null }
}

/**
 * Counts the pairs that `listControlPairs` would list now.
 * @throws DatabaseUnavailableError
 */
export async function countControlPairs(database: Queries, which: WhichPairs = {}): Promise<number> {
  if (!isStorableText(which.campaign ?? '')) return 0
  const { rows } = await database.query((db) =>
    db.execute<{ count: number }>(sql`
      SELECT count(*)::integer AS count FROM run AS new JOIN run AS old ON ${IS_UNCHANGED_SOURCE}
      WHERE ${IS_CHANGE} ${isOneOf(which)}`),
  )
  return rows[0]?.count ?? 0
}

function isOneOf({ since, campaign }: WhichPairs): SQL {
  const isLater = since ? sql`AND new.finish_time >= ${sql.param(since, run.finishTime)}::timestamp` : sql``
  return campaign === undefined ? isLater : sql`${isLater} AND new.suite = ${campaign}`
}
