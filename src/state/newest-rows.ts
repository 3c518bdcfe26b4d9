/**
 * Finds the comparisons on a page of a list without reading what is not on it. What is common may be common together
 * or never meet, so no condition is checked row by row where an index can decide it: rows are read in groups that match
 * as a whole, each from an index that has them in the order of the list.
 */
import { type SQL, sql } from 'drizzle-orm'
import {
  type ComparisonFilter,
  comparisonConditions,
  findingConditions,
  hasFinding,
} from './comparison-filter.ts'
import { kindsMatching } from './kinds.ts'
import { digestNumber } from './signature.ts'
import { storable } from './storable.ts'

export interface RowsRequest {
  /** An item of a FROM clause: a table `wanted` with the column `id`, the campaigns. */
  readonly campaigns: SQL
  readonly filter: ComparisonFilter
  /** Whether a row can be on the page, by its column `finished_ms`. Rows of one time must all be there, or none. */
  readonly times: (column: SQL) => SQL
  /** How many of the first times are wanted. */
  readonly limit: number
  readonly isOldestFirst: boolean
}

/**
 * A query for the comparisons with the first `limit` distinct times: columns `finished_ms` and `id`, in no order.
 * All comparisons of a run have the time of the run, so these include the first `limit` runs, and all their comparisons.
 */
export function newestRows({ campaigns, filter, times, limit, isOldestFirst }: RowsRequest): SQL {
  const direction = sql.raw(isOldestFirst ? 'ASC' : 'DESC')
  const { groups, rowsOf, areMany = false } = groupsOf(filter)
  const rows = rowsOf(times, direction)
  const all = sql`SELECT wanted.id AS campaign_id, part.* FROM ${campaigns} CROSS JOIN LATERAL (${groups}) AS part`
  // What is on the page is in the groups that begin with the first times.
  const needed = sql`SELECT * FROM (
      SELECT one.*, dense_rank() OVER (ORDER BY head.finished_ms ${direction}) AS place FROM (${all}) AS one
      CROSS JOIN LATERAL (SELECT finished_ms FROM (${rows}) AS matching ORDER BY finished_ms ${direction} LIMIT 1) AS head
    ) AS one WHERE place <= ${limit}`
  return sql`SELECT finished_ms, id FROM (
      SELECT first.*, dense_rank() OVER (ORDER BY first.finished_ms ${direction}) AS place
      FROM (${areMany ? needed : all}) AS one CROSS JOIN LATERAL (
        SELECT finished_ms, array_agg(id) AS ids FROM (${rows}) AS matching
        GROUP BY finished_ms ORDER BY finished_ms ${direction} LIMIT ${limit}
      ) AS first
    ) AS first CROSS JOIN unnest(first.ids) AS id WHERE first.place <= ${limit} GROUP BY finished_ms, id`
}

interface Groups {
  /** A query for the groups of the campaign `wanted.id`. Its columns identify the group. */
  readonly groups: SQL
  /** A query for the columns `finished_ms` and `id` of the rows of the group `one`. */
  readonly rowsOf: (times: RowsRequest['times'], direction: SQL) => SQL
  /** Whether a campaign has dozens of them, of which few are on a page. */
  readonly areMany?: boolean
}

/** Chooses the index: first those by conditions that few rows meet. */
function groupsOf(filter: ComparisonFilter): Groups {
  if (filter.codebase !== undefined) return byCodebase(filter, filter.codebase)
  if (filter.package !== undefined) return byPackage(filter, filter.package)
  if (filter.signature !== undefined) return byCluster(filter, filter.signature)
  if (filter.path !== undefined) return byPath(filter, filter.path)
  if (filter.rule !== undefined) return byRule(filter, filter.rule)
  return byProfile(filter)
}

/** A codebase has few runs. */
function byCodebase(filter: ComparisonFilter, codebases: readonly string[]): Groups {
  return {
    groups: sql`SELECT codebase FROM unnest(${sql.param(codebases)}::text[]) AS codebase`,
    rowsOf: (times) => sql`SELECT listed.finished_ms, listed.id FROM differ.comparison AS listed
      WHERE listed.campaign_id = one.campaign_id AND listed.codebase = one.codebase
        AND ${times(sql`listed.finished_ms`)} AND ${comparisonConditions(filter)}`,
  }
}

/** A package has few findings. Without OFFSET, the planner might choose the index of another condition. */
function byPackage(filter: ComparisonFilter, name: string): Groups {
  const { signature } = filter
  const isInCluster =
    signature === undefined
      ? sql`true`
      : sql`EXISTS (SELECT FROM differ.comparison WHERE id = found.comparison_id AND signature = ${signature}::bigint)`
  return {
    groups: sql`SELECT`,
    rowsOf: (times, direction) => sql`SELECT found.finished_ms, found.comparison_id AS id FROM (
        SELECT * FROM differ.finding
        WHERE campaign_id = one.campaign_id AND package = ${storable(name)} AND ${times(sql`finished_ms`)}
        ORDER BY finished_ms ${direction} OFFSET 0
      ) AS found WHERE ${findingConditions(filter)} AND ${isInCluster}`,
  }
}

/**
 * Members of a cluster have the verdict and the findings in common, but for packages and paths. So the newest one
 * shows whether all match, apart from the path.
 */
function byCluster(filter: ComparisonFilter, signature: string): Groups {
  const { path, ...common } = filter
  const members = (times: RowsRequest['times']) => sql`
    SELECT listed.campaign_id, listed.finished_ms, listed.id FROM differ.comparison AS listed
    WHERE listed.campaign_id = one.campaign_id AND listed.signature = ${signature}::bigint
      AND ${times(sql`listed.finished_ms`)}`
  return {
    groups: sql`SELECT FROM (
        SELECT * FROM differ.comparison WHERE campaign_id = wanted.id AND signature = ${signature}::bigint
        ORDER BY finished_ms DESC LIMIT 1
      ) AS listed WHERE ${comparisonConditions(common)}`,
    // The members and the comparisons with the path may be many and never meet. With OFFSET, an index yields each of
    // both once, and the path itself is only compared until the page is full.
    rowsOf: (times, direction) =>
      path === undefined
        ? members(times)
        : sql`SELECT listed.finished_ms, listed.id FROM (
            SELECT member.* FROM (${members(times)} OFFSET 0) AS member WHERE id IN (
              SELECT comparison_id FROM differ.finding
              WHERE campaign_id = one.campaign_id AND path_key = ${pathKey(path)}::bigint OFFSET 0)
            ORDER BY finished_ms ${direction} OFFSET 0
          ) AS listed WHERE ${hasFinding(filter)}`,
  }
}

function byPath({ path: _, ...others }: ComparisonFilter, path: string): Groups {
  return {
    areMany: true,
    groups: sql`SELECT found.rule, found.kind FROM (
        ${valuesInIndex('finding', ['rule', 'kind'], sql`campaign_id = wanted.id AND path_key = ${pathKey(path)}::bigint`)}
      ) AS found WHERE ${findingConditions(others)}`,
    rowsOf: (times) => sql`SELECT found.finished_ms, found.comparison_id AS id FROM differ.finding AS found
      WHERE found.campaign_id = one.campaign_id AND found.path_key = ${pathKey(path)}::bigint AND found.path = ${storable(path)}
        AND found.rule = one.rule AND found.kind = one.kind AND ${times(sql`found.finished_ms`)}`,
  }
}

function byRule(filter: ComparisonFilter, rules: readonly string[]): Groups {
  return {
    areMany: true,
    groups: sql`SELECT wanted_rule.rule, found.kind
      FROM unnest(${sql.param(rules.map(storable))}::text[]) AS wanted_rule (rule) CROSS JOIN LATERAL (
        ${valuesInIndex('finding', ['kind'], sql`campaign_id = wanted.id AND rule = wanted_rule.rule`)}
      ) AS found WHERE found.kind = ANY(${sql.param(kindsMatching(filter))}::smallint[])`,
    rowsOf: (times) => sql`SELECT found.finished_ms, found.comparison_id AS id FROM differ.finding AS found
      WHERE found.campaign_id = one.campaign_id AND found.rule = one.rule AND found.kind = one.kind
        AND ${times(sql`found.finished_ms`)}`,
  }
}

function byProfile(filter: ComparisonFilter): Groups {
  return {
    areMany: true,
    groups: sql`
      SELECT listed.profile FROM (${valuesInIndex('comparison', ['profile'], sql`campaign_id = wanted.id`)}) AS listed
      WHERE ${comparisonConditions(filter)}`,
    rowsOf: (times) => sql`SELECT listed.finished_ms, listed.id FROM differ.comparison AS listed
      WHERE listed.campaign_id = one.campaign_id AND listed.profile = one.profile
        AND ${times(sql`listed.finished_ms`)}`,
  }
}

/**
 * A query for the distinct values of columns, which follow those of `condition` in an index. It finds each by looking
 * for the next larger one, so it reads one row for each.
 */
function valuesInIndex(table: 'comparison' | 'finding', columns: readonly string[], condition: SQL): SQL {
  const [from, list, last] = [
    `differ.${table}`,
    columns.join(', '),
    columns.map((one) => `value.${one}`),
  ].map((text) => sql.raw(String(text)))
  return sql`WITH RECURSIVE value AS (
      (SELECT ${list} FROM ${from} WHERE ${condition} ORDER BY ${list} LIMIT 1)
      UNION ALL
      SELECT next.* FROM value CROSS JOIN LATERAL (
        SELECT ${list} FROM ${from} WHERE ${condition} AND (${list}) > (${last}) ORDER BY ${list} LIMIT 1
      ) AS next
    ) SELECT * FROM value`
}

function pathKey(path: string): string {
  return String(digestNumber(storable(path)))
}
