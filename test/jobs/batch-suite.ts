/** The tests of batches, for each driver of the queue. */
import { describe, expect, it } from 'vitest'
import { ArtifactsMissingError, UsageError } from '../../src/errors.ts'
import {
  batchHasEnded,
  jobId,
  type PrecacheBatch,
  type PrecacheJob,
  type QueueOptions,
} from '../../src/jobs/queue.ts'
import { eventually } from '../fixtures/service.ts'
import { collect, lastOf, many, type OpenQueue, pairOf, pairsOf, queueKit } from './queue-kit.ts'

export function describeBatches(name: string, open: OpenQueue): void {
  const kit = (own?: Partial<QueueOptions>) => queueKit(open, own)

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
        expect(page.cursors).toHaveLength(page.jobs.length)
        found.push(...page.jobs)
        const [second] = page.cursors.slice(1)
        if (second !== undefined) {
          const between = await queue.jobsOfBatch(batch.id, { first: 1, after: second })
          expect(between.jobs.map(({ id }) => id)).toEqual(page.jobs.slice(2, 3).map(({ id }) => id))
        }
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
      expect(await queue.jobsOfBatch('unknown', { first: 10 })).toEqual({ jobs: [], cursors: [], next: null })
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
}
