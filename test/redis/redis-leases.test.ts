import { setTimeout as sleep } from 'node:timers/promises'
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

/** The claims of one more process, and its death. */
async function machine(leaseMs = 300): Promise<LeaseManager & { die(): void }> {
  const link = await openRedis({ url: redis.url, prefix: 'claims', log: pino({ level: 'silent' }) })
  onTestFinished(() => link.close())
  return { ...redisLeases(link, leaseMs), die: () => link.close() }
}

describe('a claim on a diff', () => {
  it('is one process’s for as long as it likes, then the next one’s', async () => {
    const [one, two] = [await machine(), await machine()]
    const letGo = await one.acquire('a', signal)
    let isTheirs = false
    const theirs = two.acquire('a', signal).then((release) => {
      isTheirs = true
      return release
    })
    await sleep(800)
    expect(isTheirs).toBe(false)
    await letGo()
    await (await theirs)()
    expect(await redis.client.keys('claims:*')).toEqual([])
  })

  it('of a process that died passes on', async () => {
    const [one, two] = [await machine(), await machine()]
    await one.acquire('b', signal)
    one.die()
    await (await two.acquire('b', signal))()
  })

  it('is waited for no longer than somebody wants it', async () => {
    const [one, two] = [await machine(), await machine()]
    const letGo = await one.acquire('c', signal)
    const abort = new AbortController()
    const waiting = two.acquire('c', abort.signal)
    abort.abort(new Error('gone'))
    await expect(waiting).rejects.toThrow('gone')
    await letGo()
  })

  it('is everybody’s while Redis is away', async () => {
    const [one, two] = [await machine(), await machine()]
    const letGo = await one.acquire('d', signal)
    const theirs = two.acquire('d', signal)
    await sleep(50)
    await redis.down()
    onTestFinished(() => redis.up())
    await (await theirs)()
    await (await two.acquire('e', signal))()
    await letGo()
  })
})

describe('two engines on one cache', () => {
  it('make a diff once; who waited takes what is cached', async () => {
    const one = await makeKit({ claims: await machine() })
    const two = await makeKit({ claims: await machine(), cacheOptions: { cacheRoot: one.store.root } })
    const build = (version: string) => [{ name: 'alpha', version, files: { 'usr/share/x': version } }]
    const pair = await one.addPair('one', build('1'), build('2'))
    await one.shut()
    const asked = { limits: LIMITS, retrievalTimeoutMs: 10_000, urgency: 'background' } as const
    const first = one.engine.make('debdiff', pair, asked)
    await eventually(async () => expect(await one.started()).toHaveLength(1))
    const second = two.engine.make('debdiff', pair, asked)
    await sleep(300)
    await one.open()
    expect((await first).entry.path).toBe((await second).entry.path)
    expect([...(await one.started()), ...(await two.started())]).toHaveLength(1)
  })
})
