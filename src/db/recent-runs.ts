/** A cache of runs that were looked up a moment ago. */
import { LRUCache } from 'lru-cache'
import type { Run } from '../model.ts'
import { SUCCESS } from '../run-pair.ts'
import type { Database } from './database.ts'
import { runsByIds } from './runs.ts'

/**
 * How long a successful run is served from memory. Such a run no longer changes, but clients may see it for
 * this long after the farm has deleted it. Runs that are missing, unfinished or failed can change at any
 * moment and are not cached.
 */
const TTL_MS = 1_000
const MAX_RUNS = 10_000

/** Saves the database from answering the same query many times per second. */
export class RecentRuns {
  readonly #database: Database
  readonly #runs = new LRUCache<string, Run>({ max: MAX_RUNS, ttl: TTL_MS })

  constructor(database: Database) {
    this.#database = database
  }

  /** As `runsByIds`. @throws DatabaseUnavailableError */
  async byIds(ids: readonly string[]): Promise<(Run | null)[]> {
    const known = new Map(ids.map((id) => [id, this.#runs.get(id)]))
    const unknownIds = [...known].flatMap(([id, run]) => (run ? [] : [id]))
    if (unknownIds.length > 0) {
      for (const run of await runsByIds(this.#database, unknownIds)) {
        if (!run) continue
        known.set(run.id, run)
        if (run.resultCode === SUCCESS && run.finishTime) this.#runs.set(run.id, run)
      }
    }
    return ids.map((id) => known.get(id) ?? null)
  }
}
