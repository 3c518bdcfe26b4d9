/**
 * The tables of Differ's own database, in the schema `differ`. After a change, `npm run migrations` writes a
 * migration beside the others; released ones are never edited.
 */
import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgSchema,
  primaryKey,
  smallint,
  text,
  unique,
} from 'drizzle-orm/pg-core'

export const stateSchema = pgSchema('differ')

/** A name for each number, because every other table repeats the number millions of times. */
export const campaign = stateSchema.table('campaign', {
  id: integer().primaryKey().generatedAlwaysAsIdentity(),
  name: text().notNull().unique(),
})

/** The facts of the kind `rule` in `counts` show which weights there are. */
const PROFILE = sql.raw(`CASE WHEN "verdict" IS NULL AND "failure" IS NULL THEN 0 ELSE
		(coalesce(array_position('{IDENTICAL,NOISE_ONLY,SUBSTANTIVE,UNDECIDED,EXPECTED}', "verdict"), 0) + 1) * 64
${['BAD', 'VERIFY', 'INFO']
  .flatMap((severity) => [false, true].map((expected) => ({ severity, expected })))
  .map(
    ({ severity, expected }, weight) =>
      `\t\t+ jsonb_path_exists("counts", 'strict $[*] ? (@[0] == "rule" && @[2] == "${severity}" && @[3] == ${expected})')::integer * ${2 ** weight}`,
  )
  .join('\n')}
	END`)

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
    /** Its verdict, and which weights its findings have: see `kinds.ts`. */
    profile: smallint().notNull().generatedAlwaysAs(PROFILE),
    /** What the findings have in common with those of other runs, but for names. See `signature.ts`. */
    signature: bigint({ mode: 'bigint' }),
    /** What it adds to `campaign_count`: each fact is a list of kind, key, severity, whether it is expected, and items. */
    counts: jsonb().notNull().default([]),
    /** The version whose webhook has not been delivered: see `due-webhooks.ts`. */
    webhookDue: text('webhook_due'),
  },
  (t) => [
    unique('comparison_pair').on(t.oldId, t.newId),
    index('comparison_newest').on(t.campaignId, t.finishedMs, t.id),
    index('comparison_profile').on(t.campaignId, t.profile, t.finishedMs, t.id),
    index('comparison_codebase').on(t.campaignId, t.codebase, t.finishedMs, t.id),
    index('comparison_signature').on(t.campaignId, t.signature, t.finishedMs, t.id),
    index('comparison_new_id').on(t.newId),
    index('comparison_rules_version').on(t.rulesVersion),
    index('comparison_webhook_due').on(t.id).where(sql`${t.webhookDue} IS NOT NULL`),
  ],
)

/**
 * The findings of summaries; equal ones of a summary are one row. They repeat the campaign, the time and the verdict
 * of their comparison, so that an index yields the runs with a rule and a verdict in the order of lists.
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
    /** The verdict of its comparison, and its weight: see `kinds.ts`. A trigger sets it. */
    kind: smallint().notNull(),
    package: text().notNull(),
    path: text().notNull(),
    /** Digest of `path`, which may be longer than an index allows. */
    pathKey: bigint('path_key', { mode: 'bigint' }).notNull(),
  },
  (t) => [
    index('finding_comparison').on(t.comparisonId),
    index('finding_rule').on(t.campaignId, t.rule, t.kind, t.finishedMs, t.comparisonId),
    index('finding_package').on(t.campaignId, t.package, t.finishedMs, t.comparisonId),
    index('finding_path').on(t.campaignId, t.pathKey, t.rule, t.kind, t.finishedMs, t.comparisonId),
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
