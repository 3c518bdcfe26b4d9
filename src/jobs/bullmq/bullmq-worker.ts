/** Takes jobs from BullMQ's queue and runs up to `concurrency` of them at once. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Job, UnrecoverableError, WaitingError, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import type { RedisLink } from '../../redis/redis.ts'
import { type JobHandler, type JobProgress, jobPair, MAX_ATTEMPTS, RETRY_DELAY_MS } from '../queue.ts'
import { CancelledError, decideRetry, retryDelayMs, StoppingError } from '../retry-policy.ts'
import type { BullmqBatches } from './bullmq-batches.ts'
import { type JobData, parseProgress, type StoredProgress } from './bullmq-jobs.ts'
import { formatFailedReason } from './failed-reason.ts'
import type { QueueErrorLog } from './queue-error-log.ts'

export interface BullmqWorkerOptions {
  readonly link: RedisLink
  readonly queueName: string
  readonly batches: BullmqBatches
  readonly handler: JobHandler
  readonly concurrency: number
  readonly errors: QueueErrorLog
  readonly retryDelayMs?: number
  /**
   * After how many milliseconds the lock of a dead worker's job expires. Another worker takes the job over
   * within twice that time.
   */
  readonly lockMs?: number
  /** Called with the id of a job that ran here and has ended. */
  readonly onEnd: (id: string) => void
}

/** See `lockMs`. */
export const LOCK_MS = 30_000
/** Least time between two stored states of a running job. */
const REPORT_PAUSE_MS = 250
/** How long closing may wait for Redis. Afterwards, the jobs count as those of a dead worker. */
const CLOSE_MS = 5_000
const CLOSE_POLL_MS = 50

export class BullmqWorker {
  readonly #options: BullmqWorkerOptions
  readonly #redis: Redis
  readonly #worker: Worker<JobData>
  readonly #running = new Map<string, AbortController>()
  /** Running handlers, whose tools must end before the process does. */
  #handlers = 0
  #isStopping = false

  constructor(options: BullmqWorkerOptions) {
    const { link, queueName, concurrency, errors, lockMs = LOCK_MS } = options
    const { retryDelayMs: firstDelayMs = RETRY_DELAY_MS } = options
    this.#options = options
    this.#redis = link.openWaitingClient()
    this.#worker = new Worker<JobData>(queueName, (job, token) => this.#process(job, token), {
      connection: this.#redis,
      prefix: link.prefix,
      concurrency,
      lockDuration: lockMs,
      stalledInterval: lockMs,
      maxStalledCount: MAX_ATTEMPTS - 1,
      settings: { backoffStrategy: (attemptsMade) => retryDelayMs(firstDelayMs, attemptsMade) },
    })
    this.#worker.on('error', (error) => errors.report(error, 'the job worker reported an error'))
    this.#worker.on('completed', (job) => options.onEnd(idOf(job)))
    this.#worker.on('failed', (job) => {
      if (job?.finishedOn) this.#onFailed(idOf(job))
    })
  }

  /** Stops a job if it runs here. */
  cancel(id: string): void {
    this.#running.get(id)?.abort(new CancelledError())
  }

  /** Stops the jobs that were cancelled while this process was not subscribed. */
  async cancelMissed(): Promise<void> {
    const { link } = this.#options
    for (const id of this.#running.keys())
      if (await link.client.exists(link.key('cancel', id))) this.cancel(id)
  }

  /** Stops the running jobs, and queues them again. */
  async close(): Promise<void> {
    this.#isStopping = true
    for (const running of this.#running.values()) running.abort(new StoppingError())
    const close = (force: boolean) =>
      this.#worker
        .close(force)
        .catch((error: unknown) => this.#options.errors.report(error, 'cannot close the job worker'))
    const isClosed = await Promise.race([close(false).then(() => true), this.#closeTimeout()])
    if (isClosed) return
    // BullMQ waits for Redis without a limit, and its timers keep the process from ending meanwhile. It returns
    // the unfinished close again unless that is forgotten.
    this.#worker.closing = undefined
    await close(true)
  }

  /** Waits for the tools without a limit, and then for Redis with one. */
  async #closeTimeout(): Promise<false> {
    while (this.#handlers > 0) await sleep(CLOSE_POLL_MS)
    await sleep(CLOSE_MS, undefined, { ref: false })
    return false
  }

  #onFailed(id: string): void {
    const { batches, errors, onEnd } = this.#options
    // Only BullMQ notices that a job has lost its worker too often. For any other job, its status is set
    // already.
    batches
      .setJobStatus(this.#redis, id, 'failed')
      .catch((error: unknown) => errors.report(error, 'cannot count a failed job in its batches'))
    onEnd(id)
  }

  async #process(job: Job<JobData>, token: string | undefined): Promise<'made' | 'cached'> {
    const id = idOf(job)
    const { batches } = this.#options
    const abort = new AbortController()
    this.#running.set(id, abort)
    if (this.#isStopping) abort.abort(new StoppingError())
    const reporter = new Reporter(job)
    let failure: { error: unknown } | null = null
    let outcome: 'made' | 'cached' = 'made'
    try {
      const isCancelled = await batches.setJobStatus(this.#redis, id, 'running')
      if (isCancelled) abort.abort(new CancelledError())
      await reporter.begin()
      abort.signal.throwIfAborted()
      outcome = await this.#handle(job, abort.signal, reporter)
    } catch (error) {
      failure = { error }
    } finally {
      await reporter.end()
      this.#running.delete(id)
    }
    if (failure) throw await this.#settleFailure(job, token, failure.error, abort.signal)
    await batches.setJobStatus(this.#redis, id, 'done')
    return outcome
  }

  async #handle({ data }: Job<JobData>, signal: AbortSignal, reporter: Reporter): ReturnType<JobHandler> {
    const { trigger } = data
    const report = (progress: JobProgress) => reporter.report(progress)
    this.#handlers += 1
    try {
      return await this.#options.handler(jobPair(data), { trigger, signal, report })
    } finally {
      this.#handlers -= 1
    }
  }

  /** @returns the error with which BullMQ retries, requeues or fails the job */
  async #settleFailure(
    job: Job<JobData>,
    token: string | undefined,
    error: unknown,
    signal: AbortSignal,
  ): Promise<Error> {
    const id = idOf(job)
    const { batches } = this.#options
    const decision = decideRetry(error, signal, job.attemptsStarted)
    if (decision === 'REQUEUE') {
      await batches.setJobStatus(this.#redis, id, 'queued')
      await this.#redis.hincrby(`${this.#worker.qualifiedName}:${id}`, 'ats', -1)
      await job.moveToWait(token)
      return new WaitingError()
    }
    if (decision === 'RETRY') {
      await batches.setJobStatus(this.#redis, id, 'queued')
      return new Error(formatFailedReason(error))
    }
    const isCancelled = decision === 'CANCEL'
    await batches.setJobStatus(this.#redis, id, isCancelled ? 'cancelled' : 'failed')
    return new UnrecoverableError(formatFailedReason(isCancelled ? new CancelledError() : error))
  }
}

/** Stores the states of a running job: not every one, but always the last. */
class Reporter {
  readonly #job: Job<JobData>
  #state: StoredProgress
  #storedState: StoredProgress | null = null
  #timer: NodeJS.Timeout | null = null
  #storing: Promise<void> = Promise.resolve()

  constructor(job: Job<JobData>) {
    this.#job = job
    const fraction = parseProgress(job.progress)?.fraction ?? 0
    this.#state = { status: 'RETRIEVING', step: null, fraction, attempt: job.attemptsStarted }
  }

  begin(): Promise<void> {
    this.#store()
    return this.#storing
  }

  report({ status, step, fraction }: JobProgress): void {
    this.#state = {
      ...this.#state,
      status,
      step,
      fraction: Math.max(this.#state.fraction, Math.min(1, fraction)),
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = null
      this.#store()
    }, REPORT_PAUSE_MS)
  }

  async end(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer)
    this.#store()
    await this.#storing
  }

  #store(): void {
    if (this.#storedState === this.#state) return
    const state = this.#state
    this.#storedState = state
    // Fails if the job has been removed. Its progress matters to no one then, and its end will show the same
    // error.
    this.#storing = this.#storing.then(() => this.#job.updateProgress(state)).catch(() => {})
  }
}

function idOf({ id }: Job): string {
  if (id === undefined) throw new Error('BullMQ passed a job without an id')
  return id
}
