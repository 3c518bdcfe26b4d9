/** Queues jobs on request: for one pair, or for all pairs in the database. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Queries } from '../db/database.ts'
import { countControlPairs, listControlPairs, type WhichPairs } from '../db/pairs.ts'
import type { RunCursor } from '../db/run-order.ts'
import { DatabaseUnavailableError, OverloadedError } from '../errors.ts'
import {
  batchHasEnded,
  hasEnded,
  type JobPair,
  type PrecacheBatch,
  type PrecacheJob,
  type PrecacheQueue,
} from '../jobs/queue.ts'
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
/** Batches that this process fills at once. */
const MAX_FILLING = 4
const RETRY_AFTER_MS = 60_000
const CANCELLED_AT_ONCE = 50
/** How soon it is looked again whether a cancelled batch still gets jobs. */
const FILL_POLL_MS = 100

export interface BatchRequest extends WhichPairs {
  /** Makes only summaries. */
  readonly summaryOnly?: true | undefined
}

interface FillingBatch {
  /** The number of pairs when the batch was created. */
  readonly count: number
  /** Null if there are no pairs. */
  readonly batch: PrecacheBatch | null
  /** Settles when all pairs are queued. */
  readonly filling: Promise<void>
}

export class PrecacheService {
  readonly #options: PrecacheServiceOptions
  /** By request, so that a client that asks again and again does not queue everything each time. */
  readonly #filling = new Map<string, Promise<FillingBatch>>()

  constructor(options: PrecacheServiceOptions) {
    this.#options = options
  }

  /**
   * Queues a pair for a client, by its address.
   * @throws RunNotFoundError, RunNotSuccessfulError, DatabaseUnavailableError, QueueUnavailableError,
   * OverloadedError
   */
  async enqueuePair(oldId: string, newId: string, client: string): Promise<PrecacheJob> {
    await this.#options.loadPair(oldId, newId)
    return this.#options.queue.enqueue({ oldId, newId }, 'REQUEST', client)
  }

  /**
   * Queues every changed run with every run of its unchanged source, newest first. Returns before all are
   * queued, and `onFillingFailed` is called if not all can be. While a batch of the same request is being
   * filled, by any process, that batch is returned.
   * @throws DatabaseUnavailableError, QueueUnavailableError, OverloadedError
   */
  async enqueueAll(request: BatchRequest = {}): Promise<FillingBatch> {
    const { since, campaign, summaryOnly = false } = request
    const key = JSON.stringify([since?.getTime(), campaign, summaryOnly])
    const known = this.#filling.get(key)
    if (known !== undefined) return known
    if (this.#filling.size >= MAX_FILLING)
      throw new OverloadedError(
        RETRY_AFTER_MS,
        `${MAX_FILLING} batches are being queued, which is the limit; try again later`,
      )
    const starting = this.#startFilling(request, key)
    this.#filling.set(key, starting)
    const forget = () => {
      if (this.#filling.get(key) === starting) this.#filling.delete(key)
    }
    starting.then(({ filling }) => filling).then(forget, forget)
    return starting
  }

  /**
   * Adds no more pairs to a batch, and cancels its jobs in the background.
   * @returns the batch; null if it is unknown
   * @throws QueueUnavailableError
   */
  async cancelBatch(id: string): Promise<PrecacheBatch | null> {
    const { queue, onFillingFailed } = this.#options
    // The same request makes a new batch from now on, also before the last pairs of this one are queued.
    for (const [key, starting] of this.#filling)
      if ((await starting).batch?.id === id) this.#filling.delete(key)
    const batch = await queue.stopFilling(id)
    if (batch && !batchHasEnded(batch))
      this.#cancelJobs(id).catch((error: unknown) => onFillingFailed(batch, error))
    return batch
  }

  async #cancelJobs(id: string): Promise<void> {
    const { queue } = this.#options
    for (let isFilled = false; !isFilled; ) {
      // Jobs that are added during a pass are found by the next one.
      isFilled = (await queue.batch(id))?.filled ?? true
      for (let after: string | undefined; ; ) {
        const { jobs, next } = await queue.jobsOfBatch(id, {
          first: CANCELLED_AT_ONCE,
          ...(after && { after }),
        })
        await Promise.all(jobs.filter((job) => !hasEnded(job)).map((job) => queue.cancel(job.id)))
        if (next === null) break
        after = next
      }
      if (!isFilled) await sleep(FILL_POLL_MS, undefined, { ref: false })
    }
  }

  /** @param key names the request */
  async #startFilling(request: BatchRequest, key: string): Promise<FillingBatch> {
    const { database, queue, onFillingFailed } = this.#options
    const count = await countControlPairs(database, request)
    if (count === 0) return { count, batch: null, filling: Promise.resolve() }
    const { batch, filling } = await queue.enqueueAll(allPairs(database, request), 'BATCH', key)
    filling.catch((error: unknown) => onFillingFailed(batch, error))
    return { count, batch, filling }
  }
}

/** Retries while the database is unavailable, for example because it restarts. */
async function* allPairs(
  database: Queries,
  { since, campaign, summaryOnly }: BatchRequest,
): AsyncGenerator<JobPair> {
  let after: RunCursor | undefined
  let failures = 0
  for (;;) {
    try {
      const page = await listControlPairs(database, { limit: PAGE_SIZE, after, since, campaign })
      yield* page.items.map((pair) => ({ ...pair, ...(summaryOnly && { summaryOnly }) }))
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
