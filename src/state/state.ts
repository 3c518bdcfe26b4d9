/** The state: what summaries say, in tables of Differ's own. It is derived, and can be made again from the cache. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Database, Db } from '../db/database.ts'
import { DatabaseUnavailableError, StateNotConfiguredError } from '../errors.ts'
import { migrateState } from './migrate-state.ts'

/** How long a request waits for a migration. */
const MAX_WAIT_MS = 5_000

export class State {
  readonly #database: Database | null
  #migration: Promise<void> | null = null
  #isMigrated = false

  /** @param database null if none is configured: then every query throws StateNotConfiguredError */
  constructor(database: Database | null) {
    this.#database = database
  }

  get isConfigured(): boolean {
    return this.#database !== null
  }

  /**
   * Runs `work`, once the tables are there.
   * @param purpose background work waits for a migration however long it takes
   * @param client address of the client, for limits per client; the same text for all background work
   * @throws StateNotConfiguredError; DatabaseUnavailableError also while a migration takes long; UsageError if the
   *   database cannot be used; as `Queries.query`
   */
  async query<T>(purpose: 'list' | 'background', client: string, work: (db: Db) => Promise<T>): Promise<T> {
    const database = this.#database
    if (!database) throw new StateNotConfiguredError()
    if (!this.#isMigrated) await this.#migrate(database, purpose)
    return database.for(purpose, client).query(work)
  }

  async #migrate(database: Database, purpose: 'list' | 'background'): Promise<void> {
    // After an error, the next query tries again.
    this.#migration ??= migrateState(database.for('migration', 'state')).catch((error: unknown) => {
      this.#migration = null
      throw error
    })
    await (purpose === 'list' ? waitedFor(this.#migration) : this.#migration)
    this.#isMigrated = true
  }
}

/** @throws DatabaseUnavailableError if the migration takes longer; as `migrateState` */
async function waitedFor(migration: Promise<void>): Promise<void> {
  const ended = new AbortController()
  const tooLong = sleep(MAX_WAIT_MS, 'too long', { signal: ended.signal }).catch(() => {})
  try {
    if ((await Promise.race([migration, tooLong])) === 'too long')
      throw new DatabaseUnavailableError(new Error('The tables of the state are being migrated'))
  } finally {
    ended.abort()
  }
}
