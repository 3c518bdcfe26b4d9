/** The rules that judge summaries now, and which rows others have judged. */
import { type SQL, sql } from 'drizzle-orm'
import type { Db } from '../db/database.ts'

export interface RulesInForce {
  /** See `RULES_VERSION`. */
  readonly version: number
  /** As `rulesFileOf` returns it. */
  readonly file: string
}

/** Enough of a digest to tell the rules files of one installation apart. */
const RULES_FILE_DIGITS = 16

/** @param digest of the rules file; empty without one */
export function rulesFileOf(digest: string): string {
  return digest.slice(0, RULES_FILE_DIGITS)
}

/** For a failure, which no rules file judges. */
export const ANY_RULES_FILE = '*'

/** `8`, or `8 0123456789abcdef` with a rules file. */
export function rulesKey({ version, file }: RulesInForce): string {
  return `${version} ${file}`.trimEnd()
}

/** How many comparisons other rules have judged. @param counts sums of the kind `rules` */
export function countOutdated(
  counts: readonly { readonly name: string; readonly comparisons: number }[],
  { version, file }: RulesInForce,
): number {
  return counts.reduce((sum, { name, comparisons }) => {
    const [itsVersion, itsFile = ''] = name.split(' ')
    const isOlder = Number(itsVersion) < version
    const hasOtherFile = Number(itsVersion) === version && itsFile !== file && itsFile !== ANY_RULES_FILE
    return isOlder || hasOtherFile ? sum + comparisons : sum
  }, 0)
}

/** Whether other rules have judged a row: older ones, or another rules file. */
export function isOutdated(
  row: { readonly verdict: string | null; readonly rulesVersion: number; readonly rulesFile: string },
  { version, file }: RulesInForce,
): boolean {
  if (row.rulesVersion !== version) return row.rulesVersion < version
  return row.verdict !== null && row.rulesFile !== file
}

export interface OutdatedPair {
  readonly id: number
  readonly oldId: string
  readonly newId: string
}

/**
 * Pairs that other rules have judged, in the order in which they were recorded.
 * @param page.after the id of the last one of the page before
 */
export async function listOutdated(
  db: Db,
  rules: RulesInForce,
  { limit, after = 0 }: { readonly limit: number; readonly after?: number | undefined },
): Promise<OutdatedPair[]> {
  const { rows } = await db.execute<OutdatedPair & Record<string, unknown>>(sql`
    SELECT id::float8 AS id, old_id AS "oldId", new_id AS "newId" FROM differ.comparison
    WHERE id > ${after}::bigint AND EXISTS (${outdatedSums(rules)}) AND ${outdated(rules)}
    ORDER BY id LIMIT ${limit}`)
  return rows
}

/** Sums of campaigns that count outdated rows. Mostly there are none, and then no comparison is read. */
function outdatedSums(rules: RulesInForce): SQL {
  const current = [rulesKey(rules), rulesKey({ ...rules, file: ANY_RULES_FILE })]
  return sql`SELECT FROM differ.campaign_count WHERE comparisons > 0 AND key <> ALL (${sql.param(current)}::text[])
    AND CASE WHEN kind = 'rules' THEN split_part(key, ' ', 1)::integer <= ${rules.version} END`
}

function outdated({ version, file }: RulesInForce): SQL {
  return sql`(verdict IS NOT NULL OR failure IS NOT NULL) AND (rules_version < ${version}
    OR (rules_version = ${version} AND verdict IS NOT NULL AND rules_file <> ${file}))`
}
