import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { runsByIds } from '../../src/db/runs.ts'
import { QueueUnavailableError } from '../../src/errors.ts'
import { FinishedRuns } from '../../src/farm/finished-runs.ts'
import { redisWatermarkStore } from '../../src/farm/watermark.ts'
import { openInProcessQueue } from '../../src/jobs/in-process/in-process-queue.ts'
import { openRedis } from '../../src/redis/redis.ts'
import { createTestDatabase, type TestDatabase } from '../fixtures/database.ts'
import { seedRuns } from '../fixtures/postgres.ts'
import { startRedis, type TestRedis } from '../fixtures/redis.ts'
import { eventually } from '../fixtures/service.ts'

const log = pino({ level: 'silent' })
let postgres: TestDatabase
let redis: TestRedis
let database: Database

beforeAll(async () => {
  ;[postgres, redis] = await Promise.all([createTestDatabase(), startRedis()])
  database = await openDatabase({ url: postgres.url })
  const both = { codebase: 'tea', source: 'tea', finishTime: new Date(), mainBranchRevision: 'main' }
  await seedRuns(database, [
    { ...both, id: 'old', campaign: 'unchanged', revision: 'main' },
    { ...both, id: 'new', revision: 'change' },
  ])
})
afterAll(async () => {
  await database?.close()
  await redis?.stop()
  await postgres?.stop()
})

async function openLink() {
  const link = await openRedis({ url: redis.url, prefix: 'finished', log })
  onTestFinished(() => link.close())
  return link
}

describe('a finished run', () => {
  it('is queued by its next event if Redis became unavailable during the first', async () => {
    const link = await openLink()
    const queue = openInProcessQueue({
      handler: async () => 'made',
      isCached: async () => false,
      onEnd: () => {},
      log,
      concurrency: 1,
      maxWaiting: 10,
    })
    onTestFinished(() => queue.close())
    let stopRedis = true
    const runs = new FinishedRuns({
      database,
      queue,
      queuedPairs: redisWatermarkStore(link),
      rules: { campaigns: [], skipCampaigns: [], codebases: [], skipCodebases: [] },
      isCached: async () => {
        if (!stopRedis) return false
        stopRedis = false
        await redis.down()
        await eventually(async () => expect(link.available).toBe(false))
        throw new QueueUnavailableError()
      },
    })
    const found = (await runsByIds(database, ['new'])).filter((run) => run !== null)
    await expect(runs.precache(found, 'RUN_FINISHED')).rejects.toThrow(QueueUnavailableError)
    await redis.up()
    await eventually(async () => expect(link.available).toBe(true))
    expect(await runs.precache(found, 'RUN_FINISHED')).toBe(1)
    expect(await runs.precache(found, 'CATCH_UP')).toBe(0)
  })

  it('is remembered for as long as it is scanned again, even after a long downtime', async () => {
    const watermark = redisWatermarkStore(await openLink())
    const hours = (count: number) => new Date(Date.now() - count * 3_600_000)
    const key = 'finished:catch-up:queued'
    await redis.client.zadd(key, hours(10.5).getTime(), 'scanned again', hours(20).getTime(), 'too old')
    await watermark.advance(hours(10))
    await watermark.add('another')
    expect(await watermark.unqueued(['scanned again', 'too old', 'another'])).toEqual(['too old'])
    await watermark.advance(hours(0))
    expect(await watermark.unqueued(['scanned again', 'another'])).toEqual(['scanned again'])
    await redis.client.zadd(key, hours(100).getTime(), 'of a watermark that does not advance')
    await watermark.add('latest')
    expect(await watermark.unqueued(['of a watermark that does not advance', 'latest'])).toEqual([
      'of a watermark that does not advance',
    ])
  })
})
