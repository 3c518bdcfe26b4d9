/** Queries for runs: by id, and in pages. */
import { and, eq, gte, lt, lte, ne, type SQL, sql } from 'drizzle-orm'
import { isControlRun } from '../control-runs.ts'
import type { Run } from '../model.ts'
import { SUCCESS } from '../run-pair.ts'
import type { Db, Queries } from './database.ts'
import {
  newerThan,
  ORDERS,
  olderThan,
  type RunCursor,
  type RunOrder,
  requireValidCursor,
} from './run-order.ts'
import { searchConditions, searchWords } from './search.ts'
import { isStorableText } from './storable-text.ts'
import { debianBuild, run } from './tables.ts'
import { dateOf, timeOf, timeText } from './timestamps.ts'
import { isUntranslatable } from './unavailable.ts'

/** A list matches any of its values. */
export interface RunFilter {
  readonly codebase?: readonly string[]
  readonly campaign?: readonly string[]
  /** Source package of the Debian build. */
  readonly source?: readonly string[]
  readonly resultCode?: readonly string[]
  /** A run that has not finished is not successful. */
  readonly successful?: boolean
  readonly mainBranchRevision?: string
  /** Words, ignoring case. See `searchWords`. */
  readonly search?: string
  /** Inclusive. A run that has not finished matches neither this nor `finishedBefore`. */
  readonly finishedAfter?: Date
  /** Exclusive. */
  readonly finishedBefore?: Date
}

/** Asks for at most `limit` items after the cursor `after`, or from the start of the list without one. */
export interface PageRequest<Cursor> {
  readonly limit: number
  readonly after?: Cursor | undefined
}

/** The page of a list of runs. */
export interface RunPageRequest extends PageRequest<RunCursor> {
  /** The page ends before this cursor. */
  readonly before?: RunCursor | undefined
  /** Defaults to the newest first. */
  readonly order?: RunOrder
}

/** `next` is the cursor to request the following page with; null at the end of the list. */
export interface Page<Item, Cursor> {
  readonly items: readonly Item[]
  readonly next: Cursor | null
}

export interface ListedRun {
  readonly run: Run
  readonly cursor: RunCursor
}

/**
 * Looks up runs by id in one statement.
 * @returns the runs in the order of `ids`, null for an unknown id
 * @throws DatabaseUnavailableError
 */
export async function runsByIds(database: Queries, ids: readonly string[]): Promise<(Run | null)[]> {
  const rows = await rowsOfIds(database, [...new Set(ids)].filter(isStorableText))
  const byId = new Map(rows.map((row) => [row.id, toRun(row)]))
  return ids.map((id) => byId.get(id) ?? null)
}

async function rowsOfIds(database: Queries, ids: readonly string[]): Promise<RunRow[]> {
  if (ids.length === 0) return []
  try {
    return await database.query((db) => selectRunsByIds(db).execute({ ids }))
  } catch (error) {
    if (!isUntranslatable(error)) throw error
    // Only some of the ids cannot be stored in this database.
    if (ids.length === 1) return []
    return (await Promise.all(ids.map((id) => rowsOfIds(database, [id])))).flat()
  }
}

/**
 * Lists the runs that match `filter`: unfinished runs first, then by finish time descending; runs with the
 * same time by id descending; or the other way round. `page.limit` must be at least 1.
 * @throws UsageError for an invalid cursor; DatabaseUnavailableError
 */
export async function listRuns(
  database: Queries,
  filter: RunFilter,
  page: RunPageRequest,
): Promise<Page<ListedRun, RunCursor>> {
  return pageOfRuns(database, filter, page)
}

/**
 * Lists the runs to compare with a finished control run: all other successful runs based on its revision, in
 * the order of `listRuns`. Empty if `control` is not a control run.
 * @throws DatabaseUnavailableError
 */
export async function controlRunTargets(
  database: Queries,
  control: Run,
  page: PageRequest<RunCursor>,
): Promise<Page<ListedRun, RunCursor>> {
  if (control.revision === null || !isControlRun(control)) return { items: [], next: null }
  const filter = { successful: true, mainBranchRevision: control.revision }
  return pageOfRuns(database, filter, page, ne(run.id, control.id))
}

/**
 * Lists the successful runs that finished between `since` and `until` (both inclusive), oldest first.
 * @throws DatabaseUnavailableError
 */
export async function listFinishedRuns(
  database: Queries,
  { since, until }: { readonly since: Date; readonly until: Date },
  { limit, after }: PageRequest<RunCursor>,
): Promise<Page<Run, RunCursor>> {
  const rows = await database.query((db) =>
    selectRuns(db)
      .where(
        and(
          eq(run.resultCode, SUCCESS),
          gte(run.finishTime, since),
          lte(run.finishTime, until),
          after && sql`(${run.finishTime}, ${run.id}) > (${after.finishTime}::timestamp, ${after.id})`,
        ),
      )
      .orderBy(run.finishTime, run.id)
      .limit(limit + 1),
  )
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return { items: items.map(toRun), next: rows.length > limit && last ? cursorOf(last) : null }
}

/** Reads the database server's clock. @throws DatabaseUnavailableError */
export async function databaseTime(database: Queries): Promise<Date> {
  // A whole number, because the database's settings may cut the digits of others.
  const { rows } = await database.query((db) =>
    db.execute<{ ms: string }>(sql`SELECT floor(extract(epoch FROM now()) * 1000)::bigint::text AS ms`),
  )
  return new Date(Number(rows[0]?.ms ?? Date.now()))
}

/**
 * Counts the runs that match `filter`.
 * @throws DatabaseUnavailableError
 */
export async function countRuns(database: Queries, filter: RunFilter): Promise<number> {
  const words = searchWords(filter.search)
  const conditions = conditionsOf(filter)
  if (!conditions) return 0
  const [row] = await database
    .query(async (db) =>
      db
        .select({ count: sql<number>`count(*)::integer` })
        .from(run)
        .where(and(...conditions, ...(await searchConditions(db, words)))),
    )
    .catch(noneIfUntranslatable)
  return row?.count ?? 0
}

/** Counts the successful runs of each campaign, in one statement. @throws DatabaseUnavailableError */
export async function countRunsOfCampaigns(
  database: Queries,
  campaigns: readonly string[],
): Promise<number[]> {
  const conditions = conditionsOf({ campaign: campaigns, successful: true })
  if (!conditions) return campaigns.map(() => 0)
  const rows = await database
    .query((db) =>
      db
        .select({ campaign: run.campaign, count: sql<number>`count(*)::integer` })
        .from(run)
        .where(and(...conditions))
        .groupBy(run.campaign),
    )
    .catch(noneIfUntranslatable)
  const counts = new Map(rows.map(({ campaign, count }) => [campaign, count]))
  return campaigns.map((name) => counts.get(name) ?? 0)
}

async function pageOfRuns(
  database: Queries,
  filter: RunFilter,
  { limit, after, before, order = 'NEWEST_FIRST' }: RunPageRequest,
  extraCondition?: SQL,
): Promise<Page<ListedRun, RunCursor>> {
  const words = searchWords(filter.search)
  const filterConditions = conditionsOf(filter)
  if (!filterConditions) return { items: [], next: null }
  for (const cursor of [after, before]) if (cursor) requireValidCursor(cursor)
  const columns = { finishTime: run.finishTime, id: run.id }
  const [beyond, ahead] = order === 'NEWEST_FIRST' ? [olderThan, newerThan] : [newerThan, olderThan]
  const between = and(after && beyond(after, columns), before && ahead(before, columns))
  const rows = await database
    .query(async (db) =>
      selectRuns(db)
        .where(and(...filterConditions, ...(await searchConditions(db, words)), between, extraCondition))
        .orderBy(...ORDERS[order])
        // The additional row shows whether there is a next page.
        .limit(limit + 1),
    )
    .catch(noneIfUntranslatable)
  const items = rows.slice(0, limit).map((row) => ({ run: toRun(row), cursor: cursorOf(row) }))
  return { items, next: rows.length > limit ? (items.at(-1)?.cursor ?? null) : null }
}

/** No run contains a character that the database cannot store. */
function noneIfUntranslatable(error: unknown): [] {
  if (isUntranslatable(error)) return []
  throw error
}

/** Null if no run can match, because PostgreSQL cannot store any of the values. */
function conditionsOf(filter: RunFilter): (SQL | undefined)[] | null {
  const { mainBranchRevision: revision, search, successful } = filter
  const storable = (values: readonly string[] | undefined) => values?.filter(isStorableText)
  const lists = [filter.codebase, filter.campaign, filter.resultCode, filter.source].map(storable)
  if (lists.some((values) => values?.length === 0)) return null
  if (![revision, search].every((text) => text === undefined || isStorableText(text))) return null
  const [codebases, campaigns, resultCodes, sources] = lists
  return [
    codebases && isOneOf(sql`${run.codebase}`, codebases),
    campaigns && isOneOf(sql`${run.campaign}`, campaigns),
    resultCodes && isOneOf(sql`${run.resultCode}`, resultCodes),
    successful === undefined
      ? undefined
      : successful
        ? eq(run.resultCode, SUCCESS)
        : sql`${run.resultCode} IS DISTINCT FROM ${SUCCESS}`,
    revision === undefined ? undefined : eq(run.mainBranchRevision, revision),
    filter.finishedAfter && gte(run.finishTime, filter.finishedAfter),
    filter.finishedBefore && lt(run.finishTime, filter.finishedBefore),
    sources && sql`${run.id} IN (SELECT run_id FROM debian_build WHERE ${isOneOf(sql`source`, sources)})`,
  ]
}

/** Only with one value, PostgreSQL can read a page in the order of an index on the column and the time. */
function isOneOf(column: SQL, values: readonly string[]): SQL {
  return values.length === 1
    ? sql`${column} = ${values[0]}`
    : sql`${column} = ANY(${sql.param(values)}::text[])`
}

const RUN_COLUMNS = {
  id: run.id,
  codebase: run.codebase,
  campaign: run.campaign,
  resultCode: run.resultCode,
  startTime: timeOf(run.startTime),
  revision: run.revision,
  mainBranchRevision: run.mainBranchRevision,
  changeSet: run.changeSet,
  exactFinishTime: timeText(run.finishTime),
}

/** Selects each run with at most one build: not every version of the legacy schema forbids a second. */
function selectRuns(db: Db) {
  const build = db
    .select({ source: debianBuild.source, version: debianBuild.version })
    .from(debianBuild)
    .where(eq(debianBuild.runId, run.id))
    .orderBy(debianBuild.source, debianBuild.version)
    .limit(1)
    .as('build')
  return db
    .select({ ...RUN_COLUMNS, source: build.source, version: build.version })
    .from(run)
    .leftJoinLateral(build, sql`true`)
}

/**
 * One statement for each connection pool: Drizzle takes as long to build it as the database takes to answer
 * it.
 */
const STATEMENTS_BY_IDS = new WeakMap<Db, ReturnType<typeof buildByIds>>()

function selectRunsByIds(db: Db): ReturnType<typeof buildByIds> {
  const built = STATEMENTS_BY_IDS.get(db) ?? buildByIds(db)
  STATEMENTS_BY_IDS.set(db, built)
  return built
}

/** Without a name, pg sends no named prepared statement, which a connection pooler may not support. */
function buildByIds(db: Db) {
  return selectRuns(db)
    .where(sql`${run.id} = any(${sql.placeholder('ids')})`)
    .prepare('')
}

type RunRow = Awaited<ReturnType<typeof selectRuns>>[number]

function toRun({ exactFinishTime, ...row }: RunRow): Run {
  return { ...row, finishTime: dateOf(exactFinishTime) }
}

function cursorOf(row: RunRow): RunCursor {
  return { finishTime: row.exactFinishTime, id: row.id }
}
