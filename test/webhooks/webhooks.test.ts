/** Webhooks as jobs: what is sent, again after failures, and after a worker was killed. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Worker } from 'bullmq'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { openBullmqQueue } from '../../src/jobs/bullmq/bullmq-queue.ts'
import { openInProcessQueue } from '../../src/jobs/in-process/in-process-queue.ts'
import type { JobHandler, PrecacheJob, QueueOptions } from '../../src/jobs/queue.ts'
import { openRedis } from '../../src/redis/redis.ts'
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
  (await test.state.query('background', 'test', (db) => writeRecords(db, records))).news

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

const loud = (newId: string, facts: Partial<SummaryRecord> = {}) =>
  recordOf(newId, { findings: [findingOf()], ...facts })

describe('webhooks', () => {
  it('have the facts of the comparison, and are sent again with the same id while the receiver fails', async () => {
    const { bodies, handler } = await receiver((response, count) =>
      response.writeHead(count < 4 ? 503 : 200).end(),
    )
    const ended: PrecacheJob[] = []
    const webhooks = new Webhooks(openInProcessQueue(optionsOf(handler, ended)), log)
    webhooks.announce(await write(loud('again/1'), recordOf('failed', { failure: 'ArtifactsMissingError' })))
    await eventually(() => expect(ended).toMatchObject([{ status: 'DONE', attempts: 4 }]))
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
    await webhooks.close()
  })

  it('are given up for a receiver that refuses them', async () => {
    const { bodies, handler } = await receiver((response) => response.writeHead(410).end())
    const ended: PrecacheJob[] = []
    const webhooks = new Webhooks(openInProcessQueue(optionsOf(handler, ended)), log)
    webhooks.announce(await write(loud('refused')))
    await eventually(() => expect(ended).toMatchObject([{ status: 'FAILED', attempts: 1 }]))
    expect(bodies).toHaveLength(1)
    await webhooks.close()
  })

  it('are sent for what is new, and not for what is written again', async () => {
    const { bodies, handler } = await receiver((response) => response.end())
    const webhooks = new Webhooks(openInProcessQueue(optionsOf(handler)), log)
    webhooks.announce(await write(loud('news', { madeMs: 1 })))
    await eventually(() => expect(bodies).toHaveLength(1))
    expect(await write(loud('news', { madeMs: 2 }))).toEqual([])
    expect(await write(loud('news', { madeMs: 1, verdict: 'IDENTICAL' }))).toEqual([])
    webhooks.announce(await write(recordOf('news', { madeMs: 3, verdict: 'NOISE_ONLY' })))
    await eventually(() => expect(bodies).toHaveLength(2))
    expect(bodies.map(({ data }) => data.verdict)).toEqual(['SUBSTANTIVE', 'NOISE_ONLY'])
    expect(new Set(bodies.map(({ id }) => id)).size).toBe(2)
    await webhooks.close()
  })

  it('are sent by another worker when theirs was killed', async () => {
    const link = await openRedis({ url: redis.url, prefix: 'killed', log })
    onTestFinished(() => link.close())
    const { bodies, handler } = await receiver((response) => response.end())
    const waiting = new Webhooks(openBullmqQueue({ ...optionsOf(handler), handler: null, link }), log)
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
