/** Queues jobs on request: for one pair, or for all pairs in the database. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Queries } from '../db/database.ts'
import { countControlPairs, listControlPairs } from '../db/pairs.ts'
import type { RunCursor } from '../db/runs.ts'
import { DatabaseUnavailableError } from '../errors.ts'
import type { JobPair, JobTrigger, PrecacheBatch, PrecacheJob, PrecacheQueue } from '../jobs/queue.ts'
import type { RunPair } from '../model.ts'

export interface PrecacheServiceOptions {
  readonly database: Queries
  readonly queue: PrecacheQueue
  /** @throws RunNotFoundError, RunNotSuccessfulError, DatabaseUnavailableError */
  readonly loadPair: (oldId: string, newId: string) => Promise<RunPair>
  /** Called if not all pairs of a batch could be queued. */
  readonly onFillingFailed: (batch: PrecacheBatch, error: unknown) => void
}

/** Changed runs whose pairs are read with one statement. */
const PAGE_SIZE = 1_000
/** Consecutive failures of the database before a batch is given up, after about two minutes. */
const MAX_FAILURES = 16
const MAX_RETRY_DELAY_MS = 10_000

export class PrecacheService {
  readonly #options: PrecacheServiceOptions

  constructor(options: PrecacheServiceOptions) {
    this.#options = options
  }

  /**
   * Queues a pair.
   * @throws RunNotFoundError, RunNotSuccessfulError, DatabaseUnavailableError, QueueUnavailableError,
   * OverloadedError
   */
  async enqueuePair(oldId: string, newId: string, trigger: JobTrigger = 'REQUEST'): Promise<PrecacheJob> {
    await this.#options.loadPair(oldId, newId)
    return this.#options.queue.enqueue({ oldId, newId }, trigger)
  }

  /**
   * Queues every changed run with every run of its unchanged source, newest first. Returns before all are
   * queued.
   * @param since only changed runs that finished at that time or later
   * @returns `count`: the number of pairs now; `batch`: null if there are none; `filling`: settles when all
   * are queued,
   *   and `onFillingFailed` is called if it rejects
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

/** Retries while the database is unavailable, for example because it restarts. */
async function* allPairs(database: Queries, since: Date | undefined): AsyncGenerator<JobPair> {
  let after: RunCursor | undefined
  let failures = 0
  for (;;) {
    try {
      const page = await listControlPairs(database, { limit: PAGE_SIZE, after, since })
      yield* page.items
      after = page.next ?? undefined
      failures = 0
    } catch (error) {
      if (!(error instanceof DatabaseUnavailableError) || ++failures > MAX_FAILURES) throw error
      await sleep(Math.min(MAX_RETRY_DELAY_MS, 100 * 2 ** failures))
      continue
    }
    if (!after) return
  }
}
