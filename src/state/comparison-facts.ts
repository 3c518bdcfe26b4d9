/** Looks up what the state says of one pair. */
import { sql } from 'drizzle-orm'
import type { Db } from '../db/database.ts'
import type { MatchingComparison } from './matching-comparisons.ts'

/** What the state says of a pair. */
export interface ComparisonFacts extends Omit<MatchingComparison, 'cursor' | 'rulesVersion' | 'rulesFile'> {
  readonly campaign: string
  /** When the state learned it, in milliseconds since 1970. */
  readonly recordedMs: number
}

/** Null for a pair that the state does not know. */
export async function findComparison(db: Db, oldId: string, newId: string): Promise<ComparisonFacts | null> {
  const { rows } = await db.execute<ComparisonFacts & Record<string, unknown>>(sql`
    SELECT old_id AS "oldId", new_id AS "newId", campaign.name AS campaign, codebase, verdict, failure, bad, verify,
      info, expected, signature::text AS signature, recorded_ms::float8 AS "recordedMs"
    FROM differ.comparison JOIN differ.campaign ON campaign.id = campaign_id
    WHERE old_id = ${oldId} AND new_id = ${newId}`)
  return rows[0] ?? null
}
