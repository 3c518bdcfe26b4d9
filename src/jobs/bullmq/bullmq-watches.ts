/**
 * How changes of jobs and batches reach those who watch them, from any process: BullMQ's events about jobs, and
 * Redis messages about batches and cancelled jobs. Messages may be missed, so all states are read again at intervals.
 */
import { QueueEvents } from 'bullmq'
import { BatchNotFoundError, JobNotFoundError } from '../../errors.ts'
import type { RedisLink } from '../../redis/redis.ts'
import { LatestStateBroadcaster } from '../latest-state.ts'
import { batchHasEnded, hasEnded, type PrecacheBatch, type PrecacheJob } from '../queue.ts'
import type { BullmqBatches } from './bullmq-batches.ts'
import type { BullmqJobs } from './bullmq-jobs.ts'
import type { BullmqWorker } from './bullmq-worker.ts'
import type { QueueErrorLog } from './queue-error-log.ts'

export interface BullmqWatchesOptions {
  readonly link: RedisLink
  readonly queueName: string
  readonly jobs: BullmqJobs
  readonly batches: BullmqBatches
  readonly errors: QueueErrorLog
  /** Stops jobs of this process that were cancelled; null if this process runs none. */
  readonly worker: Pick<BullmqWorker, 'cancel' | 'cancelMissed'> | null
}

/** After at most this time, changes are noticed whose messages were missed. */
const RESYNC_MS = 15_000
const EVENTS = [
  'added',
  'active',
  'progress',
  'completed',
  'failed',
  'waiting',
  'delayed',
  'removed',
] as const

export class BullmqWatches {
  readonly #options: BullmqWatchesOptions
  readonly #jobStates: LatestStateBroadcaster<PrecacheJob>
  readonly #batchStates: LatestStateBroadcaster<PrecacheBatch>
  readonly #unsubscribe: () => void
  readonly #resyncTimer: NodeJS.Timeout
  /** Opened when a job is watched for the first time. */
  #events: QueueEvents | null = null
  #isClosing = false

  constructor(options: BullmqWatchesOptions) {
    const { jobs, batches, errors } = options
    this.#options = options
    const onReadFailed = (error: unknown) =>
      errors.report(error, 'cannot read the states of watched jobs; will retry')
    this.#jobStates = new LatestStateBroadcaster<PrecacheJob>({
      read: (ids) => jobs.read(ids),
      hasEnded,
      gone: (id) => new JobNotFoundError(id),
      onReadFailed,
      pauseMs: 20,
    })
    this.#batchStates = new LatestStateBroadcaster<PrecacheBatch>({
      read: (ids) => batches.read(ids),
      hasEnded: batchHasEnded,
      gone: (id) => new BatchNotFoundError(id),
      onReadFailed,
      pauseMs: 100,
    })
    this.#unsubscribe = this.#subscribe()
    this.#resyncTimer = setInterval(() => this.#resync(), RESYNC_MS).unref()
  }

  /** @see PrecacheQueue.watchJob */
  job(id: string, signal?: AbortSignal): AsyncIterableIterator<PrecacheJob> {
    this.#openEvents()
    return this.#jobStates.watch(id, signal)
  }

  /** @see PrecacheQueue.watchBatch */
  batch(id: string, signal?: AbortSignal): AsyncIterableIterator<PrecacheBatch> {
    return this.#batchStates.watch(id, signal)
  }

  /** @see PrecacheQueue.watchJobs */
  allJobs(signal?: AbortSignal): AsyncIterableIterator<PrecacheJob> {
    this.#openEvents()
    const { link, jobs } = this.#options
    return this.#jobStates.watchAll(() => link.guarded(() => jobs.started()), signal)
  }

  /** Stops looking for changes, and opens no connection any more. What is watched stays open until `close`. */
  stop(): void {
    this.#isClosing = true
    clearInterval(this.#resyncTimer)
  }

  /** Ends all watching. While Redis is unavailable, it waits for it. */
  async close(): Promise<void> {
    this.stop()
    this.#jobStates.close()
    this.#batchStates.close()
    this.#unsubscribe()
    await this.#events?.close()
  }

  #subscribe(): () => void {
    const { link, batches, worker } = this.#options
    const cancelChannel = link.key('cancel')
    const onMessage = (channel: string, id: string) => {
      if (channel === batches.channel) this.#batchStates.changed(id)
      else worker?.cancel(id)
    }
    link.onReady(() => this.#resync())
    return link.subscribe([batches.channel, cancelChannel], onMessage, () => this.#resync())
  }

  /** Makes up for missed messages: reads all watched states, and stops running jobs that were cancelled. */
  #resync(): void {
    const { worker, errors } = this.#options
    this.#jobStates.allChanged()
    this.#batchStates.allChanged()
    worker?.cancelMissed().catch((error: unknown) => {
      errors.report(error, 'cannot read which running jobs were cancelled; will retry')
    })
  }

  #openEvents(): void {
    if (this.#events || this.#isClosing) return
    const { link, queueName, errors } = this.#options
    const events = new QueueEvents(queueName, { connection: link.openWaitingClient(), prefix: link.prefix })
    this.#events = events
    events.on('error', (error) => errors.report(error, 'the job events reported an error'))
    for (const name of EVENTS)
      events.on(name, ({ jobId }: { jobId: string }) => this.#jobStates.changed(jobId))
    // Changes before the events are ready were missed. Rejects only if it is closed before.
    void events.waitUntilReady().then(
      () => this.#jobStates.allChanged(),
      () => {},
    )
  }
}
