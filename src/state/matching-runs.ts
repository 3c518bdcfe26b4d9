/** Lists runs by what their summaries say: each once, with however many control runs it is compared. */
import { type SQL, sql } from 'drizzle-orm'
import type { Db } from '../db/database.ts'
import { type ComparisonFilter, comparisonConditions } from './comparison-filter.ts'
import { newestRows } from './newest-rows.ts'

/** Conditions for a run. Those about its summary must all be met by one and the same comparison. */
export interface SummarisedRunFilter {
  readonly summary: ComparisonFilter
  /** Any of these; omitted for all campaigns. */
  readonly campaign?: readonly string[]
  readonly codebase?: readonly string[]
  /** Milliseconds since 1970, inclusive. */
  readonly finishedAfterMs?: number
  /** Exclusive. */
  readonly finishedBeforeMs?: number
}

/** The position of a run in the list. */
export interface SummarisedRun {
  readonly runId: string
  /** Milliseconds since 1970. */
  readonly finishedMs: number
}

export interface SummarisedRunPage {
  readonly limit: number
  readonly isOldestFirst: boolean
  readonly after?: SummarisedRun | undefined
  readonly before?: SummarisedRun | undefined
}

/** Lists runs by finish time and id: a run's place depends on the run alone, so rows that arrive move no other run. */
export async function listSummarisedRuns(
  db: Db,
  filter: SummarisedRunFilter,
  { limit, isOldestFirst, after, before }: SummarisedRunPage,
): Promise<SummarisedRun[]> {
  const direction = sql.raw(isOldestFirst ? 'ASC' : 'DESC')
  const [newest, oldest] = isOldestFirst ? [before, after] : [after, before]
  const newestTimes = newestRows({
    campaigns: sql`(SELECT id FROM differ.campaign WHERE ${isWanted(filter)}) AS wanted`,
    filter: conditionsOf(filter),
    times: (column) => timesOf(column, filter, { newest, oldest }),
    // The cursor may exclude all runs of its time.
    limit: limit + 1,
    isOldestFirst,
  })
  const condition = all([
    newest && sql`(one.finished_ms, one.new_id) < (${newest.finishedMs}::bigint, ${newest.runId})`,
    oldest && sql`(one.finished_ms, one.new_id) > (${oldest.finishedMs}::bigint, ${oldest.runId})`,
  ])
  const { rows } = await db.execute<{ runId: string; finishedMs: number }>(sql`
    SELECT one.new_id AS "runId", one.finished_ms::float8 AS "finishedMs"
    FROM (${newestTimes}) AS newest JOIN differ.comparison AS one USING (id) WHERE ${condition}
    GROUP BY one.finished_ms, one.new_id ORDER BY one.finished_ms ${direction}, one.new_id ${direction} LIMIT ${limit}`)
  return rows
}

/** How many runs match. Reads all of them. */
export async function countSummarisedRuns(db: Db, filter: SummarisedRunFilter): Promise<number> {
  const { rows } = await db.execute<{ count: number }>(sql`
    SELECT count(DISTINCT listed.new_id)::integer AS count FROM differ.comparison AS listed
    WHERE listed.campaign_id IN (SELECT id FROM differ.campaign WHERE ${isWanted(filter)})
      AND ${timesOf(sql`listed.finished_ms`, filter, {})} AND ${comparisonConditions(conditionsOf(filter))}`)
  return rows[0]?.count ?? 0
}

function isWanted({ campaign }: SummarisedRunFilter): SQL {
  return campaign ? sql`name = ANY(${sql.param(campaign)}::text[])` : sql`true`
}

function conditionsOf({ summary, codebase }: SummarisedRunFilter): ComparisonFilter {
  return codebase ? { ...summary, codebase } : summary
}

interface Bounds {
  /** Only runs that are not newer. */
  readonly newest?: SummarisedRun | undefined
  /** Only runs that are not older. */
  readonly oldest?: SummarisedRun | undefined
}

/** Times between which the runs finished: an index can begin and end there. */
function timesOf(column: SQL, filter: SummarisedRunFilter, { newest, oldest }: Bounds): SQL {
  const { finishedAfterMs, finishedBeforeMs } = filter
  return all([
    newest && sql`${column} <= ${newest.finishedMs}::bigint`,
    oldest && sql`${column} >= ${oldest.finishedMs}::bigint`,
    finishedAfterMs !== undefined && sql`${column} >= ${finishedAfterMs}::bigint`,
    finishedBeforeMs !== undefined && sql`${column} < ${finishedBeforeMs}::bigint`,
  ])
}

function all(conditions: readonly (SQL | false | undefined)[]): SQL {
  const given = conditions.filter((one) => typeof one === 'object')
  return given.length === 0 ? sql`true` : sql.join(given, sql` AND `)
}
