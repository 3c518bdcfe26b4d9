/**
 * The legacy tables, as far as Differ reads them. A farm's database belongs to another service and has more columns;
 * `embedded-schema.ts` makes the same tables in Differ's own database.
 */
import { boolean, customType, integer, pgTable, text, timestamp } from 'drizzle-orm/pg-core'

/** A Debian version: the extension's type where a farm has it, text elsewhere; both travel as text. */
const debversion = customType<{ data: string }>({ dataType: () => 'debversion' })

/** The farm's clocks write UTC into columns without a time zone. */
const utcTimestamp = (name: string) => timestamp(name, { mode: 'date', withTimezone: false })

/** One build. `suite` is the campaign's name; ids are opaque. */
export const run = pgTable('run', {
  id: text().primaryKey(),
  command: text(),
  description: text(),
  startTime: utcTimestamp('start_time'),
  finishTime: utcTimestamp('finish_time'),
  resultCode: text('result_code'),
  mainBranchRevision: text('main_branch_revision'),
  revision: text(),
  campaign: text('suite').notNull(),
  codebase: text().notNull(),
  changeSet: text('change_set'),
})

/** What a run built, if it built a Debian package. */
export const debianBuild = pgTable('debian_build', {
  runId: text('run_id').notNull(),
  version: debversion().notNull(),
  distribution: text().notNull(),
  source: text().notNull(),
  binaryPackages: text('binary_packages').array(),
})

/** A source tree that runs build. */
export const codebase = pgTable('codebase', {
  name: text().primaryKey(),
  url: text(),
  branch: text(),
  subpath: text(),
  inactive: boolean(),
})

/** Runs that belong together; a control run is the one whose id is its change set's. */
export const changeSet = pgTable('change_set', {
  id: text().primaryKey(),
  campaign: text(),
})

/** Only in databases that Differ made. */
export const differMeta = pgTable('differ_meta', { schemaVersion: integer('schema_version').notNull() })
