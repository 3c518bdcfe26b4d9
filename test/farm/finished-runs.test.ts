import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { runsByIds } from '../../src/db/runs.ts'
import { QueueUnavailableError } from '../../src/errors.ts'
import { FinishedRuns } from '../../src/farm/finished-runs.ts'
import { redisWatermarkStore } from '../../src/farm/watermark.ts'
import { openInProcessQueue } from '../../src/jobs/in-process/in-process-queue.ts'
import { openRedis } from '../../src/redis/redis.ts'
import { seedRuns, startPostgres, type TestPostgres } from '../fixtures/postgres.ts'
import { startRedis, type TestRedis } from '../fixtures/redis.ts'
import { eventually } from '../fixtures/service.ts'

const log = pino({ level: 'silent' })
let postgres: TestPostgres
let redis: TestRedis
let database: Database

beforeAll(async () => {
  ;[postgres, redis] = await Promise.all([startPostgres(), startRedis()])
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

async function linkOf() {
  const link = await openRedis({ url: redis.url, prefix: 'finished', log })
  onTestFinished(() => link.close())
  return link
}

describe('a finished run', () => {
  it('whose pair could not be queued, since Redis went away in between, is queued when it is told of again', async () => {
    const link = await linkOf()
    const queue = openInProcessQueue({
      handler: async () => 'made',
      isCached: async () => false,
      onEnd: () => {},
      log,
      concurrency: 1,
      maxWaiting: 10,
    })
    onTestFinished(() => queue.close())
    let mayGoAway = true
    const runs = new FinishedRuns({
      database,
      queue,
      queuedPairs: redisWatermarkStore(link),
      rules: { campaigns: [], skipCampaigns: [], codebases: [], skipCodebases: [] },
      isCached: async () => {
        if (!mayGoAway) return false
        mayGoAway = false
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

  it('is remembered as long as it is looked at again, however long the service was down', async () => {
    const state = redisWatermarkStore(await linkOf())
    const hours = (count: number) => new Date(Date.now() - count * 3_600_000)
    const key = 'finished:catch-up:queued'
    await redis.client.zadd(key, hours(10.5).getTime(), 'looked at again', hours(20).getTime(), 'long over')
    await state.advance(hours(10))
    await state.add('another')
    expect(await state.unqueued(['looked at again', 'long over', 'another'])).toEqual(['long over'])
    await state.advance(hours(0))
    expect(await state.unqueued(['looked at again', 'another'])).toEqual(['looked at again'])
    await redis.client.zadd(key, hours(100).getTime(), 'of a mark that nobody raises')
    await state.add('one more')
    expect(await state.unqueued(['of a mark that nobody raises', 'one more'])).toEqual([
      'of a mark that nobody raises',
    ])
  })
})
