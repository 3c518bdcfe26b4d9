/** The diffs of finished runs are precached, whether their events arrive on Redis or are missed. */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
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
  rememberingTools,
  startService,
  type TestService,
} from '../fixtures/service.ts'

let postgres: TestPostgres
let redis: TestRedis
let places: Places
let database: Awaited<ReturnType<typeof openDatabase>>
let count = 0

beforeAll(async () => {
  ;[postgres, redis, places] = await Promise.all([
    startPostgres({ logStatements: true }),
    startRedis(),
    makePlaces(),
  ])
  database = await openDatabase({ url: postgres.url })
})
afterAll(async () => {
  await database?.close()
  await redis?.stop()
  await postgres?.stop()
  if (places) await removeTree(places.root)
})

/** Adds a control run and a changed run, which have just finished. Each test has its own. */
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

const start = async (env: Record<string, string> = {}) =>
  startService({
    databaseUrl: postgres.url,
    places,
    // With this interval, the database is scanned only when events may have been missed.
    env: {
      ...(await rememberingTools()),
      REDIS_URL: redis.url,
      DIFFER_CATCH_UP_INTERVAL: '3600',
      ...env,
    },
  })
const publish = (channel: string, message: unknown) =>
  redis.client.publish(channel, typeof message === 'string' ? message : JSON.stringify(message))
const cached = async () => [
  ...(await readdir(join(places.cache, 'debdiff')).catch(() => [])),
  ...(await readdir(join(places.cache, 'diffoscope')).catch(() => [])),
]
const untilCached = (pair: { old: string; new: string }) =>
  eventually(async () => {
    const name = `${pair.old}_${pair.new}`
    expect(await cached()).toEqual(expect.arrayContaining([name, `${name}.json`]))
  })
const untilSubscribed = () =>
  eventually(async () => {
    const [, listeners] = (await redis.client.pubsub('NUMSUB', 'result')) as [string, number]
    expect(Number(listeners)).toBe(1)
  })
/** How often runs have been looked up by id. */
const countLookUps = async () =>
  (await postgres.statements()).filter((text) => /any\(\$\d+\)/.test(text)).length
/** Waits until the backfill has scanned the database `count` times: each scan advances the watermark. */
async function untilScanned(count: number): Promise<void> {
  for (let scans = 0; scans < count; scans++) {
    const before = Number(await redis.client.get('differ:catch-up:mark'))
    await eventually(async () =>
      expect(Number(await redis.client.get('differ:catch-up:mark'))).toBeGreaterThan(before),
    )
  }
}
const countEvents = async (service: TestService, outcome: string) => {
  const { text } = await service.ask('/metrics')
  return Number(
    new RegExp(`^differ_run_events_total\\{outcome="${outcome}"\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0,
  )
}

describe('an event about a finished run', () => {
  let service: TestService
  beforeAll(async () => {
    service = await start({
      DIFFER_PRECACHE_SKIP_CAMPAIGNS: 'noisy',
      DIFFER_PRECACHE_SKIP_CODEBASES: 'dull,boring',
    })
    await untilSubscribed()
  })
  afterAll(() => service?.close())

  it.each([
    ['from the old runner', 'result', (runId: string) => ({ code: 'success', log_id: runId })],
    ['from a newer runner', 'run-finished', (runId: string) => ({ run_id: runId, result_code: 'success' })],
  ])('%s precaches the pair of a change and its control run', async (_, channel, message) => {
    const pair = await addRuns()
    await publish(channel, message(pair.new))
    await untilCached(pair)
  })

  it('precaches the pairs of a control run and every change based on it', async () => {
    const pair = await addRuns()
    await publish('result', { code: 'success', log_id: pair.old })
    await untilCached(pair)
  })

  it('may arrive before the commit of its run', async () => {
    const name = `case-${count}`
    const before = await countLookUps()
    await publish('result', { code: 'success', log_id: `${name}-new` })
    await eventually(async () => expect(await countLookUps()).toBeGreaterThan(before))
    await untilCached(await addRuns())
  })

  it('is ignored if it is malformed, hostile or about a failed run', async () => {
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
    const [malformed, failed] = [
      await countEvents(service, 'malformed'),
      await countEvents(service, 'failed_run'),
    ]
    for (const message of messages) await publish('result', message)
    await eventually(async () => {
      expect(await countEvents(service, 'malformed')).toBe(malformed + 6)
      expect(await countEvents(service, 'failed_run')).toBe(failed + 1)
    })
    const pair = await addRuns()
    await publish('result', { code: 'success', log_id: pair.new })
    await untilCached(pair)
    expect((await cached()).length).toBe(before.length + 2)
  })

  it.each([{ campaign: 'noisy' }, { codebase: 'boring' }])(
    'is ignored if the rules exclude its run: %o',
    async (seed) => {
      const excluded = await addRuns(seed)
      const included = await addRuns()
      await publish('result', { code: 'success', log_id: excluded.new })
      await publish('result', { code: 'success', log_id: included.new })
      await untilCached(included)
      expect((await cached()).filter((name) => name.includes(excluded.new))).toEqual([])
    },
  )

  it('causes one job if it is published repeatedly', async () => {
    const pair = await addRuns()
    for (let time = 0; time < 5; time++) await publish('result', { code: 'success', log_id: pair.new })
    await untilCached(pair)
    const { data } = await service.graphql(
      '{ precacheJobs(first: 100) { ... on PrecacheJobConnection { nodes { newRunId trigger attempts } } } }',
    )
    const jobs = data.precacheJobs.nodes.filter((job: { newRunId: string }) => job.newRunId === pair.new)
    expect(jobs).toEqual([{ newRunId: pair.new, trigger: 'RUN_FINISHED', attempts: 1 }])
  })
})

describe('a missed event', () => {
  it('during a downtime of the service is made up for at its start', async () => {
    const first = await start()
    await untilSubscribed()
    await first.close()
    const pair = await addRuns()
    await publish('result', { code: 'success', log_id: pair.new })
    const second = await start()
    await untilCached(pair)
    await second.close()
  })

  it('while Redis was unavailable is made up for afterwards; the service responds meanwhile', async () => {
    const service = await start()
    await untilSubscribed()
    const metrics = async () => (await service.ask('/metrics')).text
    expect(await metrics()).toMatch(/^differ_redis_up 1$/m)
    await redis.down()
    const pair = await addRuns()
    await eventually(async () => expect(await metrics()).toMatch(/^differ_redis_up 0$/m))
    const { data } = await service.graphql(`{ run(runId: "${pair.new}") { __typename } }`)
    expect(data.run.__typename).toBe('Run')
    await redis.up()
    await untilCached(pair)
    expect(service.log.filter(({ msg }) => /Redis is unavailable/.test(String(msg)))).toHaveLength(1)
    await service.close()
  })

  it('is made up for if the farm committed its run late, and its run is not queued twice', async () => {
    const service = await start({ DIFFER_CATCH_UP_INTERVAL: '1' })
    const pair = await addRuns({ finishTime: new Date(Date.now() - 40 * 60_000) })
    await untilCached(pair)
    // The pair is not queued again by later scans.
    await rm(join(places.cache, 'debdiff', `${pair.old}_${pair.new}`))
    await untilScanned(3)
    expect(await cached()).not.toContain(`${pair.old}_${pair.new}`)
    await service.close()
  })

  it('is made up for without Redis, by a watermark in the cache directory', async () => {
    const env = { REDIS_URL: '', DIFFER_CATCH_UP_INTERVAL: '1' }
    const first = await start(env)
    await eventually(async () =>
      expect(await readdir(join(places.cache, 'differ'))).toContain('catch-up-mark'),
    )
    await first.close()
    const pair = await addRuns()
    const second = await start(env)
    await untilCached(pair)
    await second.close()
  })

  it('is not assumed for runs that finished before the first start', async () => {
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
