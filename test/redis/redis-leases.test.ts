import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { LeaseManager } from '../../src/diff/making/lease.ts'
import { openRedis } from '../../src/redis/redis.ts'
import { redisLeases } from '../../src/redis/redis-leases.ts'
import { makeKit } from '../diff/engine-kit.ts'
import { LIMITS } from '../diff/tools/helpers.ts'
import { startRedis, type TestRedis } from '../fixtures/redis.ts'
import { eventually } from '../fixtures/service.ts'

let redis: TestRedis
const { signal } = new AbortController()

beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis?.stop())

/** Opens the leases of another process, which can die. */
async function openProcess(leaseMs = 300): Promise<LeaseManager & { die(): void }> {
  const link = await openRedis({ url: redis.url, prefix: 'claims', log: pino({ level: 'silent' }) })
  onTestFinished(() => link.close())
  return { ...redisLeases(link, leaseMs), die: () => link.close() }
}

/** Waits until the lease that matches `pattern` has been renewed `count` times. */
async function untilRenewed(pattern: string, count: number): Promise<void> {
  const [key = ''] = await redis.client.keys(pattern)
  let lastTtl = Number.POSITIVE_INFINITY
  let renewals = 0
  await eventually(async () => {
    const ttl = await redis.client.pttl(key)
    if (ttl > lastTtl) renewals += 1
    lastTtl = ttl
    expect(renewals).toBeGreaterThanOrEqual(count)
  })
}

/** How often any process has tried to acquire a lease. */
async function countAttempts(): Promise<number> {
  const stats = await redis.client.info('commandstats')
  return Number(/^cmdstat_set:calls=(\d+)/m.exec(stats)?.[1] ?? 0)
}

describe('a lease on a diff', () => {
  it('is held until it is released, and then goes to the next process', async () => {
    // On a busy machine, the process may be kept from renewing a shorter one in time.
    const [one, two] = [await openProcess(3_000), await openProcess(3_000)]
    const release = await one.acquire('a', signal)
    let hasMoved = false
    const next = two.acquire('a', signal).then((releaseNext) => {
      hasMoved = true
      return releaseNext
    })
    await untilRenewed('claims:*', 3)
    expect(hasMoved).toBe(false)
    await release()
    await (await next)()
    expect(await redis.client.keys('claims:*')).toEqual([])
  })

  it('expires if its process dies', async () => {
    const [one, two] = [await openProcess(), await openProcess()]
    await one.acquire('b', signal)
    one.die()
    await (await two.acquire('b', signal))()
  })

  it('is no longer waited for when the signal aborts', async () => {
    const [one, two] = [await openProcess(), await openProcess()]
    const release = await one.acquire('c', signal)
    const abort = new AbortController()
    const waiting = two.acquire('c', abort.signal)
    abort.abort(new Error('gone'))
    await expect(waiting).rejects.toThrow('gone')
    await release()
  })

  it('is granted to every process while Redis is unavailable', async () => {
    const [one, two] = [await openProcess(), await openProcess()]
    const release = await one.acquire('d', signal)
    const attempts = await countAttempts()
    const next = two.acquire('d', signal)
    await eventually(async () => expect(await countAttempts()).toBeGreaterThan(attempts))
    await redis.down()
    onTestFinished(() => redis.up())
    await (await next)()
    await (await two.acquire('e', signal))()
    await release()
  })
})

describe('two engines with one cache', () => {
  it('make a diff once; the one that waits for the lease uses the cached diff', async () => {
    const one = await makeKit({ leases: await openProcess(3_000) })
    const two = await makeKit({
      leases: await openProcess(3_000),
      cacheOptions: { cacheRoot: one.store.root },
    })
    const build = (version: string) => [{ name: 'alpha', version, files: { 'usr/share/x': version } }]
    const pair = await one.addPair('one', build('1'), build('2'))
    await one.holdTools()
    const options = { limits: LIMITS, retrievalTimeoutMs: 10_000, urgency: 'background' } as const
    const first = one.engine.make('debdiff', pair, options)
    await eventually(async () => expect(await one.startedTools()).toHaveLength(1))
    const attempts = await countAttempts()
    const second = two.engine.make('debdiff', pair, options)
    await eventually(async () => expect(await countAttempts()).toBeGreaterThan(attempts))
    await one.releaseTools()
    expect((await first).entry.path).toBe((await second).entry.path)
    expect([...(await one.startedTools()), ...(await two.startedTools())]).toHaveLength(1)
  })
})
