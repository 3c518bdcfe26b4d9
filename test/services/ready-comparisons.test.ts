/** Comparisons that become ready reach subscribers on all machines, within bounds. */
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OverloadedError, StateNotConfiguredError } from '../../src/errors.ts'
import { StoppingError } from '../../src/jobs/retry-policy.ts'
import { openRedis, type RedisLink } from '../../src/redis/redis.ts'
import { ReadyComparisons, type ReadyFilter } from '../../src/services/ready-comparisons.ts'
import { startRedis, type TestRedis } from '../fixtures/redis.ts'
import { eventually } from '../fixtures/service.ts'
import { findingOf, recordOf } from '../state/state-kit.ts'

const here = () => new ReadyComparisons({ isConfigured: true, link: null })
const bad = (newId: string, campaign = 'lintian-fixes') =>
  recordOf(newId, { campaign, findings: [findingOf()] })

describe('comparisons that become ready', () => {
  const verify = recordOf('verify', { findings: [findingOf({ severity: 'VERIFY' })] })
  const info = recordOf('info', { findings: [findingOf({ severity: 'INFO' })] })
  const expected = recordOf('expected', { findings: [findingOf({ expected: true })] })
  const failed = recordOf('failed', { failure: 'ArtifactsMissingError' })
  const other = bad('other', 'scrub')

  it.each<[filter: ReadyFilter, ids: string[]]>([
    [{}, ['bad', 'verify', 'info', 'expected', 'other']],
    [{ minimumSeverity: 'INFO' }, ['bad', 'verify', 'info', 'other']],
    [{ minimumSeverity: 'VERIFY' }, ['bad', 'verify', 'other']],
    [{ minimumSeverity: 'BAD' }, ['bad', 'other']],
    [{ minimumSeverity: 'BAD', campaign: 'scrub' }, ['other']],
    [{ campaign: 'lintian-fixes' }, ['bad', 'verify', 'info', 'expected']],
  ])('are those that match %j', async (filter, ids) => {
    const ready = here()
    const stream = ready.watch(filter)
    ready.announce([bad('bad'), verify, info, expected, failed, other])
    const found: string[] = []
    for (const _ of ids) found.push((await stream.next()).value?.newId)
    expect(found).toEqual(ids)
    ready.close()
    await expect(stream.next()).rejects.toThrow(StoppingError)
  })

  it('are not kept without bounds for a client that does not read', async () => {
    const ready = here()
    const slow = ready.watch({})
    const fast = ready.watch({})
    const read: (string | undefined)[] = []
    for (let i = 0; i < 1_100; i += 1) {
      ready.announce([bad(`run-${i}`)])
      read.push((await fast.next()).value?.newId)
    }
    expect(new Set(read).size).toBe(1_100)
    await expect(slow.next()).rejects.toThrow(OverloadedError)
    expect(await slow.next()).toEqual({ done: true, value: undefined })
    ready.close()
  })

  it('cannot be watched without a state', () => {
    const ready = new ReadyComparisons({ isConfigured: false, link: null })
    expect(() => ready.watch({})).toThrow(StateNotConfiguredError)
  })

  it('are no longer delivered to a client that has left', async () => {
    const ready = here()
    const abort = new AbortController()
    const stream = ready.watch({}, abort.signal)
    abort.abort()
    ready.announce([bad('late')])
    expect(await stream.next()).toEqual({ done: true, value: undefined })
    ready.close()
  })
})

describe('between machines', () => {
  let redis: TestRedis
  const links: RedisLink[] = []
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(async () => {
    for (const link of links) link.close()
    await redis?.stop()
  })
  const open = async () => {
    const link = await openRedis({ url: redis.url, prefix: 'test', log: pino({ level: 'silent' }) })
    links.push(link)
    return { link, ready: new ReadyComparisons({ isConfigured: true, link }) }
  }

  it('each subscriber gets each comparison once, whichever machine made it', async () => {
    const [one, two] = [await open(), await open()]
    const streams = [one.ready.watch({}), two.ready.watch({ minimumSeverity: 'BAD' })]
    await eventually(async () => {
      const [, count] = (await one.link.client.pubsub('NUMSUB', 'test:comparison-ready')) as [string, number]
      expect(count).toBe(2)
    })
    await one.link.client.publish('test:comparison-ready', 'not JSON')
    await one.link.client.publish('test:comparison-ready', '{"from":"x"}')
    // More than one message holds.
    one.ready.announce(Array.from({ length: 250 }, (_, index) => bad(`one-${index}`)))
    const read = (stream: (typeof streams)[0]) =>
      Promise.all(Array.from({ length: 250 }, async () => (await stream?.next())?.value?.newId))
    const wanted = Array.from({ length: 250 }, (_, index) => `one-${index}`)
    expect(await Promise.all(streams.map(read))).toEqual([wanted, wanted])
    two.ready.announce([bad('two')])
    for (const stream of streams) expect((await stream.next()).value).toMatchObject({ newId: 'two', bad: 1 })
    for (const { ready } of [one, two]) ready.close()
    for (const stream of streams) await expect(stream.next()).rejects.toThrow(StoppingError)
  })
})
