/** One way to PostgreSQL, whether it is a farm's server or the embedded database. */
import { userInfo } from 'node:os'
import { sql } from 'drizzle-orm'
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { DatabaseUnavailableError, UsageError } from '../errors.ts'
import { type EmbeddedServer, openEmbedded } from './embedded.ts'
import { isUnavailable } from './unavailable.ts'

/** What queries are written against; also a transaction. */
export type Db = Pick<NodePgDatabase, 'select' | 'insert' | 'update' | 'delete' | 'execute' | 'transaction'>

export interface Database {
  readonly kind: 'postgresql' | 'embedded'
  /** Whether Differ made this database, and so may write to it. */
  readonly owned: boolean
  /**
   * Runs `work` against the database.
   * @throws DatabaseUnavailableError where it does not answer; anything else that `work` throws.
   */
  query<T>(work: (db: Db) => Promise<T>): Promise<T>
  /** @throws DatabaseUnavailableError where the database does not answer a query at this moment. */
  ping(): Promise<void>
  /** Ends all connections, and the embedded database if this process serves it. Safe to call twice. */
  close(): Promise<void>
}

export interface DatabaseOptions {
  /** Connections at most. */
  readonly poolSize?: number
  /** How long a query waits for a connection. */
  readonly connectTimeoutMs?: number
  /** How long one statement may run. */
  readonly statementTimeoutMs?: number
  /** How long to wait for another process that holds the embedded database to get ready. */
  readonly embeddedWaitMs?: number
  /** Called with every statement's text and parameters, as sent. */
  readonly onQuery?: (sql: string, params: readonly unknown[]) => void
}

/** Where the database is: `postgresql://user@host/name`, or the directory of the embedded one. */
export type DatabaseLocation = { readonly url: string } | { readonly embeddedDir: string }

/**
 * Opens a database. With a URL nothing is connected yet, so that a service starts (and recovers) whatever the server does.
 * @throws UsageError for a URL or directory that cannot be used; DatabaseUnavailableError where another process
 * holds the embedded database and does not get ready.
 */
export async function openDatabase(
  location: DatabaseLocation,
  options: DatabaseOptions = {},
): Promise<Database> {
  const { statementTimeoutMs = 15_000, connectTimeoutMs = 3_000, poolSize = 8, onQuery } = options
  const server =
    'url' in location ? null : await openEmbedded(location.embeddedDir, options.embeddedWaitMs ?? 30_000)
  const pool = new pg.Pool({
    ...('url' in location ? { connectionString: complete(location.url) } : embeddedLogin(server)),
    application_name: 'differ',
    max: poolSize,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    statement_timeout: statementTimeoutMs,
    // For a server that has stopped answering at all, and for the embedded database, which has no timers of its own.
    query_timeout: statementTimeoutMs + 1_000,
  })
  // An idle connection that breaks is dropped by the pool; the next query makes another.
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

/** Fills in what `psql` would: a missing host is the local socket, a missing user the one who runs this. */
function complete(url: string): string {
  // libpq's form without a host, `postgresql://user:secret@/name`, is none of the URL standard.
  const [, login] = /^postgres(?:ql)?:\/\/([^@/?#]*)@(?=[/?#]|$)/.exec(url) ?? []
  const standard = login === undefined ? url : url.replace(`${login}@`, '')
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(standard))
    throw new UsageError('The database location is not of the form postgresql://user@host/database')
  const parsed = new URL(standard)
  const settings = parsed.searchParams
  const [user, password] = (login ?? '').split(':', 2).map(decodeURIComponent)
  if (user && !settings.has('user')) settings.set('user', user)
  if (password && !settings.has('password')) settings.set('password', password)
  if (!parsed.username && !settings.has('user')) settings.set('user', systemUser())
  if (!parsed.hostname && !settings.has('host')) settings.set('host', '/var/run/postgresql')
  return parsed.href
}

/** A container may run under a number that has no name. */
function systemUser(): string {
  try {
    return userInfo().username
  } catch {
    return 'postgres'
  }
}
