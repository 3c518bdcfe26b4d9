/**
 * The queue of a farm: jobs and batches on Redis. Workers in any process run them, and any process can watch
 * them.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Job, Queue, UnrecoverableError } from 'bullmq'
import { QueueUnavailableError } from '../../errors.ts'
import type { RedisLink } from '../../redis/redis.ts'
import { checkRoom, triggerWithinShare } from '../client-share.ts'
import {
  type BatchList,
  batchCursor,
  batchJobList,
  batchList,
  batchOffset,
  hasEnded,
  type JobList,
  type JobListRequest,
  type JobPair,
  type JobTrigger,
  jobId,
  jobPair,
  KEEP_DONE,
  KEEP_FAILED,
  MAX_ATTEMPTS,
  PRIORITY,
  type PrecacheBatch,
  type PrecacheJob,
  type PrecacheQueue,
  type QueueOptions,
} from '../queue.ts'
import { CancelledError } from '../retry-policy.ts'
import { BatchFiller } from './batch-filler.ts'
import { BullmqBatches } from './bullmq-batches.ts'
import { BullmqClientJobs } from './bullmq-client-jobs.ts'
import { BullmqJobs, type JobData } from './bullmq-jobs.ts'
import { BullmqWatches } from './bullmq-watches.ts'
import { BullmqWorker } from './bullmq-worker.ts'
import { formatFailedReason } from './failed-reason.ts'
import { QueueErrorLog } from './queue-error-log.ts'

export interface BullmqQueueOptions extends QueueOptions {
  /** The caller closes it after the queue. */
  readonly link: RedisLink
  /** See `BullmqWorkerOptions.lockMs`. */
  readonly lockMs?: number
}

const DEFAULT_NAME = 'precache'
/** How long a cancel flag is stored: longer than a job's worker can be without Redis. */
const CANCEL_SECONDS = 3_600
const CLOSE_MS = 1_000

/**
 * Moves a waiting job to the active list, from which BullMQ can end it. Returns 0 if the job does not wait.
 */
const ACTIVATE = `
if redis.call('ZREM', KEYS[1], ARGV[1]) + redis.call('ZREM', KEYS[2], ARGV[1]) + redis.call('LREM', KEYS[3], 1, ARGV[1]) == 0
then return 0 end
redis.call('LPUSH', KEYS[4], ARGV[1])
return 1`

export function openBullmqQueue(options: BullmqQueueOptions): PrecacheQueue {
  return new BullmqQueue(options)
}

class BullmqQueue implements PrecacheQueue {
  readonly #options: BullmqQueueOptions
  readonly #link: RedisLink
  readonly #name: string
  readonly #errors: QueueErrorLog
  readonly #queue: Queue<JobData>
  readonly #jobs: BullmqJobs
  readonly #clientJobs: BullmqClientJobs
  readonly #batches: BullmqBatches
  readonly #worker: BullmqWorker | null
  readonly #watches: BullmqWatches
  readonly #filler: BatchFiller

  constructor(options: BullmqQueueOptions) {
    const { link } = options
    this.#options = options
    this.#link = link
    this.#name = options.name ?? DEFAULT_NAME
    this.#errors = new QueueErrorLog(options.log)
    this.#queue = new Queue(this.#name, {
      connection: link.client,
      prefix: link.prefix,
      defaultJobOptions: {
        attempts: MAX_ATTEMPTS,
        backoff: { type: 'custom' },
        removeOnComplete: { count: KEEP_DONE.count, age: KEEP_DONE.ageSeconds },
        removeOnFail: { count: KEEP_FAILED.count, age: KEEP_FAILED.ageSeconds },
        stackTraceLimit: 0,
      },
    })
    this.#queue.on('error', (error) => this.#errors.report(error, 'the job queue reported an error'))
    const keyPrefix = `${this.#queue.qualifiedName}:`
    this.#jobs = new BullmqJobs(link, keyPrefix)
    this.#clientJobs = new BullmqClientJobs(link, this.#jobs)
    this.#batches = new BullmqBatches(link, keyPrefix)
    this.#filler = new BatchFiller({
      link,
      batches: this.#batches,
      isCached: options.isCached,
      enqueue: async (pairs, trigger, endedIds) => {
        await this.#removeEnded(endedIds)
        await this.#queue.addBulk(pairs.map((pair) => toBulkEntry(pair, trigger)))
      },
    })
    this.#worker = this.#openWorker()
    this.#watches = new BullmqWatches({
      ...{ link, queueName: this.#name, jobs: this.#jobs, batches: this.#batches },
      ...{ errors: this.#errors, worker: this.#worker },
    })
  }

  enqueue(pair: JobPair, trigger: JobTrigger, client?: string): Promise<PrecacheJob> {
    return this.#link.guarded(async () => {
      const id = jobId(pair)
      const [known, clientJobs] = await Promise.all([
        this.#read(id),
        client === undefined ? 0 : this.#clientJobs.count(client),
      ])
      const ownTrigger = triggerWithinShare(trigger, clientJobs)
      if (known && !hasEnded(known)) {
        if (PRIORITY[ownTrigger] < PRIORITY[known.trigger]) await this.#raisePriority(known, ownTrigger)
      } else {
        // What the farm announces always has room: it would be lost.
        if (client !== undefined) checkRoom(this.#options.maxWaiting, await this.#waiting(), clientJobs)
        if (known) await this.#removeEnded([id])
        await this.#queue.addBulk([toBulkEntry(pair, ownTrigger)])
      }
      if (client !== undefined) await this.#clientJobs.add(client, id)
      const job = await this.#read(id)
      if (!job) throw new QueueUnavailableError()
      return job
    })
  }

  async enqueueAll(pairs: AsyncIterable<JobPair> | Iterable<JobPair>, trigger: JobTrigger, request?: string) {
    const { batch, isNew } = await this.#link.guarded(() => this.#batches.createOrJoin(request))
    return { batch, filling: isNew ? this.#filler.fill(batch.id, pairs, trigger) : Promise.resolve() }
  }

  get(id: string): Promise<PrecacheJob | null> {
    return this.#link.guarded(() => this.#read(id))
  }

  find(pair: JobPair): Promise<PrecacheJob | null> {
    return this.get(jobId(pair))
  }

  batch(id: string): Promise<PrecacheBatch | null> {
    return this.#link.guarded(async () => (await this.#batches.read([id]))[0] ?? null)
  }

  batches({ first, after }: Pick<JobListRequest, 'first' | 'after'>): Promise<BatchList> {
    return this.#link.guarded(async () =>
      batchList(await this.#batches.list(batchCursor(after), first + 1), first),
    )
  }

  batchesOf(id: string): Promise<readonly PrecacheBatch[]> {
    return this.#link.guarded(() => this.#batches.of(id))
  }

  stopFilling(id: string): Promise<PrecacheBatch | null> {
    return this.#link.guarded(async () => {
      await this.#batches.stop(id)
      return (await this.#batches.read([id]))[0] ?? null
    })
  }

  jobsOfBatch(id: string, { first, after }: Pick<JobListRequest, 'first' | 'after'>): Promise<JobList> {
    return this.#link.guarded(async () => {
      const from = batchOffset(after)
      const { ids, more } = await this.#batches.jobsOf(id, from, first)
      return batchJobList(await this.#jobs.read(ids), from, more ? String(from + first) : null)
    })
  }

  list(request: JobListRequest): Promise<JobList> {
    return this.#link.guarded(() => this.#jobs.list(request))
  }

  counts(): Promise<{ queued: number; running: number }> {
    return this.#link.guarded(async () => {
      const [queued, running] = await Promise.all([this.#waiting(), this.#queue.getJobCountByTypes('active')])
      return { queued, running }
    })
  }

  cancel(id: string): Promise<PrecacheJob | null> {
    return this.#link.guarded(async () => {
      const { client } = this.#link
      const known = await this.#read(id)
      if (!known || hasEnded(known)) return known
      await client.set(this.#link.key('cancel', id), '1', 'EX', CANCEL_SECONDS)
      if (await this.#activate(id)) {
        const job = await Job.fromId(this.#queue, id)
        await job?.moveToFailed(new UnrecoverableError(formatFailedReason(new CancelledError())), '0')
        await this.#batches.setJobStatus(client, id, 'cancelled')
      } else await client.publish(this.#link.key('cancel'), id)
      return this.#read(id)
    })
  }

  watchJob(id: string, signal?: AbortSignal): AsyncIterableIterator<PrecacheJob> {
    return this.#watches.job(id, signal)
  }

  watchBatch(id: string, signal?: AbortSignal): AsyncIterableIterator<PrecacheBatch> {
    return this.#watches.batch(id, signal)
  }

  watchJobs(signal?: AbortSignal): AsyncIterableIterator<PrecacheJob> {
    return this.#watches.allJobs(signal)
  }

  async close(): Promise<void> {
    this.#watches.stop()
    this.#filler.stop()
    await this.#worker?.close()
    await this.#filler.close()
    // While Redis is unavailable, closing waits for it.
    const closed = Promise.allSettled([this.#watches.close(), this.#queue.close()])
    await Promise.race([closed, sleep(CLOSE_MS, undefined, { ref: false })])
  }

  #openWorker(): BullmqWorker | null {
    const { link, handler, concurrency, onEnd, retryDelayMs, lockMs } = this.#options
    if (!handler) return null
    return new BullmqWorker({
      link,
      queueName: this.#name,
      batches: this.#batches,
      handler,
      concurrency,
      errors: this.#errors,
      ...(retryDelayMs !== undefined && { retryDelayMs }),
      ...(lockMs !== undefined && { lockMs }),
      onEnd: (id) => {
        this.#read(id).then(
          (job) => job && onEnd(job),
          (error: unknown) => this.#errors.report(error, 'cannot read a job that has ended'),
        )
      },
    })
  }

  async #read(id: string): Promise<PrecacheJob | null> {
    return (await this.#jobs.read([id]))[0] ?? null
  }

  /** How many jobs of all processes have not ended and do not run. */
  #waiting(): Promise<number> {
    return this.#queue.getJobCountByTypes('wait', 'prioritized', 'delayed')
  }

  async #raisePriority(known: PrecacheJob, trigger: JobTrigger): Promise<void> {
    const job = await Job.fromId<JobData>(this.#queue, known.id)
    await job?.updateData({ ...jobPair(known), trigger })
    await job?.changePriority({ priority: PRIORITY[trigger] })
  }

  /** Removes ended jobs. A job that another process has queued again and that runs now stays. */
  async #removeEnded(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return
    await this.#link.client.del(ids.map((id) => this.#link.key('cancel', id)))
    await Promise.all(ids.map((id) => this.#queue.remove(id)))
  }

  /**
   * Moves a waiting job to the active list, because BullMQ can end only active jobs. If this process dies
   * before it ends the job, another worker takes the job over as that of a dead worker, and sees its cancel
   * flag.
   * @returns false if the job does not wait
   */
  async #activate(id: string): Promise<boolean> {
    const keys = ['prioritized', 'delayed', 'wait', 'active'].map((name) => this.#queue.toKey(name))
    return (await this.#link.client.eval(ACTIVATE, keys.length, ...keys, id)) === 1
  }
}

function toBulkEntry(pair: JobPair, trigger: JobTrigger) {
  const data: JobData = { ...jobPair(pair), trigger }
  return { name: 'pair', data, opts: { jobId: jobId(data), priority: PRIORITY[trigger] } }
}
