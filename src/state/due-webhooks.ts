/**
 * Marks comparisons whose webhook has not been delivered. The mark is written in the transaction of what the webhook
 * says, so that no webhook is lost with the process that wrote it.
 */
import { sql } from 'drizzle-orm'
import type { Db } from '../db/database.ts'
import type { SummaryRecord } from './summary-record.ts'

/** A version of what is known of a pair, of which the receiver of webhooks is to learn. */
export interface DueWebhook {
  readonly oldId: string
  readonly newId: string
  readonly version: string
}

export interface ListedWebhook extends DueWebhook {
  /** Its position in the list. */
  readonly id: number
}

/** The webhooks of records. A summary that could not be made has none. */
export function webhooksOf(records: readonly SummaryRecord[]): DueWebhook[] {
  return records
    .filter(({ verdict }) => verdict !== null)
    .map(({ oldId, newId, madeMs, rulesVersion, rulesFile }) => ({
      ...{ oldId, newId },
      version: `${rulesVersion} ${rulesFile} ${madeMs}`,
    }))
}

/** A later version of a pair replaces an earlier one, because a webhook says what is known when it is sent. */
export async function markDue(db: Db, webhooks: readonly DueWebhook[]): Promise<void> {
  await db.execute(sql`
    UPDATE differ.comparison AS one SET webhook_due = due.version
    FROM jsonb_to_recordset(${JSON.stringify(webhooks)}::jsonb) AS due ("oldId" text, "newId" text, version text)
    WHERE one.old_id = due."oldId" AND one.new_id = due."newId"`)
}

/** Those that are due, by their position. */
export async function listDue(
  db: Db,
  { limit, after }: { readonly limit: number; readonly after: number },
): Promise<ListedWebhook[]> {
  const { rows } = await db.execute<ListedWebhook & Record<string, unknown>>(sql`
    SELECT id::float8 AS id, old_id AS "oldId", new_id AS "newId", webhook_due AS version FROM differ.comparison
    WHERE webhook_due IS NOT NULL AND id > ${after} ORDER BY id LIMIT ${limit}`)
  return rows
}

/** Whether this version has not been delivered, nor replaced by a later one. */
export async function isDue(db: Db, { oldId, newId, version }: DueWebhook): Promise<boolean> {
  const { rows } = await db.execute(sql`SELECT FROM differ.comparison
    WHERE old_id = ${oldId} AND new_id = ${newId} AND webhook_due = ${version}`)
  return rows.length > 0
}

/** It was delivered, or is given up. */
export async function settleDue(db: Db, { oldId, newId, version }: DueWebhook): Promise<void> {
  await db.execute(sql`UPDATE differ.comparison SET webhook_due = NULL
    WHERE old_id = ${oldId} AND new_id = ${newId} AND webhook_due = ${version}`)
}
