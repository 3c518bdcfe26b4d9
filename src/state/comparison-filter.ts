/** What comparisons are wanted, and the conditions of SQL for it. */
import { type SQL, sql } from 'drizzle-orm'
import type { Severity, Verdict } from '../diff/summary/types.ts'
import { kindsMatching, profilesMatching } from './kinds.ts'
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
  /** Any of these; only for lists of runs. */
  readonly codebase?: readonly string[]
}

/** What the comparison `listed` must be. Rows that are only reserved never match. */
export function comparisonConditions(filter: ComparisonFilter): SQL {
  const { signature, codebase, rule, package: name, path } = filter
  const parts = [sql`listed.profile = ANY(${sql.param(profilesMatching(filter))}::smallint[])`]
  if (signature !== undefined) parts.push(sql`listed.signature = ${signature}::bigint`)
  if (codebase !== undefined) parts.push(sql`listed.codebase = ANY(${sql.param(codebase)}::text[])`)
  // The profile decides the other conditions about findings.
  if (rule !== undefined || name !== undefined || path !== undefined) parts.push(hasFinding(filter))
  return sql.join(parts, sql` AND `)
}

/** Whether the comparison `listed` has a finding that matches. */
export function hasFinding(filter: ComparisonFilter): SQL {
  return sql`EXISTS (
    SELECT FROM differ.finding AS found WHERE found.campaign_id = listed.campaign_id AND found.comparison_id = listed.id
      AND ${findingConditions(filter)})`
}

/** What the finding `found` must be. */
export function findingConditions(filter: ComparisonFilter): SQL {
  const { rule, package: name, path } = filter
  const parts = [
    sql`found.kind = ANY(${sql.param(kindsMatching(filter))}::smallint[])`,
    rule && sql`found.rule = ANY(${sql.param(rule.map(storable))}::text[])`,
    name !== undefined && sql`found.package = ${storable(name)}`,
    path !== undefined && sql`found.path = ${storable(path)}`,
  ].filter((part) => typeof part === 'object')
  return sql.join(parts, sql` AND `)
}
