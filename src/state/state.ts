/** The state: what summaries say, in tables of Differ's own. It is derived, and can be made again from the cache. */
import type { Database, Db, Purpose } from '../db/database.ts'
import { StateNotConfiguredError } from '../errors.ts'
import { migrateState } from './migrate-state.ts'

export class State {
  readonly #database: Database | null
  #ready: Promise<void> | null = null

  /** @param database null if none is configured: then every query throws StateNotConfiguredError */
  constructor(database: Database | null) {
    this.#database = database
  }

  get isConfigured(): boolean {
    return this.#database !== null
  }

  /**
   * Runs `work`, once the tables are there.
   * @param client address of the client, for limits per client; the same text for all background work
   * @throws StateNotConfiguredError; UsageError if the database cannot be used; as `Queries.query`
   */
  async query<T>(
    purpose: Exclude<Purpose, 'look-up' | 'search'>,
    client: string,
    work: (db: Db) => Promise<T>,
  ): Promise<T> {
    const database = this.#database
    if (!database) throw new StateNotConfiguredError()
    this.#ready ??= migrateState(database.for('background', 'state'))
    try {
      await this.#ready
    } catch (error) {
      // The next query tries again.
      this.#ready = null
      throw error
    }
    return database.for(purpose, client).query(work)
  }
}
