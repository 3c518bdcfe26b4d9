import { describe, expect, it } from 'vitest'
import { OverloadedError } from '../../src/errors.ts'
import { openInProcessQueue } from '../../src/jobs/in-process/in-process-queue.ts'
import { describeQueue, type OpenQueue, pairOf, queueKit } from './queue-suite.ts'

const openWith =
  (maxWaiting: number): OpenQueue =>
  async ({ handler, ...options }) =>
    openInProcessQueue({ ...options, handler: handler!, maxWaiting })

describeQueue('the queue of one process', openWith(10_000))

describe('the queue of one process: more than may wait', () => {
  it('is refused where it is one more, and takes its time where it is a batch', async () => {
    const { queue, next } = await queueKit(openWith(2))
    await queue.enqueue(pairOf('running'), 'BATCH')
    await next(1)
    await queue.enqueue(pairOf('a'), 'BATCH')
    await queue.enqueue(pairOf('b'), 'BATCH')
    await expect(queue.enqueue(pairOf('c'), 'REQUEST')).rejects.toThrow(OverloadedError)
    // Known already.
    await queue.enqueue(pairOf('a'), 'REQUEST')
    const { batch, filling } = await queue.enqueueAll([pairOf('d'), pairOf('e')], 'BATCH')
    for (let count = 1; count <= 5; count++) (await next(count)).end()
    await filling
    expect(await queue.batch(batch.id)).toMatchObject({ count: 2, filled: true })
  })
})
