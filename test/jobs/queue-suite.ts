/** The tests of the queue's contract, for each driver. The test decides when and how each job ends. */
import { pino } from 'pino'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  ArtifactRetrievalError,
  ArtifactsMissingError,
  DiffCommandError,
  UsageError,
} from '../../src/errors.ts'
import {
  batchHasEnded,
  hasEnded,
  type JobContext,
  type JobPair,
  type JobTrigger,
  jobId,
  MAX_ATTEMPTS,
  type PrecacheBatch,
  type PrecacheJob,
  type PrecacheQueue,
  type QueueOptions,
} from '../../src/jobs/queue.ts'
import { eventually } from '../fixtures/service.ts'

/** A started job, which the test ends. */
export interface StartedJob extends JobContext {
  readonly pair: JobPair
  end(outcome?: 'made' | 'cached'): void
  fail(error: Error): void
}

export interface QueueKit {
  readonly queue: PrecacheQueue
  /** In the order in which they started. */
  readonly started: StartedJob[]
  /** Waits until `count` jobs have started in all. @returns the last of them */
  next(count: number): Promise<StartedJob>
  readonly ended: PrecacheJob[]
  readonly cached: Set<string>
}

export type OpenQueue = (options: QueueOptions) => Promise<PrecacheQueue>

/** Opens a queue whose jobs the test ends. It is closed after the test. */
export async function queueKit(open: OpenQueue, own: Partial<QueueOptions> = {}): Promise<QueueKit> {
  const started: StartedJob[] = []
  const ended: PrecacheJob[] = []
  const cached = new Set<string>()
  const queue = await open({
    handler: (pair, context) =>
      new Promise((resolve, reject) => {
        context.signal.addEventListener('abort', () => reject(context.signal.reason))
        started.push({ ...context, pair, end: (outcome = 'made') => resolve(outcome), fail: reject })
      }),
    isCached: async (pair) => cached.has(pair.newId),
    concurrency: 1,
    onEnd: (job) => ended.push(job),
    log: pino({ level: 'silent' }),
    retryDelayMs: 50,
    ...own,
  })
  onTestFinished(() => queue.close())
  const next = async (count: number) => {
    await eventually(() => expect(started.length).toBeGreaterThanOrEqual(count))
    return started[count - 1] as StartedJob
  }
  return { queue, started, next, ended, cached }
}

export const pairOf = (name: string): JobPair => ({ oldId: `${name}-old`, newId: `${name}-new` })
const pairsOf = (...names: string[]) => names.map(pairOf)
const many = (count: number) => Array.from({ length: count }, (_, n) => pairOf(`n${n}`))

/** Reads a stream of states to its end. */
export async function collect<T>(states: AsyncIterable<T>): Promise<T[]> {
  const seen: T[] = []
  for await (const state of states) seen.push(state)
  return seen
}

/** Waits until a job has ended. @returns its last state */
export async function untilEnded(queue: PrecacheQueue, id: string): Promise<PrecacheJob> {
  return lastOf(await collect(queue.watchJob(id)))
}

function lastOf<T>(states: readonly T[]): T {
  const last = states.at(-1)
  if (last === undefined) throw new Error('the stream had no states')
  return last
}

export function describeQueue(name: string, open: OpenQueue): void {
  const kit = (own?: Partial<QueueOptions>) => queueKit(open, own)

  describe(`${name}: a job`, () => {
    it('reports its progress, which never decreases, and is done', async () => {
      const { queue, next, ended } = await kit()
      const { id } = await queue.enqueue(pairOf('a'), 'REQUEST')
      expect(id).toBe(jobId(pairOf('a')))
      const states = collect(queue.watchJob(id))
      const job = await next(1)
      expect(job).toMatchObject({ pair: pairOf('a'), trigger: 'REQUEST' })
      const step = 'diffoscope alpha_1_all.deb, 1 of 2'
      job.report({ status: 'DIFFOSCOPE', step, fraction: 0.4 })
      await eventually(async () =>
        expect(await queue.get(id)).toMatchObject({ status: 'DIFFOSCOPE', step, progress: 0.4, attempts: 1 }),
      )
      const nextStep = 'diffoscope beta_1_all.deb, 2 of 2'
      job.report({ status: 'DIFFOSCOPE', step: nextStep, fraction: 0.2 })
      await eventually(async () => expect(await queue.find(pairOf('a'))).toMatchObject({ step: nextStep }))
      expect(await queue.find(pairOf('a'))).toMatchObject({ progress: 0.4, finishedAt: null })
      job.end()
      const last = (await states).at(-1)
      expect(last).toMatchObject({
        ...pairOf('a'),
        status: 'DONE',
        step: null,
        progress: 1,
        attempts: 1,
        error: null,
        cached: false,
      })
      expect(last?.createdAt.getTime()).toBeLessThanOrEqual(last?.startedAt?.getTime() ?? 0)
      expect(last?.startedAt?.getTime()).toBeLessThanOrEqual(last?.finishedAt?.getTime() ?? 0)
      await eventually(() => expect(ended.map(({ status }) => status)).toEqual(['DONE']))
    })

    it('exists once for a pair that is queued twice, and starts again after it has ended', async () => {
      const { queue, started, next } = await kit()
      const first = await queue.enqueue(pairOf('a'), 'BATCH')
      const job = await next(1)
      expect((await queue.enqueue(pairOf('a'), 'BATCH')).id).toBe(first.id)
      job.end()
      await untilEnded(queue, first.id)
      expect(started).toHaveLength(1)
      expect(await queue.enqueue(pairOf('a'), 'BATCH')).toMatchObject({
        id: first.id,
        finishedAt: null,
        progress: 0,
      })
      ;(await next(2)).end('cached')
      expect(await untilEnded(queue, first.id)).toMatchObject({ status: 'DONE', cached: true })
    })

    it('is null if it was never queued', async () => {
      const { queue } = await kit()
      expect(await queue.find(pairOf('unknown'))).toBeNull()
      expect(await queue.cancel(jobId(pairOf('unknown')))).toBeNull()
      expect(await collect(queue.watchJob(jobId(pairOf('unknown'))))).toEqual([])
      expect(await queue.batch('unknown')).toBeNull()
    })

    it('runs before less urgent jobs, and moves up when it is requested', async () => {
      const { queue, started, next } = await kit()
      const order: [string, JobTrigger][] = [
        ['running', 'BATCH'],
        ['batch', 'BATCH'],
        ['catch-up', 'CATCH_UP'],
        ['requested', 'BATCH'],
        ['finished', 'RUN_FINISHED'],
        ['request', 'REQUEST'],
      ]
      for (const [name, trigger] of order) {
        await queue.enqueue(pairOf(name), trigger)
        await next(1)
      }
      expect(await queue.enqueue(pairOf('requested'), 'REQUEST')).toMatchObject({
        status: 'QUEUED',
        trigger: 'REQUEST',
      })
      // A less urgent trigger changes nothing.
      await queue.enqueue(pairOf('request'), 'BATCH')
      for (let count = 1; count <= order.length; count++) (await next(count)).end()
      expect(started.map(({ pair }) => pair.newId.replace('-new', ''))).toEqual([
        'running',
        'request',
        'requested',
        'finished',
        'batch',
        'catch-up',
      ])
    })

    it.each([
      new DiffCommandError('debdiff', { exitCode: 3, stderr: 'no\n' }),
      new ArtifactsMissingError('a-new'),
    ])('fails after one attempt with a permanent, typed error: $name', async (error) => {
      const { queue, next, started, ended } = await kit()
      const { id } = await queue.enqueue(pairOf('a'), 'REQUEST')
      ;(await next(1)).fail(error)
      const job = await untilEnded(queue, id)
      expect(job).toMatchObject({ status: 'FAILED', attempts: 1, step: null })
      expect(job.error).toBeInstanceOf(error.constructor)
      expect({ ...job.error, message: job.error?.message }).toEqual({ ...error, message: error.message })
      await eventually(() => expect(ended).toHaveLength(1))
      expect(started).toHaveLength(1)
    })

    it('is retried a limited number of times after transient errors, with growing delays', async () => {
      const { queue, next, started } = await kit()
      const { id } = await queue.enqueue(pairOf('a'), 'REQUEST')
      const times: number[] = []
      for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
        const job = await next(attempt)
        times.push(performance.now())
        job.report({ status: 'RETRIEVING', step: 'x', fraction: 0.5 / attempt })
        await eventually(async () => expect((await queue.get(id))?.progress).toBe(0.5))
        job.fail(
          attempt === 1
            ? Object.assign(new Error('full'), { code: 'ENOSPC' })
            : new ArtifactRetrievalError('r'),
        )
        await eventually(async () =>
          expect(await queue.get(id)).toMatchObject({
            status: attempt === MAX_ATTEMPTS ? 'FAILED' : 'QUEUED',
            attempts: attempt,
            progress: 0.5,
            error: { message: attempt === 1 ? 'full' : 'Unable to retrieve artifacts for run id: r' },
          }),
        )
      }
      const [beforeLast = 0, last = 0] = times.slice(-2)
      expect(last - beforeLast).toBeGreaterThan(400)
      // Nothing waits, so there is no further attempt.
      expect(await queue.counts()).toEqual({ queued: 0, running: 0 })
      expect(started).toHaveLength(MAX_ATTEMPTS)
    })

    it('can be cancelled while it waits, runs, or waits for its next attempt', async () => {
      const { queue, next, started, ended } = await kit({ retryDelayMs: 60_000 })
      const running = await queue.enqueue(pairOf('running'), 'BATCH')
      const waiting = await queue.enqueue(pairOf('waiting'), 'BATCH')
      const job = await next(1)
      expect(await queue.cancel(waiting.id)).toMatchObject({ status: 'CANCELLED', attempts: 0, error: null })
      await queue.cancel(running.id)
      expect(await untilEnded(queue, running.id)).toMatchObject({ status: 'CANCELLED', error: null })
      expect(job.signal.aborted).toBe(true)
      const delayed = await queue.enqueue(pairOf('delayed'), 'BATCH')
      ;(await next(2)).fail(new ArtifactRetrievalError('r'))
      await eventually(async () => expect((await queue.get(delayed.id))?.error).not.toBeNull())
      expect(await queue.cancel(delayed.id)).toMatchObject({ status: 'CANCELLED' })
      expect(await queue.cancel(delayed.id)).toMatchObject({ status: 'CANCELLED' })
      expect(started).toHaveLength(2)
      expect(await queue.counts()).toEqual({ queued: 0, running: 0 })
      // A cancelled job can be queued again.
      await queue.enqueue(pairOf('waiting'), 'REQUEST')
      ;(await next(3)).end()
      expect(await untilEnded(queue, waiting.id)).toMatchObject({ status: 'DONE' })
      await eventually(() => expect(ended.at(-1)).toMatchObject({ status: 'DONE' }))
    })

    it('is queued again when its queue is closed', async () => {
      const { queue, next } = await kit()
      const { id } = await queue.enqueue(pairOf('a'), 'BATCH')
      const states: PrecacheJob[] = []
      const watching = (async () => {
        for await (const state of queue.watchJob(id)) states.push(state)
      })()
      const job = await next(1)
      await queue.close()
      await watching
      expect(job.signal.aborted).toBe(true)
      expect(states.some(hasEnded)).toBe(false)
    })
  })

  describe(`${name}: a batch`, () => {
    it('counts each of its jobs once, and skips cached pairs', async () => {
      const { queue, next, cached } = await kit()
      cached.add('c-new').add('d-new')
      const { batch, filling } = await queue.enqueueAll(pairsOf('a', 'b', 'c', 'd', 'e', 'f'), 'BATCH')
      const states = collect(queue.watchBatch(batch.id))
      await filling
      expect(await queue.batch(batch.id)).toMatchObject({ count: 6, skipped: 2, filled: true })
      ;(await next(1)).end()
      await eventually(async () =>
        expect(await queue.batch(batch.id)).toMatchObject({ queued: 2, running: 1, done: 1 }),
      )
      ;(await next(2)).fail(new ArtifactsMissingError('b-new'))
      await next(3)
      await queue.cancel(jobId(pairOf('e')))
      await queue.cancel(jobId(pairOf('f')))
      const last = (await states).at(-1)
      expect(last).toMatchObject({
        count: 6,
        queued: 0,
        running: 0,
        done: 1,
        failed: 1,
        cancelled: 2,
        skipped: 2,
      })
      for (const state of await states) {
        const { count, queued, running, done, failed, cancelled, skipped } = state
        expect(queued + running + done + failed + cancelled + skipped).toBe(count)
      }
    })

    it('lists its jobs page by page, in order, while more are added', async () => {
      const { queue, next, cached } = await kit()
      cached.add('c-new')
      let addRest = () => {}
      const restIsAdded = new Promise<void>((resolve) => {
        addRest = resolve
      })
      async function* pairs() {
        // More than a driver queues at once.
        yield* [...pairsOf('a', 'b', 'c'), ...many(600)]
        await restIsAdded
        yield* pairsOf('y', 'z')
      }
      const { batch, filling } = await queue.enqueueAll(pairs(), 'BATCH')
      ;(await next(1)).fail(new ArtifactsMissingError('a-new'))
      await next(2)
      const found: PrecacheJob[] = []
      let after: string | undefined
      for (let pages = 0; ; pages++) {
        const page = await queue.jobsOfBatch(batch.id, { first: 100, ...(after !== undefined && { after }) })
        expect(page.jobs.length).toBeLessThanOrEqual(100)
        found.push(...page.jobs)
        if (pages === 0) {
          addRest()
          await filling
        }
        if (page.next === null) break
        after = page.next
      }
      const expected = ['a', 'b', ...many(600).map(({ newId }) => newId.replace('-new', '')), 'y', 'z']
      expect(found.map(({ newId }) => newId)).toEqual(expected.map((name) => `${name}-new`))
      expect(found.slice(0, 3).map(({ status }) => status)).toEqual(['FAILED', 'RETRIEVING', 'QUEUED'])
      expect(await queue.jobsOfBatch('unknown', { first: 10 })).toEqual({ jobs: [], next: null })
      await expect(queue.jobsOfBatch(batch.id, { first: 10, after: 'x' })).rejects.toThrow(UsageError)
    })

    it('queues no pair of another batch again, and both batches end', async () => {
      const { queue, next, started } = await kit({ concurrency: 3 })
      const names = ['a', 'b', 'c']
      const batches: PrecacheBatch[] = []
      for (let n = 0; n < 2; n++) {
        const { batch, filling } = await queue.enqueueAll(pairsOf(...names), 'BATCH')
        await filling
        await next(3)
        batches.push(batch)
      }
      for (const job of started) job.end()
      for (const { id } of batches)
        expect((await collect(queue.watchBatch(id))).at(-1)).toMatchObject({
          count: 3,
          done: 3,
          queued: 0,
          running: 0,
        })
      expect(started).toHaveLength(3)
    })

    it('of 5,000 pairs does not delay a request', async () => {
      const { queue, started, next } = await kit()
      async function* pairs() {
        yield* many(5_000)
      }
      const { batch, filling } = await queue.enqueueAll(pairs(), 'BATCH')
      expect(batch).toMatchObject({ count: 0, filled: false })
      await queue.enqueue(pairOf('request'), 'REQUEST')
      await filling
      expect(await queue.batch(batch.id)).toMatchObject({ count: 5_000, filled: true })
      await next(1)
      if (started[0]?.pair.newId !== 'request-new') {
        started[0]?.end()
        expect((await next(2)).pair.newId).toBe('request-new')
      }
    })

    it('is filled with the pairs that could be read if reading fails', async () => {
      const { queue } = await kit()
      async function* pairs() {
        yield* pairsOf('a', 'b')
        throw new Error('cannot read more')
      }
      const { batch, filling } = await queue.enqueueAll(pairs(), 'BATCH')
      await expect(filling).rejects.toThrow('cannot read more')
      expect(await queue.batch(batch.id)).toMatchObject({ filled: true })
    })

    it('has ended when it is filled without pairs', async () => {
      const { queue } = await kit()
      const { batch } = await queue.enqueueAll([], 'BATCH')
      const states = await collect(queue.watchBatch(batch.id))
      expect(batchHasEnded(lastOf(states))).toBe(true)
    })
  })

  describe(`${name}: watching`, () => {
    it('delivers the last state to a slow reader, who misses intermediate ones', async () => {
      const { queue, next } = await kit()
      const { id } = await queue.enqueue(pairOf('a'), 'REQUEST')
      const states = queue.watchJob(id)
      expect((await states.next()).value).toMatchObject({ id })
      const seen: PrecacheJob[] = []
      const fastReader = (async () => {
        for await (const state of queue.watchJob(id)) seen.push(state)
      })()
      const job = await next(1)
      for (let n = 1; n <= 500; n++) {
        job.report({ status: 'DIFFOSCOPE', step: `${n}`, fraction: n / 1000 })
        if (n % 100 === 0) await eventually(() => expect(seen.at(-1)?.progress).toBe(n / 1000))
      }
      job.end()
      // Each state is delivered to all readers together.
      await fastReader
      expect((await collect(states)).map(({ status }) => status)).toEqual(['DONE'])
    })

    it('ends when its reader closes it, even while it waits for a state', async () => {
      const { queue, next } = await kit()
      const { id } = await queue.enqueue(pairOf('a'), 'REQUEST')
      const abort = new AbortController()
      const states = [queue.watchJob(id), queue.watchJob(id, abort.signal), queue.watchJobs()]
      await next(1)
      const seen: PrecacheJob[][] = states.map(() => [])
      const readings = states.map(async (stream, index) => {
        for await (const state of stream) seen[index]?.push(state)
      })
      await eventually(() => {
        for (const read of seen) expect(read.at(-1)?.status).toBe('RETRIEVING')
      })
      await states[0]?.return?.()
      abort.abort()
      await states[2]?.return?.()
      await Promise.all(readings)
      expect(await collect(queue.watchJob(id, AbortSignal.abort()))).toEqual([])
    })

    it('of all jobs shows the running ones, then each that changes', async () => {
      const { queue, next } = await kit()
      const running = await queue.enqueue(pairOf('a'), 'BATCH')
      await next(1)
      const seen = new Map<string, string>()
      const abort = new AbortController()
      const reading = (async () => {
        for await (const { id, status } of queue.watchJobs(abort.signal)) seen.set(id, status)
      })()
      await eventually(() => expect(seen.get(running.id)).toBe('RETRIEVING'))
      const other = await queue.enqueue(pairOf('b'), 'BATCH')
      ;(await next(1)).end()
      ;(await next(2)).end()
      await eventually(() => expect([seen.get(running.id), seen.get(other.id)]).toEqual(['DONE', 'DONE']))
      abort.abort()
      await reading
    })
  })

  describe(`${name}: the list`, () => {
    it('returns all jobs page by page, running ones first, ended ones last', async () => {
      const { queue, next } = await kit()
      const { filling } = await queue.enqueueAll(many(7), 'BATCH')
      await filling
      ;(await next(1)).end()
      ;(await next(2)).fail(new ArtifactsMissingError('x'))
      await next(3)
      await eventually(async () => expect(await queue.counts()).toEqual({ queued: 4, running: 1 }))
      const pages: PrecacheJob[][] = []
      let after: string | undefined
      do {
        const page = await queue.list({ first: 3, ...(after !== undefined && { after }) })
        pages.push([...page.jobs])
        after = page.next ?? undefined
      } while (after !== undefined)
      expect(pages.map((page) => page.map(({ status }) => status))).toEqual([
        ['RETRIEVING', 'QUEUED', 'QUEUED'],
        ['QUEUED', 'QUEUED', 'FAILED'],
        ['DONE'],
      ])
      expect(pages.flat().map(({ newId }) => newId)).toEqual([2, 3, 4, 5, 6, 1, 0].map((n) => `n${n}-new`))
      const { jobs } = await queue.list({ status: ['DONE', 'FAILED'], first: 10 })
      expect(jobs.map(({ status }) => status)).toEqual(['FAILED', 'DONE'])
      await expect(queue.list({ first: 3, after: 'nonsense' })).rejects.toThrow(UsageError)
    })
  })
}
