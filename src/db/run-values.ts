/** The values that runs have, with the number of runs: what a client can filter by. */
import { sql } from 'drizzle-orm'
import type { Queries } from './database.ts'
import { isStorableText } from './storable-text.ts'
import { isUntranslatable } from './unavailable.ts'

export type RunValueKind = 'campaign' | 'codebase' | 'source' | 'resultCode'

export interface RunValue {
  readonly value: string
  readonly runs: number
}

const TABLES = {
  campaign: sql`SELECT suite AS value FROM run`,
  codebase: sql`SELECT codebase AS value FROM run`,
  source: sql`SELECT source AS value FROM debian_build`,
  resultCode: sql`SELECT result_code AS value FROM run`,
} as const

/**
 * The values that contain a text, ignoring case, ordered by their bytes. One statement, which reads the table once.
 * @param after the value before the first one
 * @param limit how many values at most
 * @throws DatabaseUnavailableError
 */
export async function runValues(
  database: Queries,
  kind: RunValueKind,
  {
    search,
    after,
    limit,
  }: { readonly search: string; readonly after: string | null; readonly limit: number },
): Promise<RunValue[]> {
  if (!isStorableText(search) || (after !== null && !isStorableText(after))) return []
  const pattern = `%${search.replace(/[\\%_]/g, '\\$&')}%`
  const statement = sql`
    SELECT value, count(*)::integer AS runs FROM (${TABLES[kind]}) AS listed
    WHERE value IS NOT NULL AND value ILIKE ${pattern}
      AND (${after}::text IS NULL OR value COLLATE "C" > ${after}::text)
    GROUP BY value ORDER BY value COLLATE "C" LIMIT ${limit}`
  try {
    const { rows } = await database.query((db) => db.execute<{ value: string; runs: number }>(statement))
    return rows.map(({ value, runs }) => ({ value, runs }))
  } catch (error) {
    // No value contains a character that the database cannot store.
    if (isUntranslatable(error)) return []
    throw error
  }
}
