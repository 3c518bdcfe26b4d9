/** Lists the comparisons of a campaign by what their summaries say. */
import { type SQL, sql } from 'drizzle-orm'
import type { Db } from '../db/database.ts'
import type { Verdict } from '../diff/summary/types.ts'
import { forEachCampaign, type KeysetPage } from './campaign-queries.ts'
import { type ComparisonFilter, comparisonConditions } from './comparison-filter.ts'
import { newestRows } from './newest-rows.ts'

/** A row of a list. */
export interface MatchingComparison {
  /** Its position in the list. */
  readonly cursor: ComparisonCursor
  readonly oldId: string
  readonly newId: string
  readonly codebase: string
  readonly verdict: Verdict | null
  readonly failure: string | null
  /** Findings that the rules file does not expect. */
  readonly bad: number
  readonly verify: number
  readonly info: number
  readonly expected: number
  readonly signature: string | null
  /** The rules that judged it: see `RulesInForce`. */
  readonly rulesVersion: number
  readonly rulesFile: string
}

export interface ComparisonCursor {
  /** When the new run finished, in milliseconds since 1970. */
  readonly finishedMs: number
  readonly id: number
}

export interface ListOptions extends KeysetPage<ComparisonCursor> {
  /** Lists each new run once, with the comparison that was recorded first among those that match. */
  readonly distinctRuns?: boolean
}

/** The comparisons of each campaign, newest first. Rows that are added meanwhile appear on later pages only if they are older. */
export async function listComparisons(
  db: Db,
  campaignIds: readonly number[],
  filter: ComparisonFilter,
  options: ListOptions,
): Promise<MatchingComparison[][]> {
  const found = await forEachCampaign<Omit<MatchingComparison, 'cursor'> & ComparisonCursor>(
    db,
    campaignIds,
    (id) => pageOf(id, filter, options),
  )
  return found.map((rows) =>
    rows
      .sort((a, b) => b.finishedMs - a.finishedMs || b.id - a.id)
      .map(({ id, finishedMs, ...row }) => ({ ...row, cursor: { finishedMs, id } })),
  )
}

function pageOf(
  campaignId: number | SQL,
  filter: ComparisonFilter,
  { limit, after, before, isBackward = false, distinctRuns = false }: ListOptions,
): SQL {
  const direction = isBackward ? sql`ASC` : sql`DESC`
  const rows = newestRows({
    campaigns: sql`(SELECT ${campaignId}::integer AS id) AS wanted`,
    filter,
    times: (column) => sql`${after ? sql`${column} <= ${after.finishedMs}::bigint` : sql`true`}
      AND ${before ? sql`${column} >= ${before.finishedMs}::bigint` : sql`true`}`,
    // The cursor may exclude all rows of its time.
    limit: limit + 1,
    isOldestFirst: isBackward,
  })
  const place = ({ finishedMs, id }: ComparisonCursor) => sql`(${finishedMs}::bigint, ${id}::bigint)`
  return sql`SELECT one.id::float8 AS id, one.finished_ms::float8 AS "finishedMs", one.old_id AS "oldId",
        one.new_id AS "newId", one.codebase, one.verdict, one.failure, one.bad, one.verify, one.info, one.expected,
        one.signature::text AS signature, one.rules_version AS "rulesVersion", one.rules_file AS "rulesFile"
      FROM (
        SELECT ${distinctRuns ? sql`DISTINCT ON (listed.new_id)` : sql``} listed.*
        FROM (${rows}) AS newest JOIN differ.comparison AS listed USING (id)
        ${distinctRuns ? sql`ORDER BY listed.new_id, listed.id` : sql``}
      ) AS one
      WHERE ${after ? sql`(one.finished_ms, one.id) < ${place(after)}` : sql`true`}
        AND ${before ? sql`(one.finished_ms, one.id) > ${place(before)}` : sql`true`}
      ORDER BY one.finished_ms ${direction}, one.id ${direction} LIMIT ${limit}`
}

/** How many comparisons of each campaign match. Reads all of them. */
export async function countComparisons(
  db: Db,
  campaignIds: readonly number[],
  filter: ComparisonFilter,
): Promise<number[]> {
  const found = await forEachCampaign<{ count: number }>(
    db,
    campaignIds,
    (campaignId) => sql`SELECT count(*)::integer AS count FROM differ.comparison AS listed
      WHERE listed.campaign_id = ${campaignId} AND ${comparisonConditions(filter)}`,
  )
  return found.map(([row]) => row?.count ?? 0)
}
