/** A queue for one machine and one process: what waits is lost with the process, and found again in the database. */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { OverloadedError } from '../../errors.ts'
import { LatestStateBroadcaster } from '../latest-state.ts'
import {
  batchHasEnded,
  batchOffset,
  hasEnded,
  type JobHandler,
  type JobPair,
  type JobProgress,
  type JobTrigger,
  jobId,
  PRIORITY,
  type PrecacheJob,
  type PrecacheQueue,
  type QueueOptions,
  RETRY_DELAY_MS,
} from '../queue.ts'
import { CancelledError, decideRetry, retryDelayMs, StoppingError } from '../retry-policy.ts'
import { InProcessBatches } from './in-process-batches.ts'
import { InProcessJobs, waitingPlace } from './in-process-jobs.ts'

export interface InProcessQueueOptions extends QueueOptions {
  readonly handler: JobHandler
  /** Jobs that may wait; a batch that has more takes its time, a single one more is refused. */
  readonly maxWaiting: number
}

/** Pairs of a batch between two turns of the event loop. */
const CHUNK = 200

export function openInProcessQueue(options: InProcessQueueOptions): PrecacheQueue {
  return new InProcessQueue(options)
}

class InProcessQueue implements PrecacheQueue {
  readonly #options: InProcessQueueOptions
  readonly #jobs = new InProcessJobs()
  readonly #jobWatches: LatestStateBroadcaster<PrecacheJob> = new LatestStateBroadcaster({
    read: async (ids) => ids.map((id) => this.#jobs.get(id)),
    hasEnded,
  })
  readonly #batchWatches = new LatestStateBroadcaster({
    read: async (ids) => ids.map((id) => this.#batches.get(id)),
    hasEnded: batchHasEnded,
  })
  readonly #batches = new InProcessBatches((id) => this.#batchWatches.changed(id))
  /** What stops the jobs that run. */
  readonly #running = new Map<string, AbortController>()
  readonly #retries = new Map<string, NodeJS.Timeout>()
  readonly #active = new Set<Promise<void>>()
  readonly #stop = new AbortController()

  constructor(options: InProcessQueueOptions) {
    this.#options = options
  }

  async enqueue(pair: JobPair, trigger: JobTrigger): Promise<PrecacheJob> {
    const known = this.#jobs.get(jobId(pair))
    if ((!known || hasEnded(known)) && this.#jobs.waiting >= this.#options.maxWaiting)
      throw new OverloadedError(30_000)
    return this.#put(pair, trigger)
  }

  async enqueueAll(pairs: AsyncIterable<JobPair> | Iterable<JobPair>, trigger: JobTrigger) {
    const batch = this.#batches.create()
    const filling = this.#track(this.#fill(batch.id, pairs, trigger))
    filling.catch(() => {})
    return { batch, filling }
  }

  get = async (id: string) => this.#jobs.get(id)
  find = async (pair: JobPair) => this.#jobs.get(jobId(pair))
  batch = async (id: string) => this.#batches.get(id)
  jobsOfBatch: PrecacheQueue['jobsOfBatch'] = async (id, { first, after }) => {
    const from = batchOffset(after)
    const { ids, more } = this.#batches.jobsOf(id, from, first)
    const jobs = ids.map((jobId) => this.#jobs.get(jobId)).filter((job) => job !== null)
    return { jobs, next: more ? String(from + first) : null }
  }
  list: PrecacheQueue['list'] = async (request) => this.#jobs.list(request)
  counts = async () => ({ queued: this.#jobs.waiting, running: this.#jobs.count('running') })

  async cancel(id: string): Promise<PrecacheJob | null> {
    const job = this.#jobs.get(id)
    if (!job || hasEnded(job)) return job
    const running = this.#running.get(id)
    if (running) running.abort(new CancelledError())
    else this.#end(job, 'CANCELLED')
    return this.#jobs.get(id)
  }

  watchJob = (id: string, signal?: AbortSignal) => this.#jobWatches.watch(id, signal)
  watchBatch = (id: string, signal?: AbortSignal) => this.#batchWatches.watch(id, signal)
  watchJobs = (signal?: AbortSignal) =>
    this.#jobWatches.watchAll(async () => {
      const jobs = [...this.#jobs.all('running'), ...this.#jobs.all('resting')]
      return new Map(jobs.map((job) => [job.id, job]))
    }, signal)

  async close(): Promise<void> {
    this.#stop.abort(new StoppingError())
    for (const timer of this.#retries.values()) clearTimeout(timer)
    for (const running of this.#running.values()) running.abort(this.#stop.signal.reason)
    await Promise.allSettled(this.#active)
    this.#jobWatches.close()
    this.#batchWatches.close()
  }

  async #fill(batchId: string, pairs: AsyncIterable<JobPair> | Iterable<JobPair>, trigger: JobTrigger) {
    const { isCached, maxWaiting } = this.#options
    const { signal } = this.#stop
    try {
      let count = 0
      for await (const pair of pairs) {
        if (++count % CHUNK === 0) await nextTurn()
        while (this.#jobs.waiting >= maxWaiting && !signal.aborted) await sleep(50, undefined, { ref: false })
        if (signal.aborted) return
        if (await isCached(pair)) this.#batches.skip(batchId)
        else {
          const job = this.#put(pair, trigger)
          this.#batches.add(batchId, job.id, this.#running.has(job.id) ? 'running' : 'queued')
        }
      }
    } finally {
      this.#batches.filled(batchId)
    }
  }

  /** Puts a pair where it belongs; its work begins in a later turn at the earliest. */
  #put(pair: JobPair, trigger: JobTrigger): PrecacheJob {
    const id = jobId(pair)
    const known = this.#jobs.get(id)
    if (known && !hasEnded(known)) {
      if (PRIORITY[trigger] < PRIORITY[known.trigger]) this.#hurry(known, trigger)
      return this.#jobs.get(id)!
    }
    const job: PrecacheJob = {
      id,
      oldId: pair.oldId,
      newId: pair.newId,
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

  #hurry(job: PrecacheJob, trigger: JobTrigger): void {
    const hurried = { ...job, trigger }
    if (this.#running.has(job.id) || this.#retries.has(job.id)) this.#jobs.update(job.id, { trigger })
    else this.#jobs.set(hurried, waitingPlace(hurried))
    this.#jobWatches.changed(job.id)
  }

  #wait(job: PrecacheJob): void {
    this.#jobs.set(job, waitingPlace(job))
    this.#batches.move(job.id, 'queued')
    this.#jobWatches.changed(job.id)
    setImmediate(() => this.#startWhatMay())
  }

  #startWhatMay(): void {
    while (this.#running.size < this.#options.concurrency && !this.#stop.signal.aborted) {
      const job = this.#jobs.first()
      if (!job) return
      void this.#track(this.#run(job))
    }
  }

  async #run({ id, oldId, newId, trigger, attempts, startedAt }: PrecacheJob): Promise<void> {
    const abort = new AbortController()
    this.#running.set(id, abort)
    const change = {
      status: 'RETRIEVING',
      attempts: attempts + 1,
      startedAt: startedAt ?? new Date(),
    } as const
    this.#jobs.set({ ...this.#jobs.get(id)!, ...change, error: null }, 'running')
    this.#batches.move(id, 'running')
    this.#jobWatches.changed(id)
    const report = (progress: JobProgress) => this.#report(id, progress)
    const { handler } = this.#options
    try {
      const outcome = await handler({ oldId, newId }, { trigger, signal: abort.signal, report })
      this.#running.delete(id)
      this.#end(this.#jobs.update(id, { progress: 1, cached: outcome === 'cached' }), 'DONE')
    } catch (error) {
      this.#running.delete(id)
      this.#failed(this.#jobs.get(id)!, error as Error, abort.signal)
    } finally {
      this.#startWhatMay()
    }
  }

  #failed(job: PrecacheJob, error: Error, signal: AbortSignal): void {
    const verdict = decideRetry(error, signal, job.attempts)
    if (verdict === 'CANCEL') this.#end(job, 'CANCELLED')
    else if (verdict === 'FAIL') this.#end({ ...job, error }, 'FAILED')
    else if (verdict === 'HAND_BACK')
      this.#wait({ ...job, status: 'QUEUED', step: null, attempts: job.attempts - 1 })
    else {
      this.#jobs.set({ ...job, status: 'QUEUED', step: null, error }, 'resting')
      this.#batches.move(job.id, 'queued')
      this.#jobWatches.changed(job.id)
      const delayMs = retryDelayMs(this.#options.retryDelayMs ?? RETRY_DELAY_MS, job.attempts)
      const timer = setTimeout(() => {
        this.#retries.delete(job.id)
        this.#wait(this.#jobs.get(job.id)!)
      }, delayMs)
      this.#retries.set(job.id, timer.unref())
    }
  }

  #end(job: PrecacheJob, status: 'DONE' | 'FAILED' | 'CANCELLED'): void {
    clearTimeout(this.#retries.get(job.id))
    this.#retries.delete(job.id)
    const ended = { ...job, status, step: null, finishedAt: new Date() }
    this.#jobs.set(
      status === 'FAILED' ? ended : { ...ended, error: null },
      status === 'DONE' ? 'done' : 'failed',
    )
    this.#batches.move(job.id, status === 'DONE' ? 'done' : status === 'FAILED' ? 'failed' : 'cancelled')
    this.#jobWatches.changed(job.id)
    this.#options.onEnd(this.#jobs.get(job.id)!)
  }

  #report(id: string, { status, step, fraction }: JobProgress): void {
    const job = this.#jobs.get(id)
    // What is told after the end, or before the next begin, is old.
    if (!job || !this.#running.has(id)) return
    this.#jobs.update(id, { status, step, progress: Math.max(job.progress, Math.min(1, fraction)) })
    this.#jobWatches.changed(id)
  }

  #track<T>(work: Promise<T>): Promise<T> {
    const settled = work.then(
      () => {},
      () => {},
    )
    this.#active.add(settled)
    void settled.finally(() => this.#active.delete(settled))
    return work
  }
}
