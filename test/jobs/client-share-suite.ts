/** The contract of the queue with several clients. */
import { describe, expect, it } from 'vitest'
import { OverloadedError } from '../../src/errors.ts'
import { URGENT_JOBS_PER_CLIENT } from '../../src/jobs/client-share.ts'
import { many, type OpenQueue, pairOf, queueKit } from './queue-kit.ts'

/** More than the jobs that every client may have. */
const SHARE = URGENT_JOBS_PER_CLIENT + 10
const [FLOODER, PERSON] = ['192.0.2.1', '2001:db8::2']

export function describeClientShare(name: string, open: OpenQueue): void {
  describe(`${name}, used by several clients`, () => {
    it('takes a quarter of the jobs that may wait from one client, and more from the others', async () => {
      const { queue, next } = await queueKit(open, { maxWaiting: 4 * SHARE })
      for (const pair of many(SHARE)) await queue.enqueue(pair, 'REQUEST', FLOODER)
      await expect(queue.enqueue(pairOf('more'), 'REQUEST', FLOODER)).rejects.toThrow(OverloadedError)
      await expect(queue.enqueue(pairOf('more'), 'REQUEST', FLOODER)).rejects.toThrow('for one address')
      // Nothing new: the job exists.
      await queue.enqueue(pairOf('n2'), 'REQUEST', FLOODER)
      expect(await queue.enqueue(pairOf('more'), 'REQUEST', PERSON)).toMatchObject({ trigger: 'REQUEST' })
      const first = await next(1)
      first.end()
      await next(2)
      expect(await queue.enqueue(pairOf('again'), 'REQUEST', FLOODER)).toMatchObject({ status: 'QUEUED' })
    })

    it('refuses requests when too many jobs wait in all', async () => {
      const { queue, next } = await queueKit(open, { maxWaiting: 2 })
      await queue.enqueue(pairOf('running'), 'RUN_FINISHED')
      await next(1)
      for (const pair of many(2)) await queue.enqueue(pair, 'RUN_FINISHED')
      await expect(queue.enqueue(pairOf('more'), 'REQUEST', PERSON)).rejects.toThrow('2 jobs wait')
    })

    it('runs the jobs of others before those of a client that has requested very many', async () => {
      const { queue, started, next } = await queueKit(open, { maxWaiting: 10_000 })
      const first = await queue.enqueue(pairOf('first'), 'REQUEST', FLOODER)
      await next(1)
      const jobs = []
      for (const pair of many(URGENT_JOBS_PER_CLIENT + 1))
        jobs.push(await queue.enqueue(pair, 'REQUEST', FLOODER))
      expect([first, ...jobs].map(({ trigger }) => trigger)).toEqual([
        ...Array.from({ length: URGENT_JOBS_PER_CLIENT }, () => 'REQUEST'),
        'BATCH',
        'BATCH',
      ])
      await queue.enqueue(pairOf('finished'), 'RUN_FINISHED')
      await queue.enqueue(pairOf('person'), 'REQUEST', PERSON)
      // A job that waits with those of batches moves up for a client that has few jobs.
      const last = await queue.enqueue(pairOf(`n${URGENT_JOBS_PER_CLIENT}`), 'REQUEST', PERSON)
      expect(last.trigger).toBe('REQUEST')
      const count = URGENT_JOBS_PER_CLIENT + 4
      for (let at = 1; at <= count; at++) (await next(at)).end()
      const order = started.map(({ pair }) => pair.newId.replace('-new', ''))
      expect(order.slice(-4)).toEqual([
        'person',
        `n${URGENT_JOBS_PER_CLIENT}`,
        'finished',
        `n${URGENT_JOBS_PER_CLIENT - 1}`,
      ])
    })
  })
}
