/** Queues the pairs of batches in the background, chunk by chunk, and continues when Redis was unavailable. */
import { setTimeout as sleep } from 'node:timers/promises'
import { QueueUnavailableError } from '../../errors.ts'
import type { RedisLink } from '../../redis/redis.ts'
import { type JobPair, type JobTrigger, jobId } from '../queue.ts'
import type { BullmqBatches } from './bullmq-batches.ts'

export interface BatchFillerOptions {
  readonly link: RedisLink
  readonly batches: BullmqBatches
  readonly isCached: (pair: JobPair) => Promise<boolean>
  /** Queues pairs after removing their ended jobs, whose ids are `endedIds`. Must be idempotent. */
  readonly enqueue: (
    pairs: readonly JobPair[],
    trigger: JobTrigger,
    endedIds: readonly string[],
  ) => Promise<void>
}

/** Pairs that are queued with one command. */
const CHUNK_SIZE = 500
const FIRST_RETRY_MS = 100
const MAX_RETRY_MS = 5_000

export class BatchFiller {
  readonly #options: BatchFillerOptions
  readonly #closing = new AbortController()
  readonly #filling = new Set<Promise<void>>()

  constructor(options: BatchFillerOptions) {
    this.#options = options
  }

  /** @throws the error of `pairs`; the batch is filled then, too */
  fill(
    batchId: string,
    pairs: AsyncIterable<JobPair> | Iterable<JobPair>,
    trigger: JobTrigger,
  ): Promise<void> {
    const filling = this.#fill(batchId, pairs, trigger)
    // The caller handles the error; `close` only waits.
    const settled = filling.catch(() => {})
    this.#filling.add(settled)
    void settled.finally(() => this.#filling.delete(settled))
    return filling
  }

  /** Stops filling after the current chunks. */
  stop(): void {
    this.#closing.abort()
  }

  /** Stops, and waits for the current chunks. */
  async close(): Promise<void> {
    this.stop()
    await Promise.all(this.#filling)
  }

  async #fill(batchId: string, pairs: AsyncIterable<JobPair> | Iterable<JobPair>, trigger: JobTrigger) {
    const { batches, isCached, enqueue } = this.#options
    let number = 0
    try {
      for await (const chunk of chunksOf(pairs, CHUNK_SIZE)) {
        const cached = await Promise.all(chunk.map((pair) => isCached(pair)))
        const uncached = chunk.filter((_, index) => !cached[index])
        const skipped = chunk.length - uncached.length
        const current = number++
        await this.#retryUntilClosed(async () => {
          const endedIds = await batches.addJobs(batchId, current, uncached.map(jobId), skipped)
          await enqueue(uncached, trigger, endedIds)
        })
        if (this.#closing.signal.aborted || (await this.#isStopped(batchId))) return
      }
    } finally {
      await this.#retryUntilClosed(() => batches.setFilled(batchId))
    }
  }

  async #isStopped(batchId: string): Promise<boolean> {
    let isStopped = false
    await this.#retryUntilClosed(async () => {
      isStopped = await this.#options.batches.isStopped(batchId)
    })
    return isStopped
  }

  /** Repeats `work`, which must be idempotent, while Redis is unavailable. Gives up after `stop`. */
  async #retryUntilClosed(work: () => Promise<void>): Promise<void> {
    const { signal } = this.#closing
    for (let delayMs = FIRST_RETRY_MS; ; delayMs = Math.min(MAX_RETRY_MS, 2 * delayMs)) {
      try {
        return await this.#options.link.guarded(work)
      } catch (error) {
        if (!(error instanceof QueueUnavailableError)) throw error
        if (signal.aborted) return
        // Rejects only after `stop`, when `work` is tried once more.
        await sleep(delayMs, undefined, { signal }).catch(() => {})
      }
    }
  }
}

async function* chunksOf<T>(items: AsyncIterable<T> | Iterable<T>, size: number): AsyncGenerator<T[]> {
  let chunk: T[] = []
  for await (const item of items) {
    chunk.push(item)
    if (chunk.length < size) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}
