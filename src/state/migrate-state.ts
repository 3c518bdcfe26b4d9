/** Brings the tables of the state up to date. */
import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import type { NodePgDatabase } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import type { Queries } from '../db/database.ts'
import { UsageError } from '../errors.ts'

/** Of PostgreSQL's advisory lock, so that processes that start together migrate one after the other. */
export const MIGRATION_LOCK = 0x646966666572
/** Written by `npm run migrations`; the build copies the folder next to the bundle. */
const MIGRATIONS_FOLDER = fileURLToPath(new URL('./migrations', import.meta.url))

/**
 * Applies the migrations that the database lacks, in one transaction.
 * @throws UsageError if the database cannot store all texts, or the role must not create the tables;
 *   DatabaseUnavailableError
 */
export async function migrateState(database: Queries): Promise<void> {
  await database.query(async (db) => {
    const { rows } = await db.execute<{ server_encoding: string }>(sql`SHOW server_encoding`)
    const encoding = rows[0]?.server_encoding
    if (encoding !== 'UTF8')
      throw new UsageError(
        `The database of DIFFER_STATE_DATABASE_URL has the encoding ${encoding}; create one with UTF8`,
      )
    try {
      await db.transaction(async (tx) => {
        await tx.execute(sql`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`)
        await migrate(tx as unknown as NodePgDatabase, {
          migrationsFolder: MIGRATIONS_FOLDER,
          migrationsSchema: 'differ',
          migrationsTable: 'migration',
        })
      })
    } catch (error) {
      throw isNotPermitted(error)
        ? new UsageError(
            'The role of DIFFER_STATE_DATABASE_URL must be allowed to create the schema "differ": make it the ' +
              'owner of the database, or GRANT CREATE ON DATABASE to it',
            { cause: error },
          )
        : error
    }
  })
}

/** SQLSTATE 42501, also within the errors of Drizzle. */
function isNotPermitted(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return (error as NodeJS.ErrnoException).code === '42501' || isNotPermitted(error.cause)
}
