/** Access to PostgreSQL: a farm's server or the embedded database. */
import { userInfo } from 'node:os'
import { sql } from 'drizzle-orm'
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { DatabaseUnavailableError, UsageError } from '../errors.ts'
import { type EmbeddedServer, openEmbedded } from './embedded.ts'
import { isUnavailable } from './unavailable.ts'

/** What queries run on: a connection pool or a transaction. */
export type Db = Pick<NodePgDatabase, 'select' | 'insert' | 'update' | 'delete' | 'execute' | 'transaction'>

export interface Database {
  readonly kind: 'postgresql' | 'embedded'
  /** Whether Differ created this database and therefore may write to it. */
  readonly owned: boolean
  /**
   * Runs `work` on the database.
   * @throws DatabaseUnavailableError if the database cannot be reached; any other error of `work`
   */
  query<T>(work: (db: Db) => Promise<T>): Promise<T>
  /** Checks that the database answers a query now. @throws DatabaseUnavailableError */
  ping(): Promise<void>
  /** Closes all connections, and the embedded database if this process serves it. May be called twice. */
  close(): Promise<void>
}

export interface DatabaseOptions {
  /** Maximum number of connections. */
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
  const { statementTimeoutMs = 15_000, connectTimeoutMs = 3_000, poolSize = 8, onQuery } = options
  const server =
    'url' in location ? null : await openEmbedded(location.embeddedDir, options.embeddedWaitMs ?? 30_000)
  const pool = new pg.Pool({
    ...('url' in location ? { connectionString: completeUrl(location.url) } : embeddedLogin(server)),
    application_name: 'differ',
    max: poolSize,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    statement_timeout: statementTimeoutMs,
    // Also limits the client: a server may hang, and the embedded database does not enforce
    // statement_timeout.
    query_timeout: statementTimeoutMs + 1_000,
  })
  // The pool drops an idle connection that breaks, and the next query opens another.
  pool.on('error', () => {})
  const db = drizzle(pool, onQuery ? { logger: { logQuery: onQuery } } : {})

  async function query<T>(work: (db: Db) => Promise<T>): Promise<T> {
    try {
      return await work(db)
    } catch (error) {
      throw isUnavailable(error) ? new DatabaseUnavailableError(error) : error
    }
  }

  let closing: Promise<void> | null = null
  return {
    kind: server ? 'embedded' : 'postgresql',
    owned: server !== null,
    query,
    ping: () => query(async (db) => void (await db.execute(sql`SELECT 1`))),
    close: () => {
      closing ??= pool.end().then(() => server?.close())
      return closing
    },
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
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(standard))
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

/** The user id of a container may have no name. */
function systemUser(): string {
  try {
    return userInfo().username
  } catch {
    return 'postgres'
  }
}
