/** The tests of watching and listing jobs, for each driver of the queue. */
import { describe, expect, it } from 'vitest'
import { ArtifactsMissingError, UsageError } from '../../src/errors.ts'
import type { PrecacheJob, QueueOptions } from '../../src/jobs/queue.ts'
import { eventually } from '../fixtures/service.ts'
import { collect, many, type OpenQueue, pairOf, queueKit } from './queue-kit.ts'

export function describeWatching(name: string, open: OpenQueue): void {
  const kit = (own?: Partial<QueueOptions>) => queueKit(open, own)

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
