/**
 * The tables of Differ's own database, in the schema `differ`. After a change, `npm run migrations` writes a
 * migration beside the others; released ones are never edited.
 */
import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgSchema,
  primaryKey,
  text,
  unique,
} from 'drizzle-orm/pg-core'

export const stateSchema = pgSchema('differ')

/** A name for each number, because every other table repeats the number millions of times. */
export const campaign = stateSchema.table('campaign', {
  id: integer().primaryKey().generatedAlwaysAsIdentity(),
  name: text().notNull().unique(),
})

/**
 * What the summary of one pair says. A pair whose summary could not be made has no verdict, but the name of the
 * error. A row with neither was only reserved, in a transaction that has not ended.
 */
export const comparison = stateSchema.table(
  'comparison',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    oldId: text('old_id').notNull(),
    newId: text('new_id').notNull(),
    campaignId: integer('campaign_id')
      .notNull()
      .references(() => campaign.id),
    codebase: text().notNull(),
    /** When the new run finished, in milliseconds since 1970. Lists are ordered by it. */
    finishedMs: bigint('finished_ms', { mode: 'number' }).notNull(),
    verdict: text(),
    failure: text(),
    rulesVersion: integer('rules_version').notNull().default(0),
    /** Digest of the rules file that judged it; empty without one. */
    rulesFile: text('rules_file').notNull().default(''),
    /** When the summary was made, or failed, in milliseconds since 1970. An older one never replaces it. */
    madeMs: bigint('made_ms', { mode: 'number' }).notNull().default(0),
    recordedMs: bigint('recorded_ms', { mode: 'number' }).notNull().default(0),
    /** Findings that the rules file does not expect, by severity. */
    bad: integer().notNull().default(0),
    verify: integer().notNull().default(0),
    info: integer().notNull().default(0),
    expected: integer().notNull().default(0),
    /** What the findings have in common with those of other runs, but for names. See `signature.ts`. */
    signature: bigint({ mode: 'bigint' }),
    /** What it adds to `campaign_count`: each fact is a list of kind, key, severity, whether it is expected, and items. */
    counts: jsonb().notNull().default([]),
  },
  (t) => [
    unique('comparison_pair').on(t.oldId, t.newId),
    index('comparison_newest').on(t.campaignId, t.finishedMs, t.id),
    index('comparison_verdict').on(t.campaignId, t.verdict, t.finishedMs, t.id),
    index('comparison_signature').on(t.campaignId, t.signature, t.finishedMs, t.id),
    index('comparison_new_id').on(t.newId),
    index('comparison_rules_version').on(t.rulesVersion),
  ],
)

/**
 * The findings of summaries; equal ones of a summary are one row. They repeat the campaign and the time of their
 * comparison, so that an index yields the runs with a rule in the order of lists.
 */
export const finding = stateSchema.table(
  'finding',
  {
    comparisonId: bigint('comparison_id', { mode: 'number' })
      .notNull()
      .references(() => comparison.id, { onDelete: 'cascade' }),
    campaignId: integer('campaign_id').notNull(),
    finishedMs: bigint('finished_ms', { mode: 'number' }).notNull(),
    rule: text().notNull(),
    severity: text().notNull(),
    expected: boolean().notNull(),
    package: text().notNull(),
    path: text().notNull(),
    /** Digest of `path`, which may be longer than an index allows. */
    pathKey: bigint('path_key', { mode: 'bigint' }).notNull(),
  },
  (t) => [
    index('finding_comparison').on(t.comparisonId),
    index('finding_rule').on(t.campaignId, t.rule, t.finishedMs, t.comparisonId),
    index('finding_severity').on(t.campaignId, t.severity, t.finishedMs, t.comparisonId),
    index('finding_package').on(t.campaignId, t.package, t.finishedMs, t.comparisonId),
    index('finding_path').on(t.campaignId, t.pathKey, t.finishedMs, t.comparisonId),
  ],
)

/** The sums of `comparison.counts` by campaign. Rows may be left with zeros. */
export const campaignCount = stateSchema.table(
  'campaign_count',
  {
    campaignId: integer('campaign_id')
      .notNull()
      .references(() => campaign.id),
    kind: text().notNull(),
    key: text().notNull(),
    /** Of a rule's findings; otherwise empty. */
    severity: text().notNull(),
    expected: boolean().notNull(),
    comparisons: integer().notNull(),
    items: bigint({ mode: 'number' }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.campaignId, t.kind, t.key, t.severity, t.expected] })],
)
