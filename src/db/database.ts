/** Access to PostgreSQL: a farm's server or the embedded database. */
import { userInfo } from 'node:os'
import { sql } from 'drizzle-orm'
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { DatabaseUnavailableError, QueryLimitError, UsageError } from '../errors.ts'
import { ClientSlots } from '../requests/client-slots.ts'
import { type EmbeddedServer, openEmbedded } from './embedded.ts'
import { isStatementTimeout, isUnavailable } from './unavailable.ts'

/** A list may read a whole table. Two clients can have both of their slots at once. */
const LIST_SLOTS = { inAll: 4, perClient: 2, waitingPerClient: 50, maxWaitMs: 15_000 }
/** A search reads two whole tables if no index helps. */
const SEARCH_SLOTS = { inAll: 2, perClient: 1, waitingPerClient: 10, maxWaitMs: 10_000 }
const SEARCH_TIMEOUT_MS = 5_000
const BACKGROUND_CONNECTIONS = 2
/** A migration may write each row of the state anew. */
const MIGRATION_TIMEOUT_MS = 6 * 3_600_000

/** What queries run on: a connection pool or a transaction. */
export type Db = Pick<NodePgDatabase, 'select' | 'insert' | 'update' | 'delete' | 'execute' | 'transaction'>

/**
 * What a query is for. Each purpose has its own connections, so that a look-up by id never waits for queries
 * that read whole tables, nor a client's list for another's search.
 */
export type Purpose = 'look-up' | 'list' | 'search' | 'background' | 'migration'

/** Runs queries for one purpose. */
export interface Queries {
  /**
   * Runs `work` on the database.
   * @throws DatabaseUnavailableError if the database cannot be reached; OverloadedError if the client has too
   *   many queries for this purpose waiting; QueryLimitError if a search takes too long; any other error of
   *   `work`
   */
  query<T>(work: (db: Db) => Promise<T>): Promise<T>
}

/** Its own `query` is for look-ups by primary key. */
export interface Database extends Queries {
  readonly kind: 'postgresql' | 'embedded'
  /** Whether Differ created this database and therefore may write to it. */
  readonly owned: boolean
  /** @param client address of the client, for limits per client; the same text for all background work */
  for(purpose: Exclude<Purpose, 'look-up'>, client: string): Queries
  /** Checks that the database answers a query now. @throws DatabaseUnavailableError */
  ping(): Promise<void>
  /** Closes all connections, and the embedded database if this process serves it. May be called twice. */
  close(): Promise<void>
}

export interface DatabaseOptions {
  /** Maximum number of connections for look-ups. */
  readonly poolSize?: number
  /** How long a query waits for a connection, in milliseconds. */
  readonly connectTimeoutMs?: number
  /** How long one statement may run, in milliseconds. */
  readonly statementTimeoutMs?: number
  /** How long to wait until another process that holds the embedded database serves it, in milliseconds. */
  readonly embeddedWaitMs?: number
  /** Called with the text and parameters of every statement. */
  readonly onQuery?: (sql: string, params: readonly unknown[]) => void
}

/** `postgresql://user@host/name`, or the directory of the embedded database. */
export type DatabaseLocation = { readonly url: string } | { readonly embeddedDir: string }

/**
 * Opens a database. For a URL, the first query connects, so a service starts and recovers without its server.
 * @throws UsageError for an invalid URL or an unusable directory; DatabaseUnavailableError if another process
 * holds the embedded database and does not serve it in time
 */
export async function openDatabase(
  location: DatabaseLocation,
  options: DatabaseOptions = {},
): Promise<Database> {
  const server =
    'url' in location ? null : await openEmbedded(location.embeddedDir, options.embeddedWaitMs ?? 30_000)
  const login = 'url' in location ? { connectionString: completeUrl(location.url) } : embeddedLogin(server)
  const pools: pg.Pool[] = []
  const open = (connections: number, timeoutMs?: number) => {
    const { db, pool } = openPool(login, connections, {
      ...options,
      isEmbedded: server !== null,
      ...(timeoutMs && { statementTimeoutMs: timeoutMs }),
    })
    pools.push(pool)
    return db
  }
  const { query } = queriesOn(open(options.poolSize ?? 8), server)
  const lists = open(LIST_SLOTS.inAll)
  const listSlots = new ClientSlots('lists of runs', LIST_SLOTS)
  const searches = open(SEARCH_SLOTS.inAll, SEARCH_TIMEOUT_MS)
  const searchSlots = new ClientSlots('searches', SEARCH_SLOTS)
  const background = open(BACKGROUND_CONNECTIONS)
  const migrations = open(1, MIGRATION_TIMEOUT_MS)

  let closing: Promise<void> | null = null
  return {
    kind: server ? 'embedded' : 'postgresql',
    owned: server !== null,
    query,
    for(purpose, client) {
      if (purpose === 'background') return queriesOn(background, server)
      if (purpose === 'migration') return queriesOn(migrations, server)
      if (purpose === 'list') return queriesOn(lists, server, (work) => listSlots.run(client, work))
      return queriesOn(searches, server, (work) => searchSlots.run(client, () => explainingTimeout(work)))
    },
    ping: () => query(async (db) => void (await db.execute(sql`SELECT 1`))),
    close: () => {
      closing ??= Promise.all(pools.map((pool) => pool.end())).then(() => server?.close())
      return closing
    },
  }
}

function openPool(
  login: pg.PoolConfig,
  connections: number,
  {
    statementTimeoutMs = 15_000,
    connectTimeoutMs = 3_000,
    onQuery,
    isEmbedded,
  }: DatabaseOptions & { readonly isEmbedded: boolean },
): { db: Db; pool: pg.Pool } {
  const pool = new pg.Pool({
    ...login,
    application_name: 'differ',
    max: connections,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    statement_timeout: statementTimeoutMs,
    // Also limits the client: a server may hang, and the embedded database does not enforce
    // statement_timeout.
    query_timeout: statementTimeoutMs + 1_000,
    // All connections to the embedded database share one session, which Differ has created.
    ...(!isEmbedded && { onConnect: prepareConnection }),
  })
  // The pool drops an idle connection that breaks, and the next query opens another.
  pool.on('error', () => {})
  // A connection that breaks within a transaction fails its statements. Without a listener it would end the
  // process as well.
  pool.on('connect', (client) => client.on('error', () => {}))
  return { db: drizzle(pool, onQuery ? { logger: { logQuery: onQuery } } : {}), pool }
}

/**
 * @param server the embedded database, if it is that
 * @param inTurn runs a function when the client has its turn
 */
function queriesOn(
  db: Db,
  server: EmbeddedServer | null,
  inTurn: <T>(work: () => Promise<T>) => Promise<T> = (work) => work(),
): Queries {
  return {
    async query(work) {
      try {
        return await inTurn(() => work(db))
      } catch (error) {
        throw isUnavailable(error) ? new DatabaseUnavailableError(server?.failure ?? error) : error
      }
    },
  }
}

/** @throws QueryLimitError instead of the error of a statement that took too long */
async function explainingTimeout<T>(search: () => Promise<T>): Promise<T> {
  try {
    return await search()
  } catch (error) {
    if (!isStatementTimeout(error)) throw error
    throw new QueryLimitError(
      'SEARCH_TIMEOUT',
      SEARCH_TIMEOUT_MS,
      `The search took longer than ${SEARCH_TIMEOUT_MS / 1000} s and was stopped: search for longer or rarer words, ` +
        'or add a codebase, a campaign or a time to the filter',
      true,
    )
  }
}

async function prepareConnection(client: pg.ClientBase): Promise<void> {
  // A page takes milliseconds. The planner would often compile its query first, which takes longer.
  await client.query(`SELECT set_config('jit', 'off', false)`)
  await preferPublicTables(client)
}

/**
 * If the `search_path` of the database or the role hides the farm's tables, which are in the schema `public`,
 * puts that schema first. Tables in another schema are found if no such table is in `public`.
 */
async function preferPublicTables(client: pg.ClientBase): Promise<void> {
  try {
    await client.query(`
      SELECT set_config('search_path', concat_ws(', ', 'public', nullif(current_setting('search_path'), '')), false)
      WHERE to_regclass('public.run') IS NOT NULL
        AND (to_regclass('run'), to_regclass('debian_build'), to_regclass('codebase'), to_regclass('change_set'))
          IS DISTINCT FROM (to_regclass('public.run'), to_regclass('public.debian_build'),
            to_regclass('public.codebase'), to_regclass('public.change_set'))`)
  } catch (error) {
    // Without a right on the schema `public`, the tables are elsewhere.
    if (isUnavailable(error)) throw error
  }
}

function embeddedLogin(server: EmbeddedServer | null) {
  return server ? { host: server.host, port: 5432, user: 'postgres', database: 'postgres' } : {}
}

/**
 * Fills in the defaults of `psql`: the local socket for a missing host, the system user for a missing user.
 */
function completeUrl(url: string): string {
  // libpq allows `postgresql://user:secret@/name`; the URL standard forbids a login without a host.
  const [, login] = /^postgres(?:ql)?:\/\/([^@/?#]*)@(?=[/?#]|$)/.exec(url) ?? []
  const standard = login === undefined ? url : url.replace(`${login}@`, '')
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(standard) || !isDecodable(standard))
    throw new UsageError('The database URL must have the form postgresql://user@host/database')
  const parsed = new URL(standard)
  const settings = parsed.searchParams
  const [user, password] = (login ?? '').split(':', 2).map(decodeURIComponent)
  if (user && !settings.has('user')) settings.set('user', user)
  if (password && !settings.has('password')) settings.set('password', password)
  if (!parsed.username && !settings.has('user')) settings.set('user', systemUser())
  if (!parsed.hostname && !settings.has('host')) settings.set('host', '/var/run/postgresql')
  return parsed.href
}

/** Whether every percent sign begins an escape. */
function isDecodable(url: string): boolean {
  try {
    decodeURIComponent(url)
    return true
  } catch {
    return false
  }
}

/** The user id of a container may have no name. */
function systemUser(): string {
  try {
    return userInfo().username
  } catch {
    return 'postgres'
  }
}
