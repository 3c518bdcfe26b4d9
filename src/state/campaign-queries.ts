/** What the state says of campaigns: sums, clusters and rules. Each function runs one statement of constant form. */
import { type SQL, sql } from 'drizzle-orm'
import type { Db } from '../db/database.ts'
import type { Severity, Verdict } from '../diff/summary/types.ts'
import type { FactKind } from './summary-record.ts'

export interface CampaignOverview {
  readonly id: number
  readonly name: string
  /** Pairs whose summary was made, by verdict. */
  readonly verdicts: readonly VerdictCount[]
  /** Pairs whose summary could not be made, by the name of the error. */
  readonly failures: readonly NamedCount[]
  /** The same pairs by the rules that judged them: see `rulesKey`. */
  readonly rules: readonly Omit<NamedCount, 'items'>[]
  /** When the newest run finished, in milliseconds since 1970. */
  readonly newestMs: number
  /** When the state last learned something, in milliseconds since 1970. */
  readonly recordedMs: number
}

export interface VerdictCount {
  readonly verdict: Verdict
  readonly comparisons: number
}

export interface NamedCount {
  readonly name: string
  readonly comparisons: number
  /** See `FactKind`. */
  readonly items: number
}

export interface KindCount extends NamedCount {
  readonly kind: FactKind
}

export interface RuleCount {
  readonly rule: string
  readonly severity: Severity
  readonly expected: boolean
  /** With at least one such finding. */
  readonly comparisons: number
  readonly findings: number
}

export interface Cluster {
  /** Identifies it within its campaign: a signed 64-bit number as text. */
  readonly signature: string
  readonly comparisons: number
  readonly verdict: Verdict
  /** The newest comparison. */
  readonly example: { readonly oldId: string; readonly newId: string }
  /** Of the example, the worst first. */
  readonly findings: readonly {
    readonly rule: string
    readonly severity: Severity
    readonly expected: boolean
    readonly package: string
    readonly path: string
  }[]
}

/**
 * A page of an ordered list: at most `limit` items after one item and before another, the first of them or, with
 * `isBackward`, the last. Items are in the order of the list either way.
 */
export interface KeysetPage<Cursor> {
  readonly limit: number
  readonly after?: Cursor | undefined
  readonly before?: Cursor | undefined
  readonly isBackward?: boolean
}

/** The position of a cluster in the list: the largest come first. */
export interface ClusterCursor {
  readonly comparisons: number
  readonly signature: string
}

/** Findings of an example; the summary of the pair has the others. */
const EXAMPLE_FINDINGS = 20

/** Sums of verdicts, failures and rules, which every view of a campaign shows. */
const OVERVIEW = sql`
  SELECT one.id, one.name, coalesce(sums.facts, '[]') AS facts,
    coalesce(newest.ms, 0)::float8 AS "newestMs", coalesce(newest.recorded_ms, 0)::float8 AS "recordedMs"
  FROM differ.campaign AS one
  LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object('kind', kind, 'key', key, 'comparisons', comparisons) ORDER BY key) AS facts
    FROM differ.campaign_count
    WHERE campaign_id = one.id AND kind IN ('verdict', 'failure', 'rules') AND comparisons > 0
  ) AS sums ON true
  LEFT JOIN LATERAL (
    SELECT finished_ms AS ms, recorded_ms FROM differ.comparison WHERE campaign_id = one.id
    ORDER BY finished_ms DESC, id DESC LIMIT 1
  ) AS newest ON true`

/** Lists campaigns by name. A cursor is a name. */
export async function listCampaigns(
  db: Db,
  { limit, after, before, isBackward = false }: KeysetPage<string>,
): Promise<CampaignOverview[]> {
  const follows = after === undefined ? sql`true` : sql`one.name > ${after}`
  const precedes = before === undefined ? sql`true` : sql`one.name < ${before}`
  const { rows } = await db.execute<OverviewRow>(sql`
    ${OVERVIEW} WHERE ${follows} AND ${precedes} AND sums.facts IS NOT NULL
    ORDER BY one.name ${isBackward ? sql`DESC` : sql`ASC`} LIMIT ${limit}`)
  const found = rows.map(toOverview)
  return isBackward ? found.reverse() : found
}

/** Null for a campaign that the state does not know. */
export async function findCampaign(db: Db, name: string): Promise<CampaignOverview | null> {
  const [found = null] = await findCampaigns(db, [name])
  return found
}

/** In the order of the names; null for those that the state does not know. */
export async function findCampaigns(db: Db, names: readonly string[]): Promise<(CampaignOverview | null)[]> {
  const { rows } = await db.execute<OverviewRow>(
    sql`${OVERVIEW} WHERE one.name = ANY(${sql.param(names)}::text[]) AND sums.facts IS NOT NULL`,
  )
  const found = new Map(rows.map((row) => [row.name, toOverview(row)]))
  return names.map((name) => found.get(name) ?? null)
}

interface OverviewRow extends Record<string, unknown> {
  readonly id: number
  readonly name: string
  readonly facts: readonly { readonly kind: FactKind; readonly key: string; readonly comparisons: number }[]
  readonly newestMs: number
  readonly recordedMs: number
}

function toOverview({ facts, ...row }: OverviewRow): CampaignOverview {
  const of = (wanted: FactKind) => facts.filter(({ kind }) => kind === wanted)
  return {
    ...row,
    verdicts: of('verdict').map(({ key, comparisons }) => ({ verdict: key as Verdict, comparisons })),
    rules: of('rules').map(({ key, comparisons }) => ({ name: key, comparisons })),
    failures: of('failure').map(({ key, comparisons }) => ({ name: key, comparisons, items: comparisons })),
  }
}

/**
 * Runs a query for each campaign, in one statement.
 * @param query the query for one of them, by its id or a column that has it
 * @returns the rows of each campaign, in no order
 */
export async function forEachCampaign<Row extends object>(
  db: Db,
  campaignIds: readonly number[],
  query: (campaignId: number | SQL) => SQL,
): Promise<Row[][]> {
  const [only] = campaignIds
  // The planner knows how many rows a campaign has if it sees the id.
  if (campaignIds.length === 1 && only !== undefined)
    return [(await db.execute(query(only))).rows as unknown as Row[]]
  const { rows } = await db.execute<{ campaignId: number } & Record<string, unknown>>(sql`
    SELECT wanted.id AS "campaignId", one.* FROM unnest(${sql.param(campaignIds)}::integer[]) AS wanted (id)
    CROSS JOIN LATERAL (${query(sql`wanted.id`)}) AS one`)
  return byCampaign(campaignIds, rows as OfCampaign<Row>[])
}

/** All sums of campaigns of these kinds, by name. There are as many as classes, kinds of changes and errors. */
export async function namedCounts(
  db: Db,
  campaignIds: readonly number[],
  kinds: readonly Exclude<FactKind, 'rule' | 'rules' | 'verdict'>[],
): Promise<KindCount[][]> {
  const { rows } = await db.execute<OfCampaign<KindCount>>(sql`
    SELECT campaign_id AS "campaignId", kind, key AS name, comparisons, items::float8 AS items
    FROM differ.campaign_count
    WHERE campaign_id = ANY(${sql.param(campaignIds)}::integer[]) AND kind = ANY(${sql.param(kinds)}::text[])
      AND comparisons > 0
    ORDER BY kind, comparisons DESC, key`)
  return byCampaign(campaignIds, rows)
}

type OfCampaign<T> = T & { readonly campaignId: number } & Record<string, unknown>

/** The rows of each campaign, in their order. */
function byCampaign<T>(campaignIds: readonly number[], rows: readonly OfCampaign<T>[]): T[][] {
  const ofCampaign = new Map<number, T[]>(campaignIds.map((id) => [id, []]))
  for (const { campaignId, ...row } of rows) ofCampaign.get(campaignId)?.push(row as T)
  return campaignIds.map((id) => ofCampaign.get(id) ?? [])
}

/** All rules with findings in each campaign, of which there are at most a few hundred. */
export async function rulesOfCampaigns(
  db: Db,
  campaignIds: readonly number[],
  order: 'MOST_COMMON' | 'RAREST',
): Promise<RuleCount[][]> {
  const direction = order === 'RAREST' ? sql`ASC` : sql`DESC`
  const { rows } = await db.execute<OfCampaign<RuleCount>>(sql`
    SELECT campaign_id AS "campaignId", key AS rule, severity, expected, comparisons, items::float8 AS findings
    FROM differ.campaign_count
    WHERE campaign_id = ANY(${sql.param(campaignIds)}::integer[]) AND kind = 'rule' AND comparisons > 0
    ORDER BY comparisons ${direction}, key, severity, expected`)
  return byCampaign(campaignIds, rows)
}

/** Clusters of each campaign, the largest first. */
export async function listClusters(
  db: Db,
  campaignIds: readonly number[],
  page: KeysetPage<ClusterCursor>,
): Promise<Cluster[][]> {
  const found = await forEachCampaign<ClusterRow>(db, campaignIds, (id) => clustersOf(id, page))
  return found.map((rows) => rows.map(toCluster).sort(byComparisons))
}

function toCluster({ oldId, newId, signature, comparisons, verdict, findings }: ClusterRow): Cluster {
  return { signature, comparisons, verdict, findings, example: { oldId, newId } }
}

function byComparisons(a: Cluster, b: Cluster): number {
  return b.comparisons - a.comparisons || (BigInt(a.signature) < BigInt(b.signature) ? -1 : 1)
}

function clustersOf(
  campaignId: number | SQL,
  { limit, after, before, isBackward = false }: KeysetPage<ClusterCursor>,
): SQL {
  const order = isBackward ? sql`count(*), signature DESC` : sql`count(*) DESC, signature`
  return sql`
    SELECT cluster.signature::text AS signature, cluster.comparisons, example.verdict, example.old_id AS "oldId",
      example.new_id AS "newId", coalesce(found.findings, '[]') AS findings
    FROM (
      SELECT signature, count(*)::integer AS comparisons FROM differ.comparison
      WHERE campaign_id = ${campaignId} AND signature IS NOT NULL
      GROUP BY signature HAVING ${followsCluster(after)} AND ${precedesCluster(before)}
      ORDER BY ${order} LIMIT ${limit}
    ) AS cluster
    CROSS JOIN LATERAL (
      SELECT id, old_id, new_id, verdict FROM differ.comparison
      WHERE campaign_id = ${campaignId} AND signature = cluster.signature
      ORDER BY finished_ms DESC, id DESC LIMIT 1
    ) AS example
    LEFT JOIN LATERAL (
      SELECT jsonb_agg(jsonb_build_object('rule', rule, 'severity', severity, 'expected', expected,
        'package', package, 'path', path) ORDER BY ${WORST_FIRST}) AS findings
      FROM (SELECT * FROM differ.finding WHERE comparison_id = example.id
        ORDER BY ${WORST_FIRST} LIMIT ${EXAMPLE_FINDINGS}) AS worst
    ) AS found ON true
    ORDER BY cluster.comparisons DESC, cluster.signature`
}

interface ClusterRow extends Omit<Cluster, 'example'> {
  readonly oldId: string
  readonly newId: string
}

const WORST_FIRST = sql`expected, array_position(ARRAY['BAD', 'VERIFY', 'INFO'], severity), rule, package, path`

function followsCluster(after: ClusterCursor | undefined): SQL {
  if (!after) return sql`true`
  return sql`(count(*) < ${after.comparisons}
    OR (count(*) = ${after.comparisons} AND signature > ${after.signature}::bigint))`
}

function precedesCluster(before: ClusterCursor | undefined): SQL {
  if (!before) return sql`true`
  return sql`(count(*) > ${before.comparisons}
    OR (count(*) = ${before.comparisons} AND signature < ${before.signature}::bigint))`
}

/** How many clusters each campaign has. */
export async function countClusters(db: Db, campaignIds: readonly number[]): Promise<number[]> {
  const found = await forEachCampaign<{ count: number }>(
    db,
    campaignIds,
    (id) => sql`
    SELECT count(DISTINCT signature)::integer AS count FROM differ.comparison WHERE campaign_id = ${id}`,
  )
  return found.map(([row]) => row?.count ?? 0)
}
