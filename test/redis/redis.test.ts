import { setImmediate as nextTurn } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { openRedis } from '../../src/redis/redis.ts'
import { startRedis, type TestRedis } from '../fixtures/redis.ts'
import { eventually } from '../fixtures/service.ts'

let redis: TestRedis
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis?.stop())

async function open() {
  const link = await openRedis({ url: redis.url, prefix: 'test', log: pino({ level: 'silent' }) })
  onTestFinished(() => link.close())
  return link
}

it('receives published messages, also after a restart of Redis', async () => {
  const link = await open()
  const received: string[] = []
  let subscriptions = 0
  const stop = link.subscribe(
    ['runs'],
    (channel, message) => received.push(`${channel}: ${message}`),
    () => subscriptions++,
  )
  await eventually(() => expect(subscriptions).toBe(1))
  await redis.client.publish('runs', 'one')
  await redis.restart()
  await eventually(() => expect(subscriptions).toBe(2))
  await redis.client.publish('runs', 'two')
  await eventually(() => expect(received).toEqual(['runs: one', 'runs: two']))
  stop()
  await eventually(async () => expect(await redis.client.publish('runs', 'three')).toBe(0))
})

it('causes no unhandled rejection if it is closed while it subscribes again', async () => {
  const link = await open()
  let subscriptions = 0
  link.subscribe(
    ['runs'],
    () => {},
    () => subscriptions++,
  )
  await eventually(() => expect(subscriptions).toBe(1))
  const unhandled: unknown[] = []
  const note = (error: unknown) => unhandled.push(error)
  process.on('unhandledRejection', note)
  onTestFinished(() => void process.off('unhandledRejection', note))
  const { subscribe } = Redis.prototype
  const ended = new Promise<void>((resolve) => {
    Redis.prototype.subscribe = function (this: Redis, ...channels: unknown[]) {
      const reply = subscribe.apply(this, channels as [string])
      this.once('end', resolve)
      link.close()
      // Before Redis can reply.
      this.stream.destroy()
      return reply
    }
  })
  onTestFinished(() => {
    Redis.prototype.subscribe = subscribe
  })
  await redis.restart()
  await ended
  // Unhandled rejections are emitted after the microtasks of a turn.
  await nextTurn()
  await nextTurn()
  expect(unhandled).toEqual([])
})
