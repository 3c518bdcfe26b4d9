/** What is known of finished runs across restarts: on Redis for all replicas together, else in a file of the cache directory. */
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { RedisLink } from './redis.ts'

/** Ids of jobs that were queued because their runs had finished, for longer than a run is looked at. */
export interface QueuedPairs {
  /** @returns those that were not there yet. @throws QueueUnavailableError */
  add(ids: readonly string[]): Promise<string[]>
  remove(ids: readonly string[]): Promise<void>
}

export interface CatchUpState extends QueuedPairs {
  /** All that finished before has been seen to; null where nothing ever was. @throws QueueUnavailableError */
  mark(): Promise<Date | null>
  /** Never lowers it. @throws QueueUnavailableError */
  raise(mark: Date): Promise<void>
}

/** Longer than a run is looked at again. */
const REMEMBER_MS = 3 * 3_600_000

const RAISE = `local old = tonumber(redis.call('GET', KEYS[1]))
if not old or old < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1]) end return 0`

export function redisCatchUpState(link: RedisLink): CatchUpState {
  const markKey = link.key('catch-up', 'mark')
  const queuedKey = link.key('catch-up', 'queued')
  return {
    mark: () =>
      link.guarded(async () => {
        const text = await link.fast.get(markKey)
        return text === null ? null : new Date(Number(text))
      }),
    raise: (mark) => link.guarded(async () => void (await link.fast.eval(RAISE, 1, markKey, mark.getTime()))),
    add: (ids) =>
      link.guarded(async () => {
        if (ids.length === 0) return []
        const now = Date.now()
        const commands = link.fast.pipeline().zremrangebyscore(queuedKey, '-inf', now - REMEMBER_MS)
        for (const id of ids) commands.zadd(queuedKey, 'NX', now, id)
        const [, ...answers] = (await commands.exec()) ?? []
        const failed = answers.find(([error]) => error)
        if (failed?.[0]) throw failed[0]
        return ids.filter((_, at) => answers[at]?.[1] === 1)
      }),
    remove: (ids) => link.guarded(async () => void (await link.fast.zrem(queuedKey, ...ids))),
  }
}

/** The mark in a file; what was queued is kept in memory, as the queue without Redis is. */
export function fileCatchUpState(path: string): CatchUpState {
  const queued = new Map<string, number>()
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
    mark: read,
    async raise(mark) {
      const old = await read()
      if (old && old >= mark) return
      await mkdir(dirname(path), { recursive: true })
      const incoming = `${path}.${randomUUID()}`
      await writeFile(incoming, `${mark.toISOString()}\n`)
      await rename(incoming, path)
    },
    async add(ids) {
      const now = Date.now()
      for (const [id, time] of queued) {
        if (time > now - REMEMBER_MS) break
        queued.delete(id)
      }
      const fresh = ids.filter((id) => !queued.has(id))
      for (const id of fresh) queued.set(id, now)
      return fresh
    },
    async remove(ids) {
      for (const id of ids) queued.delete(id)
    },
  }
}
