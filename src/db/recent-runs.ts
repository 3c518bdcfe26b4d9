/** Runs that were looked up a moment ago. */
import { LRUCache } from 'lru-cache'
import type { Run } from '../model.ts'
import type { Database } from './database.ts'
import { runsByIds } from './runs.ts'

/**
 * For so long a run that has succeeded is not looked up again. Such runs do not change; one that the farm deletes is seen for this long after. Runs that are
 * missing, under way or failed may be other ones at any moment, and are asked for each time.
 */
const FRESH_MS = 1_000
const MAX_RUNS = 10_000

/** Spares the database the same question many times a second. */
export class RecentRuns {
  readonly #database: Database
  readonly #runs = new LRUCache<string, Run>({ max: MAX_RUNS, ttl: FRESH_MS })

  constructor(database: Database) {
    this.#database = database
  }

  /** As `runsByIds`. @throws DatabaseUnavailableError */
  async byIds(ids: readonly string[]): Promise<(Run | null)[]> {
    const known = new Map(ids.map((id) => [id, this.#runs.get(id)]))
    const unknown = [...known].flatMap(([id, run]) => (run ? [] : [id]))
    if (unknown.length > 0) {
      for (const run of await runsByIds(this.#database, unknown)) {
        if (!run) continue
        known.set(run.id, run)
        if (run.resultCode === 'success' && run.finishTime) this.#runs.set(run.id, run)
      }
    }
    return ids.map((id) => known.get(id) ?? null)
  }
}
