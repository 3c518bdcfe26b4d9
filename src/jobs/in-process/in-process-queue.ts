/**
 * The queue without Redis, for one process. Its jobs are lost with the process; the backfill finds their runs
 * again.
 */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { BatchNotFoundError, JobNotFoundError } from '../../errors.ts'
import { checkRoom, triggerWithinShare } from '../client-share.ts'
import { LatestStateBroadcaster } from '../latest-state.ts'
import {
  type BatchJobStatus,
  type BatchList,
  batchCursor,
  batchHasEnded,
  batchJobList,
  batchList,
  batchOffset,
  hasEnded,
  isAfterBatch,
  type JobHandler,
  type JobList,
  type JobListRequest,
  type JobPair,
  type JobProgress,
  type JobTrigger,
  jobId,
  jobPair,
  PRIORITY,
  type PrecacheBatch,
  type PrecacheJob,
  type PrecacheQueue,
  type QueueOptions,
  RETRY_DELAY_MS,
} from '../queue.ts'
import { CancelledError, decideRetry, retryDelayMs, StoppingError } from '../retry-policy.ts'
import { InProcessBatches } from './in-process-batches.ts'
import { InProcessClientJobs } from './in-process-client-jobs.ts'
import { InProcessJobs, type ListName, waitingList } from './in-process-jobs.ts'

export interface InProcessQueueOptions extends QueueOptions {
  readonly handler: JobHandler
}

/** Pairs of a batch that are added in one turn of the event loop. */
const CHUNK_SIZE = 200
/** Between two checks whether a batch may be filled further. */
const FILL_POLL_MS = 50

type FinalStatus = 'DONE' | 'FAILED' | 'CANCELLED'

const LIST_OF_STATUS: Readonly<Record<FinalStatus, ListName>> = {
  DONE: 'done',
  FAILED: 'failed',
  CANCELLED: 'failed',
}
const BATCH_STATUS: Readonly<Record<FinalStatus, BatchJobStatus>> = {
  DONE: 'done',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
}

export function openInProcessQueue(options: InProcessQueueOptions): PrecacheQueue {
  return new InProcessQueue(options)
}

class InProcessQueue implements PrecacheQueue {
  readonly #options: InProcessQueueOptions
  readonly #jobs = new InProcessJobs()
  readonly #clientJobs = new InProcessClientJobs((id) => this.#hasEnded(id))
  readonly #batches = new InProcessBatches((id) => this.#batchStates.changed(id))
  readonly #jobStates: LatestStateBroadcaster<PrecacheJob>
  readonly #batchStates: LatestStateBroadcaster<PrecacheBatch>
  /** Aborts the running jobs. */
  readonly #running = new Map<string, AbortController>()
  readonly #retryTimers = new Map<string, NodeJS.Timeout>()
  /** What `close` waits for. */
  readonly #pending = new Set<Promise<void>>()
  readonly #closing = new AbortController()

  constructor(options: InProcessQueueOptions) {
    this.#options = options
    // Reading from memory does not fail.
    const onReadFailed = (err: unknown) =>
      options.log.error({ err }, 'cannot read the states of watched jobs')
    this.#jobStates = new LatestStateBroadcaster({
      read: async (ids) => ids.map((id) => this.#jobs.get(id)),
      hasEnded,
      gone: (id) => new JobNotFoundError(id),
      onReadFailed,
    })
    this.#batchStates = new LatestStateBroadcaster({
      read: async (ids) => ids.map((id) => this.#batches.get(id)),
      hasEnded: batchHasEnded,
      gone: (id) => new BatchNotFoundError(id),
      onReadFailed,
    })
  }

  async enqueue(pair: JobPair, trigger: JobTrigger, client?: string): Promise<PrecacheJob> {
    const id = jobId(pair)
    const clientJobs = client === undefined ? 0 : this.#clientJobs.count(client)
    if (this.#hasEnded(id)) checkRoom(this.#options.maxWaiting, this.#jobs.waiting, clientJobs)
    const job = this.#add(pair, triggerWithinShare(trigger, clientJobs))
    if (client !== undefined) this.#clientJobs.add(client, id)
    return job
  }

  async enqueueAll(pairs: AsyncIterable<JobPair> | Iterable<JobPair>, trigger: JobTrigger) {
    const batch = this.#batches.create()
    const filling = this.#fill(batch.id, pairs, trigger)
    this.#track(filling)
    return { batch, filling }
  }

  async get(id: string): Promise<PrecacheJob | null> {
    return this.#jobs.get(id)
  }

  async find(pair: JobPair): Promise<PrecacheJob | null> {
    return this.#jobs.get(jobId(pair))
  }

  async batch(id: string): Promise<PrecacheBatch | null> {
    return this.#batches.get(id)
  }

  async batches({ first, after }: Pick<JobListRequest, 'first' | 'after'>): Promise<BatchList> {
    const cursor = batchCursor(after)
    const all = this.#batches.all()
    return batchList(
      all.filter((batch) => cursor === null || isAfterBatch(batch, cursor)).slice(0, first + 1),
      first,
    )
  }

  async batchesOf(id: string): Promise<readonly PrecacheBatch[]> {
    return this.#batches.of(id)
  }

  async stopFilling(id: string): Promise<PrecacheBatch | null> {
    this.#batches.stop(id)
    return this.#batches.get(id)
  }

  async jobsOfBatch(id: string, { first, after }: Pick<JobListRequest, 'first' | 'after'>): Promise<JobList> {
    const from = batchOffset(after)
    const { ids, more } = this.#batches.jobsOf(id, from, first)
    const found = ids.map((jobId) => this.#jobs.get(jobId))
    return batchJobList(found, from, more ? String(from + first) : null)
  }

  async list(request: JobListRequest): Promise<JobList> {
    return this.#jobs.list(request)
  }

  async counts(): Promise<{ queued: number; running: number }> {
    return { queued: this.#jobs.waiting, running: this.#jobs.count('running') }
  }

  async cancel(id: string): Promise<PrecacheJob | null> {
    const job = this.#jobs.get(id)
    if (!job || hasEnded(job)) return job
    const running = this.#running.get(id)
    if (running) running.abort(new CancelledError())
    else this.#end(job, 'CANCELLED')
    return this.#jobs.get(id)
  }

  watchJob(id: string, signal?: AbortSignal): AsyncIterableIterator<PrecacheJob> {
    return this.#jobStates.watch(id, signal)
  }

  watchBatch(id: string, signal?: AbortSignal): AsyncIterableIterator<PrecacheBatch> {
    return this.#batchStates.watch(id, signal)
  }

  watchJobs(signal?: AbortSignal): AsyncIterableIterator<PrecacheJob> {
    return this.#jobStates.watchAll(async () => {
      const jobs = [...this.#jobs.all('running'), ...this.#jobs.all('delayed')]
      return new Map(jobs.map((job) => [job.id, job]))
    }, signal)
  }

  async close(): Promise<void> {
    this.#closing.abort(new StoppingError())
    for (const timer of this.#retryTimers.values()) clearTimeout(timer)
    for (const running of this.#running.values()) running.abort(this.#closing.signal.reason)
    await Promise.all(this.#pending)
    this.#jobStates.close()
    this.#batchStates.close()
  }

  async #fill(batchId: string, pairs: AsyncIterable<JobPair> | Iterable<JobPair>, trigger: JobTrigger) {
    const { isCached, maxWaiting } = this.#options
    const { signal } = this.#closing
    try {
      let count = 0
      for await (const pair of pairs) {
        if (++count % CHUNK_SIZE === 0) await nextTurn()
        const isOver = () => signal.aborted || this.#batches.isStopped(batchId)
        while (this.#jobs.waiting >= maxWaiting && !isOver())
          await sleep(FILL_POLL_MS, undefined, { ref: false })
        if (isOver()) return
        if (await isCached(pair)) this.#batches.skip(batchId)
        else {
          const job = this.#add(pair, trigger)
          this.#batches.add(batchId, job.id, this.#running.has(job.id) ? 'running' : 'queued')
        }
      }
    } finally {
      this.#batches.setFilled(batchId)
    }
  }

  #hasEnded(id: string): boolean {
    const job = this.#jobs.get(id)
    return !job || hasEnded(job)
  }

  /**
   * Adds a job, or raises the priority of the pair's job. The job starts in a later turn of the event loop.
   */
  #add(pair: JobPair, trigger: JobTrigger): PrecacheJob {
    const id = jobId(pair)
    const known = this.#jobs.get(id)
    if (known && !hasEnded(known)) {
      if (PRIORITY[trigger] < PRIORITY[known.trigger]) this.#raisePriority(known, trigger)
      return this.#jobs.require(id)
    }
    const job: PrecacheJob = {
      id,
      ...jobPair(pair),
      status: 'QUEUED',
      trigger,
      step: null,
      progress: 0,
      attempts: 0,
      error: null,
      cached: false,
      createdAt: new Date(),
      startedAt: null,
      finishedAt: null,
    }
    this.#wait(job)
    return job
  }

  #raisePriority(job: PrecacheJob, trigger: JobTrigger): void {
    const raised = { ...job, trigger }
    const isWaiting = !this.#running.has(job.id) && !this.#retryTimers.has(job.id)
    if (isWaiting) this.#jobs.set(raised, waitingList(raised))
    else this.#jobs.update(job.id, { trigger })
    this.#jobStates.changed(job.id)
  }

  #wait(job: PrecacheJob): void {
    this.#jobs.set(job, waitingList(job))
    this.#batches.setJobStatus(job.id, 'queued')
    this.#jobStates.changed(job.id)
    setImmediate(() => this.#startJobs())
  }

  #startJobs(): void {
    while (this.#running.size < this.#options.concurrency && !this.#closing.signal.aborted) {
      const job = this.#jobs.first()
      if (!job) return
      const { log } = this.#options
      this.#track(this.#run(job).catch((err: unknown) => log.error({ err, job: job.id }, 'cannot end a job')))
    }
  }

  async #run(job: PrecacheJob): Promise<void> {
    const { id, trigger, startedAt } = job
    const abort = new AbortController()
    this.#running.set(id, abort)
    const attempts = job.attempts + 1
    const started: PrecacheJob = {
      ...job,
      status: 'RETRIEVING',
      attempts,
      startedAt: startedAt ?? new Date(),
      error: null,
    }
    this.#jobs.set(started, 'running')
    this.#batches.setJobStatus(id, 'running')
    this.#jobStates.changed(id)
    const report = (progress: JobProgress) => this.#report(id, progress)
    const { handler } = this.#options
    try {
      const outcome = await handler(jobPair(job), { trigger, signal: abort.signal, report })
      this.#running.delete(id)
      this.#end(this.#jobs.update(id, { progress: 1, cached: outcome === 'cached' }), 'DONE')
    } catch (error) {
      this.#running.delete(id)
      this.#settleFailure(this.#jobs.require(id), error as Error, abort.signal)
    } finally {
      this.#startJobs()
    }
  }

  #settleFailure(job: PrecacheJob, error: Error, signal: AbortSignal): void {
    const decision = decideRetry(error, signal, job.attempts)
    if (decision === 'CANCEL') this.#end(job, 'CANCELLED')
    else if (decision === 'FAIL') this.#end({ ...job, error }, 'FAILED')
    else if (decision === 'REQUEUE')
      this.#wait({ ...job, status: 'QUEUED', step: null, attempts: job.attempts - 1 })
    else this.#retryLater({ ...job, status: 'QUEUED', step: null, error })
  }

  #retryLater(job: PrecacheJob): void {
    const { id, attempts } = job
    this.#jobs.set(job, 'delayed')
    this.#batches.setJobStatus(id, 'queued')
    this.#jobStates.changed(id)
    const delayMs = retryDelayMs(this.#options.retryDelayMs ?? RETRY_DELAY_MS, attempts)
    const timer = setTimeout(() => {
      this.#retryTimers.delete(id)
      this.#wait(this.#jobs.require(id))
    }, delayMs)
    this.#retryTimers.set(id, timer.unref())
  }

  #end(job: PrecacheJob, status: FinalStatus): void {
    clearTimeout(this.#retryTimers.get(job.id))
    this.#retryTimers.delete(job.id)
    const error = status === 'FAILED' ? job.error : null
    const ended = { ...job, status, step: null, finishedAt: new Date(), error }
    this.#jobs.set(ended, LIST_OF_STATUS[status])
    this.#batches.setJobStatus(job.id, BATCH_STATUS[status])
    this.#jobStates.changed(job.id)
    this.#options.onEnd(ended)
  }

  #report(id: string, { status, step, fraction }: JobProgress): void {
    const job = this.#jobs.get(id)
    // A handler may report after its job has ended or been queued again.
    if (!job || !this.#running.has(id)) return
    this.#jobs.update(id, { status, step, progress: Math.max(job.progress, Math.min(1, fraction)) })
    this.#jobStates.changed(id)
  }

  /** Makes `close` wait for `work`, whose error its caller handles. */
  #track(work: Promise<void>): void {
    const settled = work.catch(() => {})
    this.#pending.add(settled)
    void settled.finally(() => this.#pending.delete(settled))
  }
}
