import { describe, expect, it } from 'vitest'
import { OverloadedError } from '../../src/errors.ts'
import { openInProcessQueue } from '../../src/jobs/in-process/in-process-queue.ts'
import { type OpenQueue, pairOf, queueKit } from './queue-kit.ts'
import { describeQueue } from './queue-suite.ts'

const open: OpenQueue = async ({ handler, ...options }) => {
  if (!handler) throw new Error('the in-process queue needs a handler')
  return openInProcessQueue({ ...options, handler })
}

describeQueue('the in-process queue', open)

describe('the in-process queue with as many waiting jobs as allowed', () => {
  it('refuses another job, and fills a batch as others start', async () => {
    const { queue, next } = await queueKit(open, { maxWaiting: 2 })
    await queue.enqueue(pairOf('running'), 'BATCH')
    await next(1)
    await queue.enqueue(pairOf('a'), 'BATCH')
    await queue.enqueue(pairOf('b'), 'BATCH')
    await expect(queue.enqueue(pairOf('c'), 'REQUEST')).rejects.toThrow(OverloadedError)
    // Allowed, because it waits already.
    await queue.enqueue(pairOf('a'), 'REQUEST')
    const { batch, filling } = await queue.enqueueAll([pairOf('d'), pairOf('e')], 'BATCH')
    for (let count = 1; count <= 5; count++) (await next(count)).end()
    await filling
    expect(await queue.batch(batch.id)).toMatchObject({ count: 2, filled: true })
  })
})
