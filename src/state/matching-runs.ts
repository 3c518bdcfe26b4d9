/** Lists runs by what their summaries say: each once, with however many control runs it is compared. */
import { type SQL, sql } from 'drizzle-orm'
import type { Db } from '../db/database.ts'
import { type ComparisonFilter, matchingRows, timeOfRows } from './matching-comparisons.ts'

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
  const order = sql`ORDER BY finished_ms ${direction}, new_id ${direction} LIMIT ${limit}`
  const [newest, oldest] = isOldestFirst ? [before, after] : [after, before]
  const { rows } = await db.execute<{ runId: string; finishedMs: number }>(sql`
    SELECT new_id AS "runId", finished_ms::float8 AS "finishedMs"
    FROM ${perCampaign(filter, { newest, oldest, isOldestFirst, order })} ${order}`)
  return rows
}

/** How many runs match. Reads all of them. */
export async function countSummarisedRuns(db: Db, filter: SummarisedRunFilter): Promise<number> {
  const { rows } = await db.execute<{ count: number }>(
    sql`SELECT count(*)::integer AS count FROM ${perCampaign(filter, {})}`,
  )
  return rows[0]?.count ?? 0
}

interface Part {
  /** Only runs that are older. */
  readonly newest?: SummarisedRun | undefined
  /** Only runs that are newer. */
  readonly oldest?: SummarisedRun | undefined
  readonly isOldestFirst?: boolean
  readonly order?: SQL
}

/** The first runs of each campaign, because each index has the rows of one campaign in the order of the list. */
function perCampaign(filter: SummarisedRunFilter, part: Part): SQL {
  const { summary, campaign, codebase } = filter
  const { newest, oldest, isOldestFirst = false, order = sql`` } = part
  const condition = all([
    newest && sql`(one.finished_ms, one.new_id) < (${newest.finishedMs}::bigint, ${newest.runId})`,
    oldest && sql`(one.finished_ms, one.new_id) > (${oldest.finishedMs}::bigint, ${oldest.runId})`,
    codebase && sql`one.codebase = ANY(${sql.param(codebase)}::text[])`,
  ])
  const rows = matchingRows({
    campaignId: sql`wanted.id`,
    filter: summary,
    place: (table) => timesOf(sql.raw(`${table}.finished_ms`), filter, part),
    condition,
    isOldestFirst,
  })
  const isWanted = campaign ? sql`wanted.name = ANY(${sql.param(campaign)}::text[])` : sql`true`
  return sql`differ.campaign AS wanted CROSS JOIN LATERAL (
      SELECT finished_ms, new_id FROM (SELECT ${timeOfRows(summary)} AS finished_ms, one.new_id ${rows}) AS listed
      GROUP BY finished_ms, new_id ${order}
    ) AS page WHERE ${isWanted}`
}

/** Times between which the runs finished: an index can begin and end there. */
function timesOf(column: SQL, filter: SummarisedRunFilter, { newest, oldest }: Part): SQL {
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
