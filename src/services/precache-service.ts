/** Diffs ahead of time, as people ask for them: one pair, or all that there are. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../db/database.ts'
import { countControlPairs, listControlPairs } from '../db/pairs.ts'
import type { RunCursor } from '../db/runs.ts'
import { DatabaseUnavailableError } from '../errors.ts'
import type { JobPair, JobTrigger, PrecacheBatch, PrecacheJob, PrecacheQueue } from '../jobs/queue.ts'
import type { RunPair } from '../model.ts'

export interface PrecacheServiceOptions {
  readonly database: Database
  readonly queue: PrecacheQueue
  /** @throws RunNotFoundError, RunNotSuccessfulError, DatabaseUnavailableError */
  readonly loadPair: (oldId: string, newId: string) => Promise<RunPair>
  /** Told why a batch could not be filled. */
  readonly onFillingFailed: (batch: PrecacheBatch, error: unknown) => void
}

/** Runs whose pairs are read from the database at a time. */
const PAGE = 1_000
/** Of the database in a row, before a batch is given up: some two minutes. */
const MAX_FAILURES = 16

export class PrecacheService {
  readonly #options: PrecacheServiceOptions

  constructor(options: PrecacheServiceOptions) {
    this.#options = options
  }

  /**
   * Queues a pair of runs that can be compared.
   * @throws RunNotFoundError, RunNotSuccessfulError, DatabaseUnavailableError; QueueUnavailableError, OverloadedError
   */
  async enqueuePair(oldId: string, newId: string, trigger: JobTrigger = 'REQUEST'): Promise<PrecacheJob> {
    await this.#options.loadPair(oldId, newId)
    return this.#options.queue.enqueue({ oldId, newId }, trigger)
  }

  /**
   * Queues every run (that finished at or after `since`) with every unchanged one that it can be compared with, newest first. `count` is what there is at this moment, answered before
   * queueing has ended; `batch` is null where there is nothing, and `filling` ends with the queueing (its failure is told to `onFillingFailed`).
   * @throws DatabaseUnavailableError, QueueUnavailableError
   */
  async enqueueAll(
    since?: Date,
  ): Promise<{ count: number; batch: PrecacheBatch | null; filling: Promise<void> }> {
    const { database, queue, onFillingFailed } = this.#options
    const count = await countControlPairs(database, since)
    if (count === 0) return { count, batch: null, filling: Promise.resolve() }
    const { batch, filling } = await queue.enqueueAll(allPairs(database, since), 'BATCH')
    filling.catch((error: unknown) => onFillingFailed(batch, error))
    return { count, batch, filling }
  }
}

/** Rides out a database that is away for a while, as when it is restarted. */
async function* allPairs(database: Database, since: Date | undefined): AsyncGenerator<JobPair> {
  let after: RunCursor | undefined
  let failures = 0
  for (;;) {
    try {
      const page = await listControlPairs(database, { limit: PAGE, after, since })
      yield* page.items
      after = page.next ?? undefined
      failures = 0
    } catch (error) {
      if (!(error instanceof DatabaseUnavailableError) || ++failures > MAX_FAILURES) throw error
      await sleep(Math.min(10_000, 100 * 2 ** failures))
      continue
    }
    if (!after) return
  }
}
