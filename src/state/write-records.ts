/** Writes records and keeps the sums of their campaigns, in one transaction with a fixed number of statements. */
import { sql } from 'drizzle-orm'
import type { Db } from '../db/database.ts'
import { markDue, webhooksOf } from './due-webhooks.ts'
import type { CountedFact, SummaryRecord } from './summary-record.ts'

/** A `CountedFact` without its names, which would take more space than the values. */
type StoredFact = readonly [...Parameters<typeof countedFact>]

interface KeptRow extends Record<string, unknown> {
  readonly id: number
  readonly oldId: string
  readonly newId: string
  readonly campaignId: number
  readonly counts: readonly StoredFact[]
  readonly signature: string | null
  readonly hasVerdict: boolean
  readonly rulesVersion: number
  readonly rulesFile: string
  readonly madeMs: number
}

export interface WrittenRecords {
  /** How many were written; the others were there already, or are older than what is there. */
  readonly count: number
  /** Those that say something else than what was there. */
  readonly news: readonly SummaryRecord[]
}

/**
 * Writes the records of distinct pairs. Any number of processes may write the same pairs: the last summary that
 * was made stays, and each pair counts once.
 * @param options.force writes records that are there already, too
 * @param options.webhooks whether webhooks are due for what is new
 */
export async function writeRecords(
  db: Db,
  records: readonly SummaryRecord[],
  { force = false, webhooks = false }: { readonly force?: boolean; readonly webhooks?: boolean } = {},
): Promise<WrittenRecords> {
  if (records.length === 0) return NOTHING
  return db.transaction(async (tx) => {
    const campaignIds = await idsOfCampaigns(tx, records)
    const rows = await reserveRows(tx, records, campaignIds)
    const accepted = records.flatMap((record) => {
      const kept = rows.get(keyOf(record))
      const campaignId = campaignIds.get(record.campaign)
      return kept && campaignId !== undefined && (force || replaces(record, kept))
        ? [{ kept, record: { ...record, id: kept.id, campaignId, recordedMs: Date.now() } }]
        : []
    })
    if (accepted.length === 0) return NOTHING
    const written = accepted.map(({ record }) => record)
    await updateRows(tx, written)
    await replaceFindings(tx, written)
    const sums = new Sums()
    for (const { kept, record } of accepted) {
      sums.add(
        kept.campaignId,
        kept.counts.map((one) => countedFact(...one)),
        -1,
      )
      sums.add(record.campaignId, record.counts, 1)
    }
    await sums.write(tx)
    const news = accepted.filter(({ kept, record }) => saysMore(record, kept)).map(({ record }) => record)
    if (webhooks) await markDue(tx, webhooksOf(news))
    return { count: accepted.length, news }
  })
}

const NOTHING: WrittenRecords = { count: 0, news: [] }

function saysMore({ counts, signature }: SummaryRecord, kept: KeptRow): boolean {
  return (
    signature !== kept.signature || JSON.stringify(counts.map(storedFact)) !== JSON.stringify(kept.counts)
  )
}

function storedFact({ kind, key, severity, expected, items }: CountedFact): StoredFact {
  return [kind, key, severity, expected, items]
}

function countedFact(
  kind: CountedFact['kind'],
  key: string,
  severity: CountedFact['severity'],
  expected: boolean,
  items: number,
): CountedFact {
  return { kind, key, severity, expected, items }
}

/** Whether a record says something newer than the row. */
function replaces(record: SummaryRecord, kept: KeptRow): boolean {
  if (record.rulesVersion !== kept.rulesVersion) return record.rulesVersion > kept.rulesVersion
  if (record.madeMs < kept.madeMs) return false
  if (record.failure !== null) return record.isPermanent || !kept.hasVerdict
  return record.madeMs > kept.madeMs || record.rulesFile !== kept.rulesFile || !kept.hasVerdict
}

function keyOf({ oldId, newId }: { readonly oldId: string; readonly newId: string }): string {
  return JSON.stringify([oldId, newId])
}

/** Locks the rows against a rebuild of their sums, not against each other. */
async function idsOfCampaigns(db: Db, records: readonly SummaryRecord[]): Promise<Map<string, number>> {
  const names = [...new Set(records.map(({ campaign }) => campaign))].sort()
  const read = async () => {
    const { rows } = await db.execute<{ id: number; name: string }>(
      sql`SELECT id, name FROM differ.campaign WHERE name = ANY(${sql.param(names)}::text[]) ORDER BY id
        FOR KEY SHARE`,
    )
    return new Map(rows.map(({ id, name }) => [name, id]))
  }
  const known = await read()
  if (known.size === names.length) return known
  await db.execute(sql`
    INSERT INTO differ.campaign (name) SELECT unnest(${sql.param(names)}::text[]) ON CONFLICT DO NOTHING`)
  return read()
}

/**
 * Inserts empty rows for new pairs and locks all rows. Always in the order of the pairs, so that two processes
 * that write the same ones wait for each other instead of ending in a deadlock.
 */
async function reserveRows(
  db: Db,
  records: readonly SummaryRecord[],
  campaignIds: ReadonlyMap<string, number>,
): Promise<Map<string, KeptRow>> {
  const pairs = sql`jsonb_to_recordset(${JSON.stringify(
    records.map(({ oldId, newId, campaign, codebase, finishedMs }) => ({
      ...{ oldId, newId, codebase, finishedMs },
      campaignId: campaignIds.get(campaign),
    })),
  )}::jsonb) AS pair ("oldId" text, "newId" text, "campaignId" integer, codebase text, "finishedMs" bigint)`
  await db.execute(sql`
    INSERT INTO differ.comparison (old_id, new_id, campaign_id, codebase, finished_ms)
    SELECT "oldId", "newId", "campaignId", codebase, "finishedMs" FROM ${pairs} ORDER BY "oldId", "newId"
    ON CONFLICT (old_id, new_id) DO NOTHING`)
  const { rows } = await db.execute<KeptRow>(sql`
    SELECT one.id::float8 AS id, old_id AS "oldId", new_id AS "newId", campaign_id AS "campaignId", counts,
      signature::text AS signature, verdict IS NOT NULL AS "hasVerdict", rules_version AS "rulesVersion", rules_file AS "rulesFile",
      made_ms::float8 AS "madeMs"
    FROM differ.comparison AS one JOIN ${pairs} ON old_id = "oldId" AND new_id = "newId"
    ORDER BY old_id, new_id FOR UPDATE OF one`)
  return new Map(rows.map((row) => [keyOf(row), row]))
}

type WrittenRecord = SummaryRecord & {
  readonly id: number
  readonly campaignId: number
  readonly recordedMs: number
}

async function updateRows(db: Db, records: readonly WrittenRecord[]): Promise<void> {
  const rows = records.map(({ findings: _, campaign: __, ...row }) => ({
    ...row,
    counts: row.counts.map(storedFact),
  }))
  await db.execute(sql`
    UPDATE differ.comparison AS one SET campaign_id = row."campaignId", codebase = row.codebase,
      finished_ms = row."finishedMs", verdict = row.verdict, failure = row.failure,
      rules_version = row."rulesVersion", rules_file = row."rulesFile", made_ms = row."madeMs",
      recorded_ms = row."recordedMs", bad = row.bad, verify = row.verify, info = row.info,
      expected = row.expected, signature = row.signature, counts = row.counts
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS row (id bigint, "campaignId" integer, codebase text,
      "finishedMs" bigint, verdict text, failure text, "rulesVersion" integer, "rulesFile" text, "madeMs" bigint,
      "recordedMs" bigint, bad integer, verify integer, info integer, expected integer, signature bigint, counts jsonb)
    WHERE one.id = row.id`)
}

async function replaceFindings(db: Db, records: readonly WrittenRecord[]): Promise<void> {
  const ids = records.map(({ id }) => id)
  await db.execute(sql`DELETE FROM differ.finding WHERE comparison_id = ANY(${sql.param(ids)}::bigint[])`)
  const rows = records.flatMap(({ id, campaignId, finishedMs, findings }) =>
    findings.map((finding) => ({ id, campaignId, finishedMs, ...finding })),
  )
  await db.execute(sql`
    INSERT INTO differ.finding
      (comparison_id, campaign_id, finished_ms, rule, severity, expected, package, path, path_key)
    SELECT * FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS row (id bigint, "campaignId" integer,
      "finishedMs" bigint, rule text, severity text, expected boolean, package text, path text, "pathKey" bigint)`)
}

/** Changes of `campaign_count`. */
class Sums {
  readonly #changes = new Map<string, { comparisons: number; items: number }>()

  /** @param sign -1 for what no longer counts */
  add(campaignId: number, counts: readonly CountedFact[], sign: 1 | -1): void {
    for (const { kind, key, severity, expected, items } of counts) {
      const row = JSON.stringify([campaignId, kind, key, severity, expected])
      const { comparisons, items: sum } = this.#changes.get(row) ?? { comparisons: 0, items: 0 }
      this.#changes.set(row, { comparisons: comparisons + sign, items: sum + sign * items })
    }
  }

  /** In the order of the rows, as every process writes them. */
  async write(db: Db): Promise<void> {
    const rows = [...this.#changes]
      .filter(([, { comparisons, items }]) => comparisons !== 0 || items !== 0)
      .map(([row, change]) => {
        const [campaignId, kind, key, severity, expected] = JSON.parse(row) as unknown[]
        return { campaignId, kind, key, severity, expected, ...change }
      })
    if (rows.length === 0) return
    await db.execute(sql`
      INSERT INTO differ.campaign_count AS one
        (campaign_id, kind, key, severity, expected, comparisons, items)
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS row ("campaignId" integer, kind text,
        key text, severity text, expected boolean, comparisons integer, items bigint)
      ORDER BY "campaignId", kind, key, severity, expected
      ON CONFLICT (campaign_id, kind, key, severity, expected)
      DO UPDATE SET comparisons = one.comparisons + excluded.comparisons, items = one.items + excluded.items`)
  }
}
