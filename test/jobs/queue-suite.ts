/** What every queue keeps to. The work of its jobs is the test's: it says when a job ends and how. */
import { setTimeout as sleep } from 'node:timers/promises'
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

/** A job that has been begun and waits for the test to end it. */
export interface Begun extends JobContext {
  readonly pair: JobPair
  end(outcome?: 'made' | 'cached'): void
  fail(error: Error): void
}

export interface QueueKit {
  readonly queue: PrecacheQueue
  /** In the order in which they were begun. */
  readonly begun: Begun[]
  /** Waits for so many begins in all; the last of them. */
  next(count: number): Promise<Begun>
  readonly ended: PrecacheJob[]
  readonly cached: Set<string>
}

export type OpenQueue = (options: QueueOptions) => Promise<PrecacheQueue>

/** A queue whose jobs wait for the test; closed at its end. */
export async function queueKit(open: OpenQueue, own: Partial<QueueOptions> = {}): Promise<QueueKit> {
  const begun: Begun[] = []
  const ended: PrecacheJob[] = []
  const cached = new Set<string>()
  const queue = await open({
    handler: (pair, context) =>
      new Promise((resolve, reject) => {
        context.signal.addEventListener('abort', () => reject(context.signal.reason))
        begun.push({ ...context, pair, end: (outcome = 'made') => resolve(outcome), fail: reject })
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
    await eventually(() => expect(begun.length).toBeGreaterThanOrEqual(count))
    return begun[count - 1]!
  }
  return { queue, begun, next, ended, cached }
}

export const pairOf = (name: string): JobPair => ({ oldId: `${name}-old`, newId: `${name}-new` })
const pairsOf = (...names: string[]) => names.map(pairOf)
const many = (count: number) => Array.from({ length: count }, (_, n) => pairOf(`n${n}`))

/** All states until the end. */
export async function collect<T>(states: AsyncIterable<T>): Promise<T[]> {
  const seen: T[] = []
  for await (const state of states) seen.push(state)
  return seen
}

export async function untilEnded(queue: PrecacheQueue, id: string): Promise<PrecacheJob> {
  return (await collect(queue.watchJob(id))).at(-1)!
}

export function describeQueue(name: string, open: OpenQueue): void {
  const kit = (own?: Partial<QueueOptions>) => queueKit(open, own)

  describe(`${name}: a job`, () => {
    it('is done, and says what it is at meanwhile', async () => {
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
      job.report({ status: 'DIFFOSCOPE', step, fraction: 0.2 })
      await sleep(300)
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

    it('is one for a pair, however often it is asked for; an ended one starts again', async () => {
      const { queue, begun, next } = await kit()
      const first = await queue.enqueue(pairOf('a'), 'BATCH')
      const job = await next(1)
      expect((await queue.enqueue(pairOf('a'), 'BATCH')).id).toBe(first.id)
      job.end()
      await untilEnded(queue, first.id)
      expect(begun).toHaveLength(1)
      expect(await queue.enqueue(pairOf('a'), 'BATCH')).toMatchObject({
        id: first.id,
        finishedAt: null,
        progress: 0,
      })
      ;(await next(2)).end('cached')
      expect(await untilEnded(queue, first.id)).toMatchObject({ status: 'DONE', cached: true })
    })

    it('is null where nobody asked for it', async () => {
      const { queue } = await kit()
      expect(await queue.find(pairOf('nobody'))).toBeNull()
      expect(await queue.cancel(jobId(pairOf('nobody')))).toBeNull()
      expect(await collect(queue.watchJob(jobId(pairOf('nobody'))))).toEqual([])
      expect(await queue.batch('nobody')).toBeNull()
    })

    it('goes ahead of less urgent ones, and moves up when somebody asks for it', async () => {
      const { queue, begun, next } = await kit()
      const order: [string, JobTrigger][] = [
        ['running', 'BATCH'],
        ['batch', 'BATCH'],
        ['catch-up', 'CATCH_UP'],
        ['wanted', 'BATCH'],
        ['finished', 'RUN_FINISHED'],
        ['request', 'REQUEST'],
      ]
      for (const [name, trigger] of order) {
        await queue.enqueue(pairOf(name), trigger)
        await next(1)
      }
      expect(await queue.enqueue(pairOf('wanted'), 'REQUEST')).toMatchObject({
        status: 'QUEUED',
        trigger: 'REQUEST',
      })
      // Less urgent than it is already.
      await queue.enqueue(pairOf('request'), 'BATCH')
      for (let count = 1; count <= order.length; count++) (await next(count)).end()
      expect(begun.map(({ pair }) => pair.newId.replace('-new', ''))).toEqual([
        'running',
        'request',
        'wanted',
        'finished',
        'batch',
        'catch-up',
      ])
    })

    it.each([
      new DiffCommandError('debdiff', { exitCode: 3, stderr: 'no\n' }),
      new ArtifactsMissingError('a-new'),
    ])('fails at once by what will not pass, and keeps the typed error: $name', async (error) => {
      const { queue, next, begun, ended } = await kit()
      const { id } = await queue.enqueue(pairOf('a'), 'REQUEST')
      ;(await next(1)).fail(error)
      const job = await untilEnded(queue, id)
      expect(job).toMatchObject({ status: 'FAILED', attempts: 1, step: null })
      expect(job.error).toBeInstanceOf(error.constructor)
      expect({ ...job.error, message: job.error?.message }).toEqual({ ...error, message: error.message })
      await eventually(() => expect(ended).toHaveLength(1))
      expect(begun).toHaveLength(1)
    })

    it('is tried again, later each time, where it may pass; not for ever', async () => {
      const { queue, next, begun } = await kit()
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
      const pauses = times.slice(1).map((time, index) => time - times[index]!)
      expect(pauses[3]).toBeGreaterThan(400)
      await sleep(200)
      expect(begun).toHaveLength(MAX_ATTEMPTS)
    })

    it('is cancelled while it waits, while it runs, and while it waits for another attempt', async () => {
      const { queue, next, begun, ended } = await kit({ retryDelayMs: 60_000 })
      const running = await queue.enqueue(pairOf('running'), 'BATCH')
      const waiting = await queue.enqueue(pairOf('waiting'), 'BATCH')
      const job = await next(1)
      expect(await queue.cancel(waiting.id)).toMatchObject({ status: 'CANCELLED', attempts: 0, error: null })
      await queue.cancel(running.id)
      expect(await untilEnded(queue, running.id)).toMatchObject({ status: 'CANCELLED', error: null })
      expect(job.signal.aborted).toBe(true)
      const resting = await queue.enqueue(pairOf('resting'), 'BATCH')
      ;(await next(2)).fail(new ArtifactRetrievalError('r'))
      await eventually(async () => expect((await queue.get(resting.id))?.error).not.toBeNull())
      expect(await queue.cancel(resting.id)).toMatchObject({ status: 'CANCELLED' })
      expect(await queue.cancel(resting.id)).toMatchObject({ status: 'CANCELLED' })
      expect(begun).toHaveLength(2)
      expect(await queue.counts()).toEqual({ queued: 0, running: 0 })
      // None of it is held against the next who asks.
      await queue.enqueue(pairOf('waiting'), 'REQUEST')
      ;(await next(3)).end()
      expect(await untilEnded(queue, waiting.id)).toMatchObject({ status: 'DONE' })
      await eventually(() => expect(ended.at(-1)).toMatchObject({ status: 'DONE' }))
    })

    it('waits again when its queue is closed, and no attempt is counted', async () => {
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
    it('counts each of its jobs once, and skips what is cached', async () => {
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

    it('lists its jobs in their order, page by page, while more are added', async () => {
      const { queue, next, cached } = await kit()
      cached.add('c-new')
      let goOn = () => {}
      const waits = new Promise<void>((resolve) => {
        goOn = resolve
      })
      async function* pairs() {
        // As many as are queued at a time, and some.
        yield* [...pairsOf('a', 'b', 'c'), ...many(600)]
        await waits
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
          goOn()
          await filling
        }
        if (page.next === null) break
        after = page.next
      }
      const expected = ['a', 'b', ...many(600).map(({ newId }) => newId.replace('-new', '')), 'y', 'z']
      expect(found.map(({ newId }) => newId)).toEqual(expected.map((name) => `${name}-new`))
      expect(found.slice(0, 3).map(({ status }) => status)).toEqual(['FAILED', 'RETRIEVING', 'QUEUED'])
      expect(await queue.jobsOfBatch('none', { first: 10 })).toEqual({ jobs: [], next: null })
      await expect(queue.jobsOfBatch(batch.id, { first: 10, after: 'x' })).rejects.toThrow(UsageError)
    })

    it('asked for again queues nothing twice, and both see the end', async () => {
      const { queue, next, begun } = await kit({ concurrency: 3 })
      const names = ['a', 'b', 'c']
      const batches: PrecacheBatch[] = []
      for (let n = 0; n < 2; n++) {
        const { batch, filling } = await queue.enqueueAll(pairsOf(...names), 'BATCH')
        await filling
        await next(3)
        batches.push(batch)
      }
      for (const job of begun) job.end()
      for (const { id } of batches)
        expect((await collect(queue.watchBatch(id))).at(-1)).toMatchObject({
          count: 3,
          done: 3,
          queued: 0,
          running: 0,
        })
      expect(begun).toHaveLength(3)
    })

    it('of 5,000 is queued while others are served, and a person goes ahead of it', async () => {
      const { queue, begun, next } = await kit()
      async function* pairs() {
        yield* many(5_000)
      }
      const { batch, filling } = await queue.enqueueAll(pairs(), 'BATCH')
      expect(batch).toMatchObject({ count: 0, filled: false })
      await queue.enqueue(pairOf('person'), 'REQUEST')
      await filling
      expect(await queue.batch(batch.id)).toMatchObject({ count: 5_000, filled: true })
      await next(1)
      if (begun[0]?.pair.newId !== 'person-new') {
        begun[0]?.end()
        expect((await next(2)).pair.newId).toBe('person-new')
      }
    })

    it('whose pairs cannot be read on is filled with those that could', async () => {
      const { queue } = await kit()
      async function* pairs() {
        yield* pairsOf('a', 'b')
        throw new Error('the database is away')
      }
      const { batch, filling } = await queue.enqueueAll(pairs(), 'BATCH')
      await expect(filling).rejects.toThrow('the database is away')
      expect(await queue.batch(batch.id)).toMatchObject({ filled: true })
    })

    it('of nothing has ended when it is filled', async () => {
      const { queue } = await kit()
      const { batch } = await queue.enqueueAll([], 'BATCH')
      const states = await collect(queue.watchBatch(batch.id))
      expect(batchHasEnded(states.at(-1)!)).toBe(true)
    })
  })

  describe(`${name}: watching`, () => {
    it('costs a slow reader states in between, never the last one', async () => {
      const { queue, next } = await kit()
      const { id } = await queue.enqueue(pairOf('a'), 'REQUEST')
      const states = queue.watchJob(id)
      expect((await states.next()).value).toMatchObject({ id })
      const job = await next(1)
      for (let n = 1; n <= 500; n++) {
        job.report({ status: 'DIFFOSCOPE', step: `${n}`, fraction: n / 1000 })
        if (n % 100 === 0) await sleep(20)
      }
      job.end()
      await eventually(async () => expect((await queue.get(id))?.status).toBe('DONE'))
      await sleep(500)
      expect((await collect(states)).map(({ status }) => status)).toEqual(['DONE'])
    })

    it('ends when its reader goes, even while it waits', async () => {
      const { queue, next } = await kit()
      const { id } = await queue.enqueue(pairOf('a'), 'REQUEST')
      const abort = new AbortController()
      const states = [queue.watchJob(id), queue.watchJob(id, abort.signal), queue.watchJobs()]
      await next(1)
      const readings = states.map(collect)
      await sleep(100)
      await states[0]?.return?.()
      abort.abort()
      await states[2]?.return?.()
      await Promise.all(readings)
      expect(await collect(queue.watchJob(id, AbortSignal.abort()))).toEqual([])
    })

    it('shows every job that runs and then each that changes', async () => {
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
    it('goes through all jobs page by page, running first, ended ones last', async () => {
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
