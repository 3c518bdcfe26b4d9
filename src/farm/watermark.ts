/** What is known of finished runs across restarts: on Redis for all replicas together, else in a file of the cache directory. */
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { RedisLink } from '../redis/redis.ts'

/** Ids of jobs that were queued because their runs had finished, for longer than a run is looked at. */
export interface QueuedPairs {
  /** @returns those that are not there. @throws QueueUnavailableError */
  unqueued(ids: readonly string[]): Promise<string[]>
  /** @throws QueueUnavailableError */
  add(id: string): Promise<void>
}

export interface WatermarkStore extends QueuedPairs {
  /** All that finished before has been seen to; null where nothing ever was. @throws QueueUnavailableError */
  read(): Promise<Date | null>
  /** Never lowers it. @throws QueueUnavailableError */
  advance(mark: Date): Promise<void>
}

/** Ahead of the mark: longer than a run is looked at again. */
const REMEMBER_MS = 3 * 3_600_000
/** Nothing is kept longer than this where nobody raises the mark. Longer than the longest pause between two looks. */
const MAX_REMEMBER_MS = 2 * 86_400_000

const RAISE = `local old = tonumber(redis.call('GET', KEYS[1]))
if not old or old < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1]) end return 0`

export function redisWatermarkStore(link: RedisLink): WatermarkStore {
  const markKey = link.key('catch-up', 'mark')
  const queuedKey = link.key('catch-up', 'queued')
  return {
    read: () =>
      link.guarded(async () => {
        const text = await link.client.get(markKey)
        return text === null ? null : new Date(Number(text))
      }),
    advance: (mark) =>
      link.guarded(async () => {
        await link.client.eval(RAISE, 1, markKey, mark.getTime())
        // From the mark, not from now: a service that was down looks as far back as it was down.
        await link.client.zremrangebyscore(queuedKey, '-inf', mark.getTime() - REMEMBER_MS)
      }),
    unqueued: (ids) =>
      link.guarded(async () => {
        if (ids.length === 0) return []
        const times = await link.client.zmscore(queuedKey, ...ids)
        return ids.filter((_, at) => times[at] === null)
      }),
    add: (id) =>
      link.guarded(async () => {
        const now = Date.now()
        await link.client.zadd(queuedKey, 'NX', now, id)
        await link.client.zremrangebyscore(queuedKey, '-inf', now - MAX_REMEMBER_MS)
      }),
  }
}

/** The mark in a file; what was queued is kept in memory, as the queue without Redis is. */
export function fileWatermarkStore(path: string): WatermarkStore {
  const queued = new Map<string, number>()
  const forget = (before: number) => {
    for (const [id, time] of queued) {
      if (time > before) break
      queued.delete(id)
    }
  }
  const read = async () => {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return ''
      throw error
    })
    const mark = new Date(text.trim())
    // Damaged is as if it had never been.
    return Number.isNaN(mark.getTime()) ? null : mark
  }
  return {
    read: read,
    async advance(mark) {
      forget(mark.getTime() - REMEMBER_MS)
      const old = await read()
      if (old && old >= mark) return
      await mkdir(dirname(path), { recursive: true })
      const incoming = `${path}.${randomUUID()}`
      await writeFile(incoming, `${mark.toISOString()}\n`)
      await rename(incoming, path)
    },
    unqueued: async (ids) => ids.filter((id) => !queued.has(id)),
    async add(id) {
      const now = Date.now()
      queued.set(id, now)
      forget(now - MAX_REMEMBER_MS)
    },
  }
}
