import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { ArtifactRetrievalError, QueueUnavailableError, WorkerLostError } from '../../src/errors.ts'
import { openBullmqQueue } from '../../src/jobs/bullmq/bullmq-queue.ts'
import { jobId, type QueueOptions } from '../../src/jobs/queue.ts'
import { openRedis, type RedisLink } from '../../src/redis/redis.ts'
import { loseWorker } from '../fixtures/lost-worker.ts'
import { startRedis, type TestRedis } from '../fixtures/redis.ts'
import { eventually } from '../fixtures/service.ts'
import { collect, pairOf, queueKit, untilEnded } from './queue-kit.ts'
import { describeQueue } from './queue-suite.ts'

let redis: TestRedis
let prefixes = 0
/** Of all opened queues. */
const links: RedisLink[] = []
const silent = pino({ level: 'silent' })

beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis?.stop())

/** Opens the queue as another process would. Queues with the same prefix share their jobs. */
async function open(options: QueueOptions, prefix = `test-${prefixes++}`, lockMs = 1_000) {
  const link = await openRedis({ url: redis.url, prefix, log: silent })
  links.push(link)
  const queue = openBullmqQueue({ ...options, link, lockMs })
  const close = queue.close.bind(queue)
  return Object.assign(queue, {
    close: async () => {
      await close()
      link.close()
    },
  })
}

/** Waits until the queue that was opened last has tried in vain to connect again. */
async function untilNoticedOutage(): Promise<void> {
  const client = links.at(-1)?.client
  if (!client) throw new Error('no queue is open')
  for (let count = 0; count < 3; count++)
    await new Promise<unknown>((resolve) => client.once('reconnecting', resolve))
}

describeQueue('the queue on Redis', (options) => open(options))

describe('workers in several processes', () => {
  it('see and cancel every job and batch, whichever worker runs it', async () => {
    const shared = `shared-${prefixes++}`
    const worker = await queueKit((options) => open(options, shared))
    const api = await queueKit((options) => open({ ...options, handler: null }, shared))
    const { batch, filling } = await api.queue.enqueueAll([pairOf('a'), pairOf('b')], 'BATCH')
    await filling
    const counts = collect(api.queue.watchBatch(batch.id))
    const job = await worker.next(1)
    const states = collect(api.queue.watchJob(jobId(job.pair)))
    job.report({ status: 'DEBDIFF', step: 'debdiff', fraction: 0.1 })
    await eventually(async () => expect(await api.queue.find(job.pair)).toMatchObject({ status: 'DEBDIFF' }))
    await api.queue.cancel(jobId(job.pair))
    expect((await states).map(({ status }) => status)).toEqual(
      expect.arrayContaining(['DEBDIFF', 'CANCELLED']),
    )
    expect(job.signal.aborted).toBe(true)
    ;(await worker.next(2)).end()
    expect((await counts).at(-1)).toMatchObject({ count: 2, cancelled: 1, done: 1 })
    expect(api.started).toEqual([])
  })

  it('take over the jobs of a worker that shuts down, without counting an attempt', async () => {
    const shared = `shared-${prefixes++}`
    const first = await queueKit((options) => open(options, shared))
    const { id } = await first.queue.enqueue(pairOf('a'), 'BATCH')
    await first.next(1)
    const second = await queueKit((options) => open(options, shared))
    const states = collect(second.queue.watchJob(id))
    await first.queue.close()
    ;(await second.next(1)).end()
    expect((await states).at(-1)).toMatchObject({ status: 'DONE', attempts: 1 })
  })
})

describe('the worker of a job', () => {
  it('logs that it lost the lock of the job', async () => {
    const lines: Record<string, unknown>[] = []
    const log = pino({ base: null }, { write: (line) => lines.push(JSON.parse(line)) })
    const prefix = `lock-${prefixes++}`
    const kit = await queueKit((options) => open({ ...options, log }, prefix))
    const { id } = await kit.queue.enqueue(pairOf('a'), 'BATCH')
    await kit.next(1)
    const [lock = ''] = await redis.client.keys(`*${prefix}*${id}:lock`)
    await redis.client.del(lock)
    await eventually(() =>
      expect(lines).toContainEqual(
        expect.objectContaining({
          level: 40,
          msg: 'the job worker reported an error',
          err: expect.objectContaining({ message: `could not renew lock for job ${id}` }),
        }),
      ),
    )
  })
})

describe('a job', () => {
  it('that lost its worker too often fails with an error that says so', async () => {
    const prefix = `lost-${prefixes++}`
    const { queue } = await queueKit((options) => open({ ...options, handler: null }, prefix))
    const { id } = await queue.enqueue(pairOf('a'), 'BATCH')
    await loseWorker(redis.url, prefix)
    const survivor = await queueKit((options) => open(options, prefix))
    const job = await untilEnded(queue, id)
    expect(survivor.started).toEqual([])
    expect(job).toMatchObject({ status: 'FAILED', error: { name: 'WorkerLostError' } })
    expect(job.error).toBeInstanceOf(WorkerLostError)
  })

  it('that is started again shows nothing of its last attempt', async () => {
    const prefix = `again-${prefixes++}`
    const kit = await queueKit((options) => open(options, prefix))
    const { id } = await kit.queue.enqueue(pairOf('a'), 'BATCH')
    const states = collect(kit.queue.watchJob(id))
    const first = await kit.next(1)
    first.report({ status: 'DIFFOSCOPE', step: 'diffoscope, 1 of 2', fraction: 0.5 })
    await eventually(async () => expect(await kit.queue.get(id)).toMatchObject({ status: 'DIFFOSCOPE' }))
    first.fail(new ArtifactRetrievalError('a-old'))
    const second = await kit.next(2)
    // As long as the second attempt has reported nothing, Redis stores what the first one has.
    const [key = ''] = await redis.client.keys(`*${prefix}*${id}`)
    await redis.client.hset(
      key,
      'progress',
      JSON.stringify({ status: 'DIFFOSCOPE', step: 'diffoscope, 1 of 2', fraction: 0.5, attempt: 1 }),
    )
    expect(await kit.queue.get(id)).toMatchObject({ status: 'RETRIEVING', step: null, progress: 0.5 })
    second.end()
    expect((await states).at(-1)).toMatchObject({ status: 'DONE', progress: 1 })
  })
})

describe('while Redis is unavailable', () => {
  it('a queue refuses requests at once; running jobs continue, and watchers get their end afterwards', async () => {
    const kit = await queueKit((options) => open(options, undefined, 20_000))
    const { batch, filling } = await kit.queue.enqueueAll([pairOf('a')], 'BATCH')
    await filling
    const job = await kit.next(1)
    const states = collect(kit.queue.watchJob(jobId(pairOf('a'))))
    const counts = collect(kit.queue.watchBatch(batch.id))
    await redis.down()
    onTestFinished(() => redis.up())
    await expect(kit.queue.enqueue(pairOf('b'), 'REQUEST')).rejects.toThrow(QueueUnavailableError)
    await expect(kit.queue.counts()).rejects.toThrow(QueueUnavailableError)
    job.end()
    await untilNoticedOutage()
    await redis.up()
    expect((await states).at(-1)).toMatchObject({ status: 'DONE', attempts: 1 })
    expect((await counts).at(-1)).toMatchObject({ done: 1, running: 0 })
    expect(kit.started).toHaveLength(1)
    const { id } = await kit.queue.enqueue(pairOf('b'), 'REQUEST')
    ;(await kit.next(2)).end()
    expect(await untilEnded(kit.queue, id)).toMatchObject({ status: 'DONE' })
  })

  it('a batch waits, and is filled afterwards', async () => {
    const kit = await queueKit((options) => open(options))
    async function* pairs() {
      for (let n = 0; n < 1_500; n++) {
        if (n === 700) await redis.down()
        yield pairOf(`n${n}`)
      }
    }
    const { batch, filling } = await kit.queue.enqueueAll(pairs(), 'BATCH')
    await eventually(() => expect(redis.client.status).not.toBe('ready'))
    await untilNoticedOutage()
    await redis.up()
    await filling
    expect(await kit.queue.batch(batch.id)).toMatchObject({ count: 1_500, filled: true })
    const { queued, running } = await kit.queue.counts()
    expect(queued + running).toBe(1_500)
  })

  it('a queue can be closed', async () => {
    const kit = await queueKit((options) => open(options))
    await kit.queue.enqueue(pairOf('a'), 'BATCH')
    const job = await kit.next(1)
    await redis.down()
    onTestFinished(() => redis.up())
    await kit.queue.close()
    expect(job.signal.aborted).toBe(true)
  })
})
