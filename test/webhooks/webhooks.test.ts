/** Webhooks as jobs: what is sent, again after failures, and after a worker was killed. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Worker } from 'bullmq'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { QueueUnavailableError } from '../../src/errors.ts'
import { openBullmqQueue } from '../../src/jobs/bullmq/bullmq-queue.ts'
import { openInProcessQueue } from '../../src/jobs/in-process/in-process-queue.ts'
import type { JobHandler, PrecacheJob, PrecacheQueue, QueueOptions } from '../../src/jobs/queue.ts'
import { openRedis, type RedisLink } from '../../src/redis/redis.ts'
import { listDue } from '../../src/state/due-webhooks.ts'
import type { SummaryRecord } from '../../src/state/summary-record.ts'
import { writeRecords } from '../../src/state/write-records.ts'
import { blockListOf } from '../../src/webhooks/receiver-address.ts'
import { createWebhookHandler, Webhooks } from '../../src/webhooks/webhooks.ts'
import { startRedis, type TestRedis } from '../fixtures/redis.ts'
import { eventually } from '../fixtures/service.ts'
import { findingOf, openTestState, recordOf, type TestState } from '../state/state-kit.ts'

const log = pino({ level: 'silent' })
let test: TestState
let redis: TestRedis
beforeAll(async () => {
  ;[test, redis] = await Promise.all([openTestState('postgresql'), startRedis()])
})
afterAll(async () => {
  await test?.close()
  await redis?.stop()
})

const write = async (...records: SummaryRecord[]) =>
  (await test.state.query('background', 'test', (db) => writeRecords(db, records, { webhooks: true }))).news

/** A receiver, and the handler that sends to it. */
async function receiver(answer: (response: ServerResponse, count: number) => void) {
  const bodies: { readonly id: unknown; readonly data: Record<string, unknown> }[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { data } = JSON.parse(Buffer.concat(chunks).toString())
    bodies.push({ id: request.headers['webhook-id'], data })
    answer(response, bodies.length)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  const target = {
    url: `http://127.0.0.1:${port}/`,
    secret: 'a secret of the tests, long',
    allowed: blockListOf(['127.0.0.1']),
  }
  return { bodies, handler: createWebhookHandler(test.state, target, 'https://differ.example') }
}

const optionsOf = (handler: JobHandler, ended: PrecacheJob[] = []) =>
  ({
    name: 'webhooks',
    handler,
    concurrency: 1,
    maxWaiting: Number.POSITIVE_INFINITY,
    isCached: async () => false,
    onEnd: (job) => ended.push(job),
    retryDelayMs: 20,
    log,
  }) satisfies QueueOptions

/** The webhooks of a process. Its queue is in memory, unless there is a Redis. */
function openWebhooks(
  handler: JobHandler,
  { link, ...more }: Partial<QueueOptions> & { readonly link?: RedisLink } = {},
) {
  const ended: PrecacheJob[] = []
  const options: QueueOptions = {
    ...optionsOf(handler, ended),
    ...more,
    onEnd: (job) => {
      ended.push(job)
      webhooks.settle(job)
    },
  }
  const queue = link ? openBullmqQueue({ ...options, link }) : openInProcessQueue({ ...options, handler })
  const webhooks = new Webhooks({ state: test.state, queue, log })
  return { webhooks, ended }
}

const due = () => test.state.query('background', 'test', (db) => listDue(db, { limit: 100, after: 0 }))

/** Closes webhooks of which all were delivered or given up: what is on its way would be sent again by the next test. */
async function closeSettled(webhooks: Webhooks): Promise<void> {
  await eventually(async () => expect(await due()).toEqual([]))
  await webhooks.close()
}

const loud = (newId: string, facts: Partial<SummaryRecord> = {}) =>
  recordOf(newId, { findings: [findingOf()], ...facts })

describe('webhooks', () => {
  it('have the facts of the comparison, and are sent again with the same id while the receiver fails', async () => {
    const { bodies, handler } = await receiver((response, count) =>
      response.writeHead(count < 4 ? 503 : 200).end(),
    )
    const { webhooks, ended } = openWebhooks(handler)
    webhooks.announce(await write(loud('again/1'), recordOf('failed', { failure: 'ArtifactsMissingError' })))
    await eventually(() => expect(ended[0]).toMatchObject({ status: 'DONE', attempts: 4 }))
    expect(new Set(bodies.map(({ id }) => id)).size).toBe(1)
    expect(bodies.at(-1)?.data).toMatchObject({
      ...{
        oldRunId: 'control',
        newRunId: 'again/1',
        campaign: 'lintian-fixes',
        verdict: 'SUBSTANTIVE',
        bad: 1,
      },
      url: 'https://differ.example/compare/control/again%2F1',
    })
    await closeSettled(webhooks)
  })

  it('are given up for a receiver that refuses them', async () => {
    // Not announced as well: after it has failed, it may be queued once more, by a look that has found it before.
    await write(loud('refused'))
    const { bodies, handler } = await receiver((response) => response.writeHead(410).end())
    const { webhooks, ended } = openWebhooks(handler)
    await eventually(() => expect(ended).toMatchObject([{ status: 'FAILED', attempts: 1 }]))
    expect(bodies).toHaveLength(1)
    await closeSettled(webhooks)
  })

  it('are sent for what is new, and not for what is written again', async () => {
    const { bodies, handler } = await receiver((response) => response.end())
    const { webhooks } = openWebhooks(handler)
    webhooks.announce(await write(loud('news', { madeMs: 1 })))
    await eventually(() => expect(bodies).toHaveLength(1))
    expect(await write(loud('news', { madeMs: 2 }))).toEqual([])
    expect(await write(loud('news', { madeMs: 1, verdict: 'IDENTICAL' }))).toEqual([])
    webhooks.announce(await write(recordOf('news', { madeMs: 3, verdict: 'NOISE_ONLY' })))
    await eventually(() => expect(bodies).toHaveLength(2))
    expect(bodies.map(({ data }) => data.verdict)).toEqual(['SUBSTANTIVE', 'NOISE_ONLY'])
    expect(new Set(bodies.map(({ id }) => id)).size).toBe(2)
    await closeSettled(webhooks)
  })

  it('are sent for what was written by a process that was killed before it queued them', async () => {
    await write(loud('written'), recordOf('not-made', { failure: 'ArtifactsMissingError' }))
    const { bodies, handler } = await receiver((response) => response.end())
    const { webhooks } = openWebhooks(handler)
    await eventually(() => expect(bodies).toMatchObject([{ data: { newRunId: 'written' } }]))
    await eventually(async () => expect(await due()).toEqual([]))
    // Delivered ones are not found again.
    webhooks.announce(await write(loud('written-later')))
    await eventually(() => expect(bodies).toHaveLength(2))
    await closeSettled(webhooks)
  })

  it('are sent by the next process if the receiver was away when theirs ended, with the same id', async () => {
    const { bodies, handler } = await receiver((response, count) =>
      response.writeHead(count === 1 ? 503 : 200).end(),
    )
    const first = openWebhooks(handler, { retryDelayMs: 3_600_000 })
    first.webhooks.announce(await write(loud('waiting')))
    await eventually(() => expect(bodies).toHaveLength(1))
    await first.webhooks.close()
    const second = openWebhooks(handler)
    await eventually(() => expect(second.ended).toMatchObject([{ status: 'DONE', newId: 'waiting' }]))
    expect(new Set(bodies.map(({ id }) => id)).size).toBe(1)
    await closeSettled(second.webhooks)
  })

  it('are queued when the queue is back', async () => {
    const { bodies, handler } = await receiver((response) => response.end())
    const queue = openInProcessQueue(optionsOf(handler))
    let isAway = true
    const away: PrecacheQueue = Object.create(queue, {
      counts: { value: async () => (isAway ? Promise.reject(new QueueUnavailableError()) : queue.counts()) },
      enqueue: { value: queue.enqueue.bind(queue) },
      close: { value: () => queue.close() },
    })
    const webhooks = new Webhooks({ state: test.state, queue: away, log, passMs: 20 })
    webhooks.announce(await write(loud('queued-later')))
    await eventually(async () => expect(await due()).toMatchObject([{ newId: 'queued-later' }]))
    isAway = false
    await eventually(() => expect(bodies).toMatchObject([{ data: { newRunId: 'queued-later' } }]))
    await closeSettled(webhooks)
  })

  it('are sent by another worker when theirs was killed', async () => {
    const link = await openRedis({ url: redis.url, prefix: 'killed', log })
    onTestFinished(() => link.close())
    const { bodies, handler } = await receiver((response) => response.end())
    const { webhooks: waiting } = openWebhooks(handler, { handler: null, link })
    waiting.announce(await write(loud('killed')))
    await waiting.close()

    // A process that took the job and died: its lock is never renewed.
    const killed = new Worker('webhooks', null, {
      connection: link.openWaitingClient(),
      prefix: link.prefix,
      autorun: false,
      lockDuration: 100,
    })
    expect(await killed.getNextJob('token')).toBeDefined()
    await killed.close()

    const ended: PrecacheJob[] = []
    const queue = openBullmqQueue({ ...optionsOf(handler, ended), link, lockMs: 500 })
    await eventually(() => expect(ended).toMatchObject([{ status: 'DONE', newId: 'killed' }]))
    expect(bodies).toMatchObject([{ data: { newRunId: 'killed' } }])
    await queue.close()
  })
})
