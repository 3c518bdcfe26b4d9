/** The queue of a farm: jobs and batches on Redis, done by workers on any machine, watched from any. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Job, Queue, QueueEvents, UnrecoverableError } from 'bullmq'
import { QueueUnavailableError } from '../../errors.ts'
import type { RedisLink } from '../../redis/redis.ts'
import { LatestStateBroadcaster } from '../latest-state.ts'
import {
  batchHasEnded,
  batchOffset,
  hasEnded,
  type JobPair,
  type JobTrigger,
  jobId,
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
import { BullmqBatches } from './bullmq-batches.ts'
import { BullmqJobs, type JobData } from './bullmq-jobs.ts'
import { BullmqWorker } from './bullmq-worker.ts'
import { formatFailedReason } from './failed-reason.ts'

export interface BullmqQueueOptions extends QueueOptions {
  /** Stays the caller's, to be closed behind the queue. */
  readonly link: RedisLink
  /** See `BullmqWorkerOptions.lockMs`. */
  readonly lockMs?: number
}

const NAME = 'precache'
/** Pairs of a batch at a time. */
const CHUNK = 500
/** Until what was told while nobody could hear is looked up, at the latest. */
const LOOK_AGAIN_MS = 15_000
/** A mark of cancelling outlives the pause in which its job's worker cannot hear it. */
const CANCEL_SECONDS = 3_600
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

export function openBullmqQueue(options: BullmqQueueOptions): PrecacheQueue {
  return new BullmqQueue(options)
}

class BullmqQueue implements PrecacheQueue {
  readonly #options: BullmqQueueOptions
  readonly #link: RedisLink
  readonly #queue: Queue<JobData>
  readonly #jobs: BullmqJobs
  readonly #batches: BullmqBatches
  readonly #worker: BullmqWorker | null
  readonly #deafen: () => void
  readonly #stop = new AbortController()
  readonly #filling = new Set<Promise<void>>()
  readonly #lookAgain: NodeJS.Timeout
  readonly #jobWatches = new LatestStateBroadcaster<PrecacheJob>({
    read: (ids) => this.#jobs.read(ids),
    hasEnded,
    pauseMs: 20,
  })
  readonly #batchWatches = new LatestStateBroadcaster<PrecacheBatch>({
    read: (ids) => this.#batches.read(ids),
    hasEnded: batchHasEnded,
    pauseMs: 100,
  })
  /** From the first who watches jobs on. */
  #events: QueueEvents | null = null

  constructor(options: BullmqQueueOptions) {
    const { link, handler, concurrency, onEnd, retryDelayMs, lockMs } = options
    this.#options = options
    this.#link = link
    this.#queue = new Queue(NAME, {
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
    this.#queue.on('error', () => {})
    const keys = `${this.#queue.qualifiedName}:`
    this.#jobs = new BullmqJobs(link, keys)
    this.#batches = new BullmqBatches(link, keys)
    this.#worker = handler
      ? new BullmqWorker({
          link,
          queueName: NAME,
          batches: this.#batches,
          work: handler,
          concurrency,
          ...(retryDelayMs !== undefined && { retryDelayMs }),
          ...(lockMs !== undefined && { lockMs }),
          onEnd: (id) => {
            this.#read(id).then(
              (job) => job && onEnd(job),
              () => {},
            )
          },
        })
      : null
    this.#deafen = this.#listen()
    this.#lookAgain = setInterval(() => this.#lookAtAll(), LOOK_AGAIN_MS).unref()
  }

  enqueue(pair: JobPair, trigger: JobTrigger): Promise<PrecacheJob> {
    return this.#link.guarded(async () => {
      const id = jobId(pair)
      const known = await this.#read(id)
      if (known && !hasEnded(known)) {
        if (PRIORITY[trigger] < PRIORITY[known.trigger]) await this.#hurry(known, trigger)
      } else {
        if (known) await this.#forget([id])
        await this.#queue.addBulk([toBeAdded(pair, trigger)])
      }
      const job = await this.#read(id)
      if (!job) throw new QueueUnavailableError()
      return job
    })
  }

  async enqueueAll(pairs: AsyncIterable<JobPair> | Iterable<JobPair>, trigger: JobTrigger) {
    const batch = await this.#link.guarded(() => this.#batches.create())
    const filling = this.#fill(batch.id, pairs, trigger)
    const settled = filling.catch(() => {})
    this.#filling.add(settled)
    void settled.finally(() => this.#filling.delete(settled))
    return { batch, filling }
  }

  get = (id: string) => this.#link.guarded(() => this.#read(id))
  find = (pair: JobPair) => this.get(jobId(pair))
  batch = (id: string) => this.#link.guarded(async () => (await this.#batches.read([id]))[0] ?? null)
  jobsOfBatch: PrecacheQueue['jobsOfBatch'] = (id, { first, after }) =>
    this.#link.guarded(async () => {
      const from = batchOffset(after)
      const { ids, more } = await this.#batches.jobsOf(id, from, first)
      const jobs = (await this.#jobs.read(ids)).filter((job) => job !== null)
      return { jobs, next: more ? String(from + first) : null }
    })
  list: PrecacheQueue['list'] = (request) => this.#link.guarded(() => this.#jobs.list(request))
  counts = () =>
    this.#link.guarded(async () => {
      const counts = await this.#queue.getJobCounts('wait', 'prioritized', 'delayed', 'active')
      const { wait = 0, prioritized = 0, delayed = 0, active = 0 } = counts
      return { queued: wait + prioritized + delayed, running: active }
    })

  cancel(id: string): Promise<PrecacheJob | null> {
    return this.#link.guarded(async () => {
      const { client } = this.#link
      const known = await this.#read(id)
      if (!known || hasEnded(known)) return known
      await client.set(this.#link.key('cancel', id), '1', 'EX', CANCEL_SECONDS)
      if (await this.#takeOut(id)) {
        const job = await Job.fromId(this.#queue, id)
        await job?.moveToFailed(new UnrecoverableError(formatFailedReason(new CancelledError())), '0')
        await this.#batches.move(client, id, 'cancelled')
      } else await client.publish(this.#link.key('cancel'), id)
      return this.#read(id)
    })
  }

  watchJob(id: string, signal?: AbortSignal) {
    this.#follow()
    return this.#jobWatches.watch(id, signal)
  }

  watchBatch(id: string, signal?: AbortSignal) {
    return this.#batchWatches.watch(id, signal)
  }

  watchJobs(signal?: AbortSignal) {
    this.#follow()
    return this.#jobWatches.watchAll(() => this.#link.guarded(() => this.#jobs.lively()), signal)
  }

  async close(): Promise<void> {
    this.#stop.abort()
    clearInterval(this.#lookAgain)
    await this.#worker?.close()
    await Promise.all(this.#filling)
    this.#jobWatches.close()
    this.#batchWatches.close()
    this.#deafen()
    // What is closed while Redis is away has nobody to say good-bye to.
    const goodBye = Promise.allSettled([this.#events?.close(), this.#queue.close()])
    await Promise.race([goodBye, sleep(1_000, undefined, { ref: false })])
  }

  async #read(id: string): Promise<PrecacheJob | null> {
    return (await this.#jobs.read([id]))[0] ?? null
  }

  async #hurry({ id, oldId, newId }: PrecacheJob, trigger: JobTrigger): Promise<void> {
    const job = await Job.fromId<JobData>(this.#queue, id)
    await job?.updateData({ oldId, newId, trigger })
    await job?.changePriority({ priority: PRIORITY[trigger] })
  }

  /** Removes ended jobs. One that another process has put in again meanwhile, and that runs, stays. */
  async #forget(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return
    await this.#link.client.del(ids.map((id) => this.#link.key('cancel', id)))
    await Promise.all(ids.map((id) => this.#queue.remove(id)))
  }

  /**
   * Takes a waiting job among those that run, from where BullMQ lets it be ended. Should this process die in between, the job is that of a dead worker, and the next one
   * sees the mark of cancelling.
   */
  async #takeOut(id: string): Promise<boolean> {
    const script = `
      if redis.call('ZREM', KEYS[1], ARGV[1]) + redis.call('ZREM', KEYS[2], ARGV[1]) + redis.call('LREM', KEYS[3], 1, ARGV[1]) == 0
      then return 0 end
      redis.call('LPUSH', KEYS[4], ARGV[1])
      return 1`
    const keys = ['prioritized', 'delayed', 'wait', 'active'].map((name) => this.#queue.toKey(name))
    return (await this.#link.client.eval(script, 4, ...keys, id)) === 1
  }

  async #fill(batchId: string, pairs: AsyncIterable<JobPair> | Iterable<JobPair>, trigger: JobTrigger) {
    let number = 0
    try {
      for await (const chunk of chunksOf(pairs, CHUNK)) {
        const cached = await Promise.all(chunk.map((pair) => this.#options.isCached(pair)))
        const wanted = chunk.filter((_, index) => !cached[index])
        const current = number++
        await this.#untilThere(async () => {
          const ids = wanted.map(jobId)
          await this.#forget(await this.#batches.join(batchId, current, ids, chunk.length - wanted.length))
          await this.#queue.addBulk(wanted.map((pair) => toBeAdded(pair, trigger)))
        })
        if (this.#stop.signal.aborted) return
      }
    } finally {
      await this.#untilThere(() => this.#batches.filled(batchId))
    }
  }

  /** Does what may be done twice, as often as it takes while Redis is away, until the queue is closed. */
  async #untilThere(work: () => Promise<void>): Promise<void> {
    for (let delayMs = 100; ; delayMs = Math.min(5_000, 2 * delayMs)) {
      try {
        return await this.#link.guarded(work)
      } catch (error) {
        if (!(error instanceof QueueUnavailableError)) throw error
        if (this.#stop.signal.aborted) return
        await sleep(delayMs, undefined, { signal: this.#stop.signal }).catch(() => {})
      }
    }
  }

  #listen(): () => void {
    const [batch, cancel] = [this.#batches.channel, this.#link.key('cancel')]
    this.#link.onReady(() => this.#lookAtAll())
    const hear = (channel: string, text: string) => {
      if (channel === batch) this.#batchWatches.changed(text)
      else this.#worker?.cancel(text)
    }
    return this.#link.subscribe([batch, cancel], hear, () => this.#lookAtAll())
  }

  #lookAtAll(): void {
    this.#jobWatches.allChanged()
    this.#batchWatches.allChanged()
    this.#worker?.cancelMissed().catch(() => {})
  }

  #follow(): void {
    if (this.#events || this.#stop.signal.aborted) return
    this.#events = new QueueEvents(NAME, {
      connection: this.#link.openWaitingClient(),
      prefix: this.#link.prefix,
    })
    this.#events.on('error', () => {})
    for (const name of EVENTS)
      this.#events.on(name, ({ jobId }: { jobId: string }) => this.#jobWatches.changed(jobId))
    // What changed before it was listening.
    void this.#events.waitUntilReady().then(
      () => this.#jobWatches.allChanged(),
      () => {},
    )
  }
}

function toBeAdded({ oldId, newId }: JobPair, trigger: JobTrigger) {
  const data: JobData = { oldId, newId, trigger }
  return { name: 'pair', data, opts: { jobId: jobId(data), priority: PRIORITY[trigger] } }
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
