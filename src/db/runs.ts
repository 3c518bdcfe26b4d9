/** Runs, read in batches and pages. */
import { and, eq, gte, lt, lte, ne, type SQL, sql } from 'drizzle-orm'
import { UsageError } from '../errors.ts'
import type { Run } from '../model.ts'
import type { Database, Db } from './database.ts'
import { debianBuild, run } from './tables.ts'

export interface RunFilter {
  readonly codebase?: string
  readonly campaign?: string
  /** Source package of the Debian build. */
  readonly source?: string
  readonly resultCode?: string
  readonly mainBranchRevision?: string
  /** Words, each of which is part of the codebase, campaign, source package or id, in upper or lower case. */
  readonly search?: string
  /** At or after. A run that has not finished matches neither of these two. */
  readonly finishedAfter?: Date
  /** Before, not at. */
  readonly finishedBefore?: Date
}

/** A run's place in the order of lists. The time is the database's own text, in microseconds; a `Date` would lose some. */
export interface RunCursor {
  readonly finishTime: string | null
  readonly id: string
}

/** A part of a list: at most `limit` entries that follow `after`, from the start where it is absent. */
export interface PageRequest<Cursor> {
  readonly limit: number
  readonly after?: Cursor | undefined
}

/** `next` is the place to go on from; null at the end of the list. */
export interface Page<Item, Cursor> {
  readonly items: readonly Item[]
  readonly next: Cursor | null
}

/** One of `listRuns`: a run and its own place. */
export interface ListedRun {
  readonly run: Run
  readonly cursor: RunCursor
}

/**
 * The runs with these ids, in their order, null for an unknown one. One statement, however many there are.
 * @throws DatabaseUnavailableError
 */
export async function runsByIds(database: Database, ids: readonly string[]): Promise<(Run | null)[]> {
  const askable = [...new Set(ids)].filter(isText)
  if (askable.length === 0) return ids.map(() => null)
  const rows = await database.query((db) => selectRunsByIds(db).execute({ ids: askable }))
  const byId = new Map(rows.map((row) => [row.id, toRun(row)]))
  return ids.map((id) => byId.get(id) ?? null)
}

/**
 * Runs that match all of `filter`, newest first: by finish time downwards, those that have not finished ahead of all, ids downwards
 * where the times are equal. `page.limit` is at least 1.
 * @throws UsageError for a cursor that is none; DatabaseUnavailableError
 */
export async function listRuns(
  database: Database,
  filter: RunFilter,
  page: PageRequest<RunCursor>,
): Promise<Page<ListedRun, RunCursor>> {
  return pageOfRuns(database, filter, page)
}

/**
 * The runs to compare with a control run that has just finished (`control.revision` is its main branch's): every successful
 * run built upon that revision except itself, in the order of `listRuns`.
 * @throws DatabaseUnavailableError
 */
export async function controlRunTargets(
  database: Database,
  control: Run,
  page: PageRequest<RunCursor>,
): Promise<Page<ListedRun, RunCursor>> {
  if (control.revision === null || control.revision !== control.mainBranchRevision)
    return { items: [], next: null }
  const filter = { resultCode: 'success', mainBranchRevision: control.revision }
  return pageOfRuns(database, filter, page, ne(run.id, control.id))
}

/**
 * Successful runs that finished in this time (both ends included), oldest first.
 * @throws DatabaseUnavailableError
 */
export async function runsFinished(
  database: Database,
  { since, until }: { readonly since: Date; readonly until: Date },
  { limit, after }: PageRequest<RunCursor>,
): Promise<Page<Run, RunCursor>> {
  const rows = await database.query((db) =>
    selectRuns(db)
      .where(
        and(
          eq(run.resultCode, 'success'),
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

/** The database's own clock. @throws DatabaseUnavailableError */
export async function databaseTime(database: Database): Promise<Date> {
  const { rows } = await database.query((db) =>
    db.execute<{ ms: number }>(sql`SELECT (extract(epoch FROM now()) * 1000)::float8 AS ms`),
  )
  return new Date(rows[0]?.ms ?? Date.now())
}

/**
 * How many runs match all of `filter`.
 * @throws DatabaseUnavailableError
 */
export async function countRuns(database: Database, filter: RunFilter): Promise<number> {
  const conditions = matching(filter)
  if (!conditions) return 0
  const [row] = await database.query((db) =>
    db
      .select({ count: sql<number>`count(*)::integer` })
      .from(run)
      .where(and(...conditions)),
  )
  return row?.count ?? 0
}

async function pageOfRuns(
  database: Database,
  filter: RunFilter,
  { limit, after }: PageRequest<RunCursor>,
  further?: SQL,
): Promise<Page<ListedRun, RunCursor>> {
  const matches = matching(filter)
  if (!matches) return { items: [], next: null }
  const conditions = [...matches, after && olderThan(after), further]
  const rows = await database.query((db) =>
    selectRuns(db)
      .where(and(...conditions))
      .orderBy(...newestFirst)
      // One more tells whether there is a next page.
      .limit(limit + 1),
  )
  const items = rows.slice(0, limit).map((row) => ({ run: toRun(row), cursor: cursorOf(row) }))
  return { items, next: rows.length > limit ? (items.at(-1)?.cursor ?? null) : null }
}

/** Null where nothing can match. */
function matching(filter: RunFilter): (SQL | undefined)[] | null {
  const texts = [
    filter.codebase,
    filter.campaign,
    filter.source,
    filter.resultCode,
    filter.mainBranchRevision,
    filter.search,
  ]
  if (!texts.every((text) => text === undefined || isText(text))) return null
  return [
    filter.codebase === undefined ? undefined : eq(run.codebase, filter.codebase),
    filter.campaign === undefined ? undefined : eq(run.campaign, filter.campaign),
    filter.resultCode === undefined ? undefined : eq(run.resultCode, filter.resultCode),
    filter.mainBranchRevision === undefined
      ? undefined
      : eq(run.mainBranchRevision, filter.mainBranchRevision),
    filter.finishedAfter && gte(run.finishTime, filter.finishedAfter),
    filter.finishedBefore && lt(run.finishTime, filter.finishedBefore),
    filter.source === undefined
      ? undefined
      : sql`${run.id} IN (SELECT run_id FROM debian_build WHERE source = ${filter.source})`,
    ...wordsOf(filter.search).map(mentions),
  ]
}

/** @throws UsageError for more than a person searches for */
function wordsOf(search = ''): string[] {
  if (search.length > MAX_SEARCH)
    throw new UsageError(`"search" has ${search.length} characters; it takes at most ${MAX_SEARCH}`)
  return search.split(/\s+/).filter((word) => word !== '')
}
const MAX_SEARCH = 200

function mentions(word: string): SQL {
  const pattern = `%${word.replace(/[\\%_]/g, '\\$&')}%`
  return sql`(${run.codebase} ILIKE ${pattern} OR ${run.campaign} ILIKE ${pattern} OR ${run.id} ILIKE ${pattern}
    OR EXISTS (SELECT FROM debian_build WHERE run_id = ${run.id} AND source ILIKE ${pattern}))`
}

/** The order of lists; PostgreSQL puts nulls first when descending, so an index on (finish_time, id) read backwards serves it. */
const newestFirst = [sql`${run.finishTime} DESC`, sql`${run.id} DESC`]

/** A row comparison, because that is what an index can start from; it is never true for a null. */
function olderThan({ finishTime, id }: RunCursor): SQL {
  if (!isText(id) || (finishTime !== null && !isTime(finishTime)))
    throw new UsageError('The cursor is none of a list of runs')
  return finishTime === null
    ? sql`(${run.finishTime} IS NOT NULL OR ${run.id} < ${id})`
    : sql`(${run.finishTime}, ${run.id}) < (${finishTime}::timestamp, ${id})`
}

/** PostgreSQL's text cannot hold a NUL, so nothing in it equals a string that does. */
export function isText(value: string): boolean {
  return !value.includes('\0')
}

/** Cursors come back from outside. What PostgreSQL writes survives the round trip; the 30th of February does not. */
function isTime(text: string): boolean {
  if (!/^(?!0000)\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?$/.test(text)) return false
  const seconds = `${text.slice(0, 10)}T${text.slice(11, 19)}`
  const time = new Date(`${seconds}Z`)
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(seconds)
}

const runColumns = {
  id: run.id,
  codebase: run.codebase,
  campaign: run.campaign,
  resultCode: run.resultCode,
  startTime: run.startTime,
  finishTime: run.finishTime,
  revision: run.revision,
  mainBranchRevision: run.mainBranchRevision,
  changeSet: run.changeSet,
  exactFinishTime: sql<string | null>`${run.finishTime}::text`,
}

/** Runs with at most one build each: the legacy schema does not everywhere forbid a second. */
function selectRuns(db: Db) {
  const build = db
    .select({ source: debianBuild.source, version: debianBuild.version })
    .from(debianBuild)
    .where(eq(debianBuild.runId, run.id))
    .orderBy(debianBuild.source, debianBuild.version)
    .limit(1)
    .as('build')
  return db
    .select({ ...runColumns, source: build.source, version: build.version })
    .from(run)
    .leftJoinLateral(build, sql`true`)
}

/** Statements are built once for each connection pool: building this one takes as long as the database takes to answer it. */
const byIds = new WeakMap<Db, ReturnType<typeof buildByIds>>()

function selectRunsByIds(db: Db): ReturnType<typeof buildByIds> {
  const built = byIds.get(db) ?? buildByIds(db)
  byIds.set(db, built)
  return built
}

/** Without a name it is no prepared statement of the connection, which a pooler between us and the server may give to others. */
function buildByIds(db: Db) {
  return selectRuns(db)
    .where(sql`${run.id} = any(${sql.placeholder('ids')})`)
    .prepare('')
}

type RunRow = Awaited<ReturnType<typeof selectRuns>>[number]

function toRun({ exactFinishTime: _, ...row }: RunRow): Run {
  return row
}

function cursorOf(row: RunRow): RunCursor {
  return { finishTime: row.exactFinishTime, id: row.id }
}
