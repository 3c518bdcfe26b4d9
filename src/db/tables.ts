/**
 * The columns of the legacy tables that Differ reads. A farm's database belongs to another service and has
 * more columns; `embedded-schema.ts` creates the same tables in Differ's own database.
 */
import { boolean, customType, pgTable, text } from 'drizzle-orm/pg-core'
import { utcTimestamp } from './timestamps.ts'

/** A Debian version: the type of the `debversion` extension in a farm's database, otherwise text. */
const debversion = customType<{ data: string }>({ dataType: () => 'debversion' })

/** One build. The column `suite` holds the campaign's name. Ids are opaque. */
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

/** The Debian package that a run built. A run that built none has no row here. */
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

/** Runs that belong together. A control run's change set has the id of the run. */
export const changeSet = pgTable('change_set', {
  id: text().primaryKey(),
  campaign: text(),
})
