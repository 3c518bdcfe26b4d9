/** Lists the comparisons of a campaign by what their summaries say. */
import { type SQL, sql } from 'drizzle-orm'
import type { Db } from '../db/database.ts'
import type { Severity, Verdict } from '../diff/summary/types.ts'
import { forEachCampaign } from './campaign-queries.ts'
import { digestNumber } from './signature.ts'
import { storable } from './storable.ts'

/**
 * Conditions for a comparison. Those about findings must all be met by one and the same finding. Findings that
 * a summary leaves out, because it has thousands, are not seen.
 */
export interface ComparisonFilter {
  /** Any of these; `null` stands for summaries that could not be made. */
  readonly verdict?: readonly (Verdict | null)[]
  readonly rule?: readonly string[]
  readonly severity?: readonly Severity[]
  readonly package?: string
  readonly path?: string
  /** Whether the rules file expects the finding. */
  readonly expected?: boolean
  /** A cluster. */
  readonly signature?: string
}

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

export interface ListOptions {
  readonly limit: number
  readonly after?: ComparisonCursor | undefined
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
  { limit, after, distinctRuns = false }: ListOptions,
): SQL {
  const place = (table: RowsTable) => follows(table, after)
  const isDistinct = distinctRuns ? firstOfRun(campaignId, filter) : sql`true`
  return sql`SELECT one.id::float8 AS id, one.finished_ms::float8 AS "finishedMs", one.old_id AS "oldId",
        one.new_id AS "newId", one.codebase, one.verdict, one.failure, one.bad, one.verify, one.info, one.expected,
        one.signature::text AS signature, one.rules_version AS "rulesVersion", one.rules_file AS "rulesFile"
      ${matchingRows({ campaignId, filter, place, condition: isDistinct })}
      ORDER BY ${timeOfRows(filter)} DESC, one.id DESC LIMIT ${limit}`
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
    (campaignId) => sql`SELECT count(*)::integer AS count ${matchingRows({ campaignId, filter })}`,
  )
  return found.map(([row]) => row?.count ?? 0)
}

function aboutFindings({ rule, severity, package: name, path, expected }: ComparisonFilter): boolean {
  return [rule, severity, name, path, expected].some((one) => one !== undefined)
}

/** The table of comparisons, or that of findings. */
type RowsTable = 'one' | 'found'

export interface RowsRequest {
  readonly campaignId: number | SQL
  readonly filter: ComparisonFilter
  /** Which part of the list: a condition for columns of either table, so that an index begins there. */
  readonly place?: (table: RowsTable) => SQL
  /** Another condition for the comparison `one`. */
  readonly condition?: SQL
  readonly isOldestFirst?: boolean
}

/**
 * The clauses FROM and WHERE for the comparisons `one` that match. Conditions about findings are looked up among the
 * findings of the campaign in the order of the list: an index has them by rule, severity, package or path, so that
 * a page reads little more than what it shows.
 */
export function matchingRows(request: RowsRequest): SQL {
  const { campaignId, filter, place = () => sql`true`, condition = sql`true` } = request
  if (!aboutFindings(filter))
    return sql`FROM differ.comparison AS one
      WHERE one.campaign_id = ${campaignId} AND ${conditions('one', filter)} AND ${place('one')} AND ${condition}`
  const direction = sql.raw(request.isOldestFirst ? 'ASC' : 'DESC')
  return sql`FROM (
      SELECT finished_ms, comparison_id FROM differ.finding AS found
      WHERE found.campaign_id = ${campaignId} AND ${findingConditions(filter)} AND ${place('found')}
      GROUP BY finished_ms, comparison_id
      ORDER BY finished_ms ${direction}, comparison_id ${direction}
    ) AS matching JOIN differ.comparison AS one ON one.id = matching.comparison_id
    WHERE ${conditions('one', filter)} AND ${condition}`
}

/** The time by which `matchingRows` come in order. The planner does not know that those of both tables are equal. */
export function timeOfRows(filter: ComparisonFilter): SQL {
  return sql.raw(`${aboutFindings(filter) ? 'matching' : 'one'}.finished_ms`)
}

function follows(table: RowsTable, after: ComparisonCursor | undefined): SQL {
  if (!after) return sql`true`
  const id = sql.raw(table === 'one' ? 'one.id' : 'found.comparison_id')
  return sql`(${sql.raw(table)}.finished_ms, ${id}) < (${after.finishedMs}::bigint, ${after.id}::bigint)`
}

/** What the comparison itself must be. Rows that are only reserved never match. */
function conditions(table: 'one' | 'other', { verdict, signature }: ComparisonFilter): SQL {
  const column = (name: string) => sql.raw(`${table}.${name}`)
  const parts = [sql`(${column('verdict')} IS NOT NULL OR ${column('failure')} IS NOT NULL)`]
  if (verdict !== undefined) {
    const names = verdict.filter((one) => one !== null)
    const isOne = isAnyOf(column('verdict'), names)
    parts.push(verdict.includes(null) ? sql`(${isOne} OR ${column('verdict')} IS NULL)` : isOne)
  }
  if (signature !== undefined) parts.push(sql`${column('signature')} = ${signature}::bigint`)
  return sql.join(parts, sql` AND `)
}

/** An index yields the rows of one value in order, but not those of several. */
function isAnyOf(column: SQL, values: readonly string[]): SQL {
  return values.length === 1
    ? sql`${column} = ${values[0]}`
    : sql`${column} = ANY(${sql.param(values)}::text[])`
}

/** What one finding must be. */
function findingConditions({ rule, severity, package: name, path, expected }: ComparisonFilter): SQL {
  const parts = [
    rule && isAnyOf(sql`found.rule`, rule.map(storable)),
    severity && isAnyOf(sql`found.severity`, severity),
    name !== undefined && sql`found.package = ${storable(name)}`,
    path !== undefined &&
      sql`found.path_key = ${String(digestNumber(storable(path)))}::bigint AND found.path = ${storable(path)}`,
    expected !== undefined && sql`found.expected = ${expected}`,
  ].filter((part) => typeof part === 'object')
  return sql.join(parts, sql` AND `)
}

/** Whether no other comparison of the same new run matches that was recorded before this one. */
function firstOfRun(campaignId: number | SQL, filter: ComparisonFilter): SQL {
  const hasFinding = aboutFindings(filter)
    ? sql`EXISTS (SELECT FROM differ.finding AS found WHERE found.comparison_id = other.id AND ${findingConditions(filter)})`
    : sql`true`
  return sql`NOT EXISTS (
    SELECT FROM differ.comparison AS other
    WHERE other.new_id = one.new_id AND other.campaign_id = ${campaignId} AND other.id < one.id
      AND ${conditions('other', filter)} AND ${hasFinding})`
}
