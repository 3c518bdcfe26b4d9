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

it('what is published is heard, after a restart of Redis, too', async () => {
  const link = await open()
  const heard: string[] = []
  let times = 0
  const stop = link.subscribe(
    ['news'],
    (channel, message) => heard.push(`${channel}: ${message}`),
    () => times++,
  )
  await eventually(() => expect(times).toBe(1))
  await redis.client.publish('news', 'one')
  await redis.restart()
  await eventually(() => expect(times).toBe(2))
  await redis.client.publish('news', 'two')
  await eventually(() => expect(heard).toEqual(['news: one', 'news: two']))
  stop()
  await eventually(async () => expect(await redis.client.publish('news', 'three')).toBe(0))
})

it('a link that is closed while it begins to listen again leaves no rejection that nobody handles', async () => {
  const link = await open()
  let times = 0
  link.subscribe(
    ['news'],
    () => {},
    () => times++,
  )
  await eventually(() => expect(times).toBe(1))
  const unhandled: unknown[] = []
  const note = (error: unknown) => unhandled.push(error)
  process.on('unhandledRejection', note)
  onTestFinished(() => void process.off('unhandledRejection', note))
  const { subscribe } = Redis.prototype
  const again = new Promise<void>((resolve) => {
    Redis.prototype.subscribe = function (this: Redis, ...channels: unknown[]) {
      const answer = subscribe.apply(this, channels as [string])
      link.close()
      // Before an answer can come.
      this.stream.destroy()
      resolve()
      return answer
    }
  })
  onTestFinished(() => {
    Redis.prototype.subscribe = subscribe
  })
  await redis.restart()
  await again
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(unhandled).toEqual([])
})
