/** Finished runs are precached: told of on Redis, or found in the database where the news was missed. */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { buildRun } from '../fixtures/packages.ts'
import { type SeedRun, seedRuns, startPostgres, type TestPostgres } from '../fixtures/postgres.ts'
import { startRedis, type TestRedis } from '../fixtures/redis.ts'
import {
  eventually,
  makePlaces,
  NEW_PACKAGES,
  OLD_PACKAGES,
  type Places,
  startService,
  type TestService,
} from '../fixtures/service.ts'

let postgres: TestPostgres
let redis: TestRedis
let places: Places
let database: Awaited<ReturnType<typeof openDatabase>>
let count = 0

beforeAll(async () => {
  ;[postgres, redis, places] = await Promise.all([startPostgres(), startRedis(), makePlaces()])
  database = await openDatabase({ url: postgres.url })
})
afterAll(async () => {
  await database?.close()
  await redis?.stop()
  await postgres?.stop()
  if (places) await removeTree(places.root)
})

/** A control run and a change upon it, both just finished; each test has its own. */
async function addRuns(seed: Partial<SeedRun> = {}): Promise<{ old: string; new: string }> {
  const name = `case-${count++}`
  const ids = { old: `${name}-old`, new: `${name}-new` }
  const both = { codebase: name, source: 'tea', finishTime: new Date(), mainBranchRevision: name }
  await buildRun(join(places.artifacts, ids.old), OLD_PACKAGES)
  await buildRun(join(places.artifacts, ids.new), NEW_PACKAGES)
  await seedRuns(database, [
    { ...both, ...seed, id: ids.old, campaign: 'unchanged', revision: name },
    { ...both, ...seed, id: ids.new, revision: `${name}-change` },
  ])
  return ids
}

const start = (env: Record<string, string> = {}) =>
  startService({
    databaseUrl: postgres.url,
    places,
    // Looked into the database when there is a reason to only.
    env: { REDIS_URL: redis.url, DIFFER_CATCH_UP_INTERVAL: '3600', ...env },
  })
const publish = (channel: string, message: unknown) =>
  redis.client.publish(channel, typeof message === 'string' ? message : JSON.stringify(message))
const cached = async () => [
  ...(await readdir(join(places.cache, 'debdiff')).catch(() => [])),
  ...(await readdir(join(places.cache, 'diffoscope')).catch(() => [])),
]
const isCached = (pair: { old: string; new: string }, timeoutMs = 30_000) =>
  eventually(async () => {
    const name = `${pair.old}_${pair.new}`
    expect(await cached()).toEqual(expect.arrayContaining([name, `${name}.json`]))
  }, timeoutMs)
const listening = () =>
  eventually(async () => {
    const [, listeners] = (await redis.client.pubsub('NUMSUB', 'result')) as [string, number]
    expect(Number(listeners)).toBe(1)
  })
const eventsOf = async (service: TestService, outcome: string) => {
  const { text } = await service.ask('/metrics')
  return Number(
    new RegExp(`^differ_run_events_total\\{outcome="${outcome}"\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0,
  )
}

describe('news of a finished run', () => {
  let service: TestService
  beforeAll(async () => {
    service = await start({
      DIFFER_PRECACHE_SKIP_CAMPAIGNS: 'noisy',
      DIFFER_PRECACHE_SKIP_CODEBASES: 'dull,boring',
    })
    await listening()
  })
  afterAll(() => service?.close())

  it.each([
    ['the old runner', 'result', (runId: string) => ({ code: 'success', log_id: runId })],
    ['a newer runner', 'run-finished', (runId: string) => ({ run_id: runId, result_code: 'success' })],
  ])('by %s has the change compared with its control run', async (_, channel, message) => {
    const pair = await addRuns()
    await publish(channel, message(pair.new))
    await isCached(pair)
  })

  it('of a control run has it compared with every change upon it', async () => {
    const pair = await addRuns()
    await publish('result', { code: 'success', log_id: pair.old })
    await isCached(pair)
  })

  it('may come ahead of the commit', async () => {
    const name = `case-${count}`
    await publish('result', { code: 'success', log_id: `${name}-new` })
    await sleep(500)
    await isCached(await addRuns())
  })

  it('that is malformed, foreign, hostile or of a failed run is passed over', async () => {
    const before = await cached()
    const strange = await addRuns({ resultCode: 'build-failed' })
    const messages = [
      'hello',
      '{',
      '[]',
      '{"code": "success", "log_id": {"$gt": ""}}',
      '\u001b[2J\u202e'.repeat(1_000),
      '['.repeat(200_000),
      JSON.stringify({ code: 'success', log_id: "'; DROP TABLE run; --" }),
      JSON.stringify({ code: 'success', log_id: '../../etc/passwd' }),
      JSON.stringify({ code: 'success', log_id: strange.new }),
      JSON.stringify({ code: 'failed', log_id: strange.new }),
    ]
    const [malformed, failed] = [await eventsOf(service, 'malformed'), await eventsOf(service, 'failed_run')]
    for (const message of messages) await publish('result', message)
    await eventually(async () => {
      expect(await eventsOf(service, 'malformed')).toBe(malformed + 6)
      expect(await eventsOf(service, 'failed_run')).toBe(failed + 1)
    })
    const pair = await addRuns()
    await publish('result', { code: 'success', log_id: pair.new })
    await isCached(pair)
    expect((await cached()).length).toBe(before.length + 2)
  })

  it.each([{ campaign: 'noisy' }, { codebase: 'boring' }])(
    'of a run that is not wanted is passed over: %o',
    async (seed) => {
      const unwanted = await addRuns(seed)
      const wanted = await addRuns()
      await publish('result', { code: 'success', log_id: unwanted.new })
      await publish('result', { code: 'success', log_id: wanted.new })
      await isCached(wanted)
      expect((await cached()).filter((name) => name.includes(unwanted.new))).toEqual([])
    },
  )

  it('told twice is one job', async () => {
    const pair = await addRuns()
    for (let time = 0; time < 5; time++) await publish('result', { code: 'success', log_id: pair.new })
    await isCached(pair)
    const { data } = await service.graphql(
      '{ precacheJobs(first: 100) { ... on PrecacheJobConnection { nodes { newRunId trigger attempts } } } }',
    )
    const jobs = data.precacheJobs.nodes.filter((job: { newRunId: string }) => job.newRunId === pair.new)
    expect(jobs).toEqual([{ newRunId: pair.new, trigger: 'RUN_FINISHED', attempts: 1 }])
  })
})

describe('news that was missed', () => {
  it('while the service was down is made good at its start', async () => {
    const first = await start()
    await listening()
    await first.close()
    const pair = await addRuns()
    await publish('result', { code: 'success', log_id: pair.new })
    const second = await start()
    await isCached(pair)
    await second.close()
  })

  it('while Redis was away is made good when it is back; the service answers meanwhile and says what is missing', async () => {
    const service = await start()
    await listening()
    const up = async () => (await service.ask('/metrics')).text
    expect(await up()).toMatch(/^differ_redis_up 1$/m)
    await redis.down()
    const pair = await addRuns()
    await eventually(async () => expect(await up()).toMatch(/^differ_redis_up 0$/m))
    const { data } = await service.graphql(`{ run(runId: "${pair.new}") { __typename } }`)
    expect(data.run.__typename).toBe('Run')
    await redis.up()
    await isCached(pair, 60_000)
    expect(service.log.filter(({ msg }) => /Redis is unavailable/.test(String(msg)))).toHaveLength(1)
    await service.close()
  })

  it('is found though the farm committed it late, and never queued twice', async () => {
    const service = await start({ DIFFER_CATCH_UP_INTERVAL: '1' })
    const pair = await addRuns({ finishTime: new Date(Date.now() - 40 * 60_000) })
    await isCached(pair)
    // What fails is not tried again and again.
    await rm(join(places.cache, 'debdiff', `${pair.old}_${pair.new}`))
    await sleep(4_000)
    expect(await cached()).not.toContain(`${pair.old}_${pair.new}`)
    await service.close()
  })

  it('without Redis is found, too, by a mark in the cache directory', async () => {
    const env = { REDIS_URL: '', DIFFER_CATCH_UP_INTERVAL: '1' }
    const first = await start(env)
    await eventually(async () =>
      expect(await readdir(join(places.cache, 'differ'))).toContain('catch-up-mark'),
    )
    await first.close()
    const pair = await addRuns()
    const second = await start(env)
    await isCached(pair)
    await second.close()
  })

  it('is not all that ever was: a first start queues nothing', async () => {
    await redis.client.flushall()
    const pair = await addRuns()
    const service = await start({ DIFFER_CATCH_UP_INTERVAL: '1' })
    await eventually(async () => expect(await redis.client.get('differ:catch-up:mark')).not.toBeNull())
    const { data } = await service.graphql(
      '{ precacheJobs { ... on PrecacheJobConnection { nodes { jobId } } } }',
    )
    expect(data.precacheJobs.nodes).toEqual([])
    await service.close()
    const names = await cached()
    expect(names.filter((name) => name.includes(pair.new))).toEqual([])
  })
})
