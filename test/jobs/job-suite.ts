/** The tests of jobs, for each driver of the queue. */
import { describe, expect, it } from 'vitest'
import {
  ArtifactRetrievalError,
  ArtifactsMissingError,
  BatchNotFoundError,
  DiffCommandError,
  JobNotFoundError,
} from '../../src/errors.ts'
import {
  hasEnded,
  type JobTrigger,
  jobId,
  MAX_ATTEMPTS,
  type PrecacheJob,
  type QueueOptions,
} from '../../src/jobs/queue.ts'
import { StoppingError } from '../../src/jobs/retry-policy.ts'
import { eventually } from '../fixtures/service.ts'
import { collect, type OpenQueue, pairOf, queueKit, untilEnded } from './queue-kit.ts'

export function describeJobs(name: string, open: OpenQueue): void {
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
      await expect(collect(queue.watchJob(jobId(pairOf('unknown'))))).rejects.toThrow(JobNotFoundError)
      expect(await queue.batch('unknown')).toBeNull()
      await expect(collect(queue.watchBatch('unknown'))).rejects.toThrow(BatchNotFoundError)
    })

    it('runs before less urgent jobs, and moves up when it is requested', async () => {
      const { queue, started, next } = await kit()
      const order: [string, JobTrigger][] = [
        ['running', 'BATCH'],
        ['refresh', 'REFRESH'],
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
        'refresh',
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

    it('is queued again when its queue is closed, and streams of it break', async () => {
      const { queue, next } = await kit()
      const { id } = await queue.enqueue(pairOf('a'), 'BATCH')
      const states: PrecacheJob[] = []
      const watching = (async () => {
        for await (const state of queue.watchJob(id)) states.push(state)
      })()
      const broken = expect(watching).rejects.toThrow(StoppingError)
      const job = await next(1)
      await queue.close()
      await broken
      expect(job.signal.aborted).toBe(true)
      expect(states.some(hasEnded)).toBe(false)
    })
  })
}
