/**
 * Stores how far the backfill has come, across restarts: on Redis for all replicas, or without Redis in a
 * file of the cache directory.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { RedisLink } from '../redis/redis.ts'

/**
 * Ids of the jobs that were queued because their runs finished, remembered for longer than a run is scanned
 * again.
 */
export interface QueuedPairs {
  /** @returns those of `ids` that have not been added. @throws QueueUnavailableError */
  unqueued(ids: readonly string[]): Promise<string[]>
  /** @throws QueueUnavailableError */
  add(id: string): Promise<void>
}

/** The watermark is the time before which all finished runs have been queued. */
export interface WatermarkStore extends QueuedPairs {
  /** @returns null if there is no watermark yet. @throws QueueUnavailableError */
  read(): Promise<Date | null>
  /** Ignores a time before the current watermark. @throws QueueUnavailableError */
  advance(time: Date): Promise<void>
}

/** How long before the watermark an id is remembered: longer than a run is scanned again. */
const REMEMBER_MS = 3 * 3_600_000
/**
 * How long an id is remembered if the watermark does not advance: longer than the longest interval of scans.
 */
const MAX_REMEMBER_MS = 2 * 86_400_000

const ADVANCE = `local old = tonumber(redis.call('GET', KEYS[1]))
if not old or old < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1]) end return 0`

export function redisWatermarkStore(link: RedisLink): WatermarkStore {
  const watermarkKey = link.key('catch-up', 'mark')
  const queuedKey = link.key('catch-up', 'queued')
  return {
    read: () =>
      link.guarded(async () => {
        const text = await link.client.get(watermarkKey)
        return text === null ? null : new Date(Number(text))
      }),
    advance: (time) =>
      link.guarded(async () => {
        await link.client.eval(ADVANCE, 1, watermarkKey, time.getTime())
        // Relative to the watermark, not to now: after a downtime, scans go back to before the downtime.
        await link.client.zremrangebyscore(queuedKey, '-inf', time.getTime() - REMEMBER_MS)
      }),
    unqueued: (ids) =>
      link.guarded(async () => {
        if (ids.length === 0) return []
        const times = await link.client.zmscore(queuedKey, ...ids)
        return ids.filter((_, index) => times[index] === null)
      }),
    add: (id) =>
      link.guarded(async () => {
        const now = Date.now()
        await link.client.zadd(queuedKey, 'NX', now, id)
        await link.client.zremrangebyscore(queuedKey, '-inf', now - MAX_REMEMBER_MS)
      }),
  }
}

/**
 * Stores the watermark in the file `path`. Remembers queued ids in memory, as long as the in-process queue
 * lives.
 */
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
    const time = new Date(text.trim())
    // A damaged file counts as missing.
    return Number.isNaN(time.getTime()) ? null : time
  }
  return {
    read,
    async advance(time) {
      forget(time.getTime() - REMEMBER_MS)
      const current = await read()
      if (current && current >= time) return
      await mkdir(dirname(path), { recursive: true })
      const incoming = `${path}.${randomUUID()}`
      await writeFile(incoming, `${time.toISOString()}\n`)
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
