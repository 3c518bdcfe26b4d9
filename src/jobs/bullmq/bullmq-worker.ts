/** Takes jobs from BullMQ's queue and does them, as many at a time as it may. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Job, UnrecoverableError, WaitingError, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import type { RedisLink } from '../../redis/redis.ts'
import { type JobHandler, type JobProgress, MAX_ATTEMPTS, RETRY_DELAY_MS } from '../queue.ts'
import { CancelledError, decideRetry, retryDelayMs, StoppingError } from '../retry-policy.ts'
import type { BullmqBatches } from './bullmq-batches.ts'
import { type JobData, type StoredProgress, storedProgress } from './bullmq-jobs.ts'
import { formatFailedReason } from './failed-reason.ts'

export interface BullmqWorkerOptions {
  readonly link: RedisLink
  readonly queueName: string
  readonly batches: BullmqBatches
  readonly work: JobHandler
  readonly concurrency: number
  readonly retryDelayMs?: number
  /** How long a job stays a dead worker's, in milliseconds. It is taken up by another within twice that time. */
  readonly lockMs?: number
  /** A job that ran here has ended for good. */
  readonly onEnd: (id: string) => void
}

/** See `lockMs`. */
export const LOCK_MS = 30_000
/** Least time between two states of a job that are told. */
const REPORT_PAUSE_MS = 250
/** For handing back and saying good-bye where Redis does not answer; its jobs are then taken up as a dead worker's. */
const CLOSE_MS = 5_000

export class BullmqWorker {
  readonly #options: BullmqWorkerOptions
  readonly #redis: Redis
  readonly #worker: Worker<JobData>
  readonly #running = new Map<string, AbortController>()
  /** Tools of jobs that may run: what must have ended before the process does. */
  #working = 0
  #stopping = false

  constructor(options: BullmqWorkerOptions) {
    const {
      link,
      queueName,
      concurrency,
      onEnd,
      lockMs = LOCK_MS,
      retryDelayMs: firstMs = RETRY_DELAY_MS,
    } = options
    this.#options = options
    this.#redis = link.openWaitingClient()
    this.#worker = new Worker<JobData>(queueName, (job, token) => this.#process(job, token), {
      connection: this.#redis,
      prefix: link.prefix,
      concurrency,
      lockDuration: lockMs,
      stalledInterval: lockMs,
      maxStalledCount: MAX_ATTEMPTS - 1,
      settings: { backoffStrategy: (attemptsMade) => retryDelayMs(firstMs, attemptsMade) },
    })
    // Told by the link, once for all connections.
    this.#worker.on('error', () => {})
    this.#worker.on('completed', (job) => onEnd(job.id!))
    this.#worker.on('failed', (job) => {
      if (!job?.finishedOn) return
      // Where its workers died each time, BullMQ alone has known so far.
      void this.#options.batches.move(this.#redis, job.id!, 'failed').catch(() => {})
      onEnd(job.id!)
    })
  }

  /** Stops a job if it runs here. */
  cancel(id: string): void {
    this.#running.get(id)?.abort(new CancelledError())
  }

  /** Stops those that were cancelled while nothing could be heard. */
  async cancelMissed(): Promise<void> {
    const { link } = this.#options
    for (const id of this.#running.keys())
      if (await link.client.exists(link.key('cancel', id))) this.cancel(id)
  }

  /** Stops what runs, and hands it back. */
  async close(): Promise<void> {
    this.#stopping = true
    for (const running of this.#running.values()) running.abort(new StoppingError())
    const closed = this.#worker.close().catch(() => {})
    await Promise.race([closed, this.#untilGivenUp()])
  }

  /** The tools are stopped in any case before the time for saying so begins. */
  async #untilGivenUp(): Promise<void> {
    while (this.#working > 0) await sleep(50)
    await sleep(CLOSE_MS, undefined, { ref: false })
  }

  async #process(job: Job<JobData>, token: string | undefined): Promise<'made' | 'cached'> {
    const id = job.id!
    const abort = new AbortController()
    this.#running.set(id, abort)
    if (this.#stopping) abort.abort(new StoppingError())
    const reporter = new Reporter(job)
    let failure: { error: unknown } | null = null
    let outcome: 'made' | 'cached' = 'made'
    try {
      if (await this.#options.batches.move(this.#redis, id, 'running')) abort.abort(new CancelledError())
      await reporter.begin()
      abort.signal.throwIfAborted()
      this.#working += 1
      outcome = await this.#work(job, abort.signal, reporter).finally(() => {
        this.#working -= 1
      })
    } catch (error) {
      failure = { error }
    } finally {
      await reporter.end()
      this.#running.delete(id)
    }
    if (failure) throw await this.#failed(job, token, failure.error, abort.signal)
    await this.#options.batches.move(this.#redis, id, 'done')
    return outcome
  }

  #work({ data }: Job<JobData>, signal: AbortSignal, reporter: Reporter): ReturnType<JobHandler> {
    const { oldId, newId, trigger } = data
    const report = (progress: JobProgress) => reporter.report(progress)
    return this.#options.work({ oldId, newId }, { trigger, signal, report })
  }

  /** What BullMQ is to be told. */
  async #failed(
    job: Job<JobData>,
    token: string | undefined,
    error: unknown,
    signal: AbortSignal,
  ): Promise<Error> {
    const id = job.id!
    const verdict = decideRetry(error, signal, job.attemptsStarted)
    if (verdict === 'HAND_BACK') {
      await this.#options.batches.move(this.#redis, id, 'queued')
      await this.#redis.hincrby(`${this.#worker.qualifiedName}:${id}`, 'ats', -1)
      await job.moveToWait(token)
      return new WaitingError()
    }
    if (verdict === 'RETRY') {
      await this.#options.batches.move(this.#redis, id, 'queued')
      return new Error(formatFailedReason(error))
    }
    const isCancelled = verdict === 'CANCEL'
    await this.#options.batches.move(this.#redis, id, isCancelled ? 'cancelled' : 'failed')
    return new UnrecoverableError(formatFailedReason(isCancelled ? new CancelledError() : error))
  }
}

/** Tells a job's states, not all of them, and the last one of a running job in any case. */
class Reporter {
  readonly #job: Job<JobData>
  #state: StoredProgress
  #told: StoredProgress | null = null
  #timer: NodeJS.Timeout | null = null
  #telling: Promise<void> = Promise.resolve()

  constructor(job: Job<JobData>) {
    this.#job = job
    this.#state = { status: 'RETRIEVING', step: null, fraction: storedProgress(job.progress)?.fraction ?? 0 }
  }

  begin(): Promise<void> {
    this.#tell()
    return this.#telling
  }

  report({ status, step, fraction }: JobProgress): void {
    this.#state = { status, step, fraction: Math.max(this.#state.fraction, Math.min(1, fraction)) }
    this.#timer ??= setTimeout(() => {
      this.#timer = null
      this.#tell()
    }, REPORT_PAUSE_MS)
  }

  async end(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer)
    this.#tell()
    await this.#telling
  }

  #tell(): void {
    if (this.#told === this.#state) return
    const state = this.#state
    this.#told = state
    // A job that is gone has nobody to tell.
    this.#telling = this.#telling.then(() => this.#job.updateProgress(state)).catch(() => {})
  }
}
