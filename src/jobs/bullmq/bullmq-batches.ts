/** Batches on Redis: counts that are right whatever workers die, as one script changes them and where each job stands at once. */
import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { RedisLink } from '../../redis/redis.ts'
import type { BatchJobStatus, PrecacheBatch } from '../queue.ts'

/** After its last change. */
const KEEP_SECONDS = 7 * 86_400
/** A batch that nobody has added to for so long lost the process that did. */
const ABANDONED_MS = 300_000

/**
 * Adds jobs to a batch. KEYS: batch, places of its jobs, their order. ARGV: our prefix, BullMQ's prefix, batch id, number of the chunk, pairs skipped, time, seconds
 * to keep, job ids. Answers the ids of those jobs that had ended before.
 */
const JOIN = `
local changes = { count = tonumber(ARGV[5]), skipped = tonumber(ARGV[5]), queued = 0, running = 0 }
if tonumber(redis.call('HGET', KEYS[1], 'chunk') or '-1') >= tonumber(ARGV[4]) then
  changes.count = 0
  changes.skipped = 0
end
local ended = {}
for i = 8, #ARGV do
  local id = ARGV[i]
  local job = ARGV[2] .. id
  local place = redis.call('EXISTS', job .. ':lock') == 1 and 'running' or 'queued'
  if redis.call('HSETNX', KEYS[2], id, place) == 1 then
    redis.call('RPUSH', KEYS[3], id)
    redis.call('SADD', ARGV[1] .. ':batches-of:' .. id, ARGV[3])
    changes[place] = changes[place] + 1
    changes.count = changes.count + 1
  end
  if redis.call('HEXISTS', job, 'finishedOn') == 1 then table.insert(ended, id) end
end
for name, by in pairs(changes) do
  if by ~= 0 then redis.call('HINCRBY', KEYS[1], name, by) end
end
redis.call('HSET', KEYS[1], 'chunk', ARGV[4], 'addedAt', ARGV[6])
for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, ARGV[7]) end
redis.call('PUBLISH', ARGV[1] .. ':batch', ARGV[3])
return ended`

/** Moves a job in all its batches. KEYS: the job's batches, its mark of cancelling. ARGV: our prefix, job id, where to, seconds to keep. Answers whether it is to be cancelled. */
const MOVE = `
for _, batch in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  local key = ARGV[1] .. ':batch:' .. batch
  local from = redis.call('HGET', key .. ':jobs', ARGV[2])
  if from and from ~= ARGV[3] then
    redis.call('HSET', key .. ':jobs', ARGV[2], ARGV[3])
    redis.call('HINCRBY', key, from, -1)
    redis.call('HINCRBY', key, ARGV[3], 1)
    for _, part in ipairs({ '', ':jobs', ':order' }) do redis.call('EXPIRE', key .. part, ARGV[4]) end
    redis.call('PUBLISH', ARGV[1] .. ':batch', batch)
  end
end
if ARGV[3] ~= 'queued' and ARGV[3] ~= 'running' then redis.call('DEL', KEYS[1]) end
return redis.call('EXISTS', KEYS[2])`

export class BullmqBatches {
  readonly #link: RedisLink
  readonly #queuePrefix: string

  /** @param queuePrefix what BullMQ puts ahead of a job's id */
  constructor(link: RedisLink, queuePrefix: string) {
    this.#link = link
    this.#queuePrefix = queuePrefix
  }

  /** The channel on which the ids of changed batches are told. */
  get channel(): string {
    return this.#link.key('batch')
  }

  async create(): Promise<PrecacheBatch> {
    const id = randomUUID()
    const key = this.#link.key('batch', id)
    const now = Date.now()
    await this.#link.client
      .multi()
      .hset(key, { createdAt: now, addedAt: now })
      .expire(key, KEEP_SECONDS)
      .exec()
    return toBatch(id, { createdAt: String(now), addedAt: String(now) })
  }

  /** Counts jobs, and pairs that were skipped; told again, a chunk counts once. Answers which of the jobs had ended before. */
  async join(id: string, chunk: number, jobIds: readonly string[], skipped: number): Promise<string[]> {
    const key = this.#link.key('batch', id)
    const { prefix, client } = this.#link
    const facts = [prefix, this.#queuePrefix, id, chunk, skipped, Date.now(), KEEP_SECONDS]
    return (await client.eval(JOIN, 3, key, `${key}:jobs`, `${key}:order`, ...facts, ...jobIds)) as string[]
  }

  /** Ids of its jobs from a place on, and whether there are more. */
  async jobsOf(id: string, from: number, count: number): Promise<{ ids: string[]; more: boolean }> {
    const found = await this.#link.client.lrange(this.#link.key('batch', id, 'order'), from, from + count)
    return { ids: found.slice(0, count), more: found.length > count }
  }

  async filled(id: string): Promise<void> {
    const { client } = this.#link
    await client.multi().hset(this.#link.key('batch', id), 'filled', 1).publish(this.channel, id).exec()
  }

  /** Tells all batches of a job where it stands now; told again, it counts once. Answers whether the job is to be cancelled. */
  async move(redis: Redis, jobId: string, to: BatchJobStatus): Promise<boolean> {
    const { prefix } = this.#link
    const keys = [this.#link.key('batches-of', jobId), this.#link.key('cancel', jobId)]
    return (await redis.eval(MOVE, 2, ...keys, prefix, jobId, to, KEEP_SECONDS)) === 1
  }

  async read(ids: readonly string[]): Promise<(PrecacheBatch | null)[]> {
    return Promise.all(
      ids.map(async (id) => {
        const fields = await this.#link.client.hgetall(this.#link.key('batch', id))
        return fields.createdAt === undefined ? null : toBatch(id, fields)
      }),
    )
  }
}

function toBatch(id: string, fields: Record<string, string>): PrecacheBatch {
  const count = (name: string) => Number(fields[name] ?? 0)
  return {
    id,
    count: count('count'),
    queued: count('queued'),
    running: count('running'),
    done: count('done'),
    failed: count('failed'),
    cancelled: count('cancelled'),
    skipped: count('skipped'),
    filled: fields.filled === '1' || Date.now() - count('addedAt') > ABANDONED_MS,
    createdAt: new Date(count('createdAt')),
  }
}
