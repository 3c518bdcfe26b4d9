/**
 * Batches on Redis. One script changes the status of a job and the counts together, so the counts stay right
 * whichever process dies. (BullMQ's flows make each batch a job itself, and let a job belong to one flow
 * only.)
 */
import { createHash, randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { RedisLink } from '../../redis/redis.ts'
import { type BatchJobStatus, isAfterBatch, type PrecacheBatch } from '../queue.ts'

/** How long a batch is remembered after its last change. */
const KEEP_SECONDS = 7 * 86_400
/** Batches that can be listed. One that was forgotten since its last change is skipped. */
const MAX_LISTED = 1_000
/** A batch to which nothing was added for this long counts as filled: the process that filled it died. */
const ABANDONED_MS = 300_000

/**
 * Adds jobs to a batch. KEYS: the batch, the status of its jobs, the order of its jobs. ARGV: our prefix,
 * BullMQ's prefix, batch id, number of the chunk, skipped pairs, time, seconds to keep, job ids. Returns the
 * ids of the jobs that had already ended.
 */
const ADD_JOBS = `
local changes = { count = tonumber(ARGV[5]), skipped = tonumber(ARGV[5]), queued = 0, running = 0 }
if tonumber(redis.call('HGET', KEYS[1], 'chunk') or '-1') >= tonumber(ARGV[4]) then
  changes.count = 0
  changes.skipped = 0
end
local ended = {}
for i = 8, #ARGV do
  local id = ARGV[i]
  local job = ARGV[2] .. id
  local status = redis.call('EXISTS', job .. ':lock') == 1 and 'running' or 'queued'
  if redis.call('HSETNX', KEYS[2], id, status) == 1 then
    redis.call('RPUSH', KEYS[3], id)
    redis.call('SADD', ARGV[1] .. ':batches-of:' .. id, ARGV[3])
    redis.call('SADD', ARGV[1] .. ':batches-with:' .. id, ARGV[3])
    redis.call('EXPIRE', ARGV[1] .. ':batches-with:' .. id, ARGV[7])
    changes[status] = changes[status] + 1
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

/**
 * Creates a batch, unless one of the same request is being filled. KEYS: the batch, the list of batches, the request
 * (only if it has a name). ARGV: prefix of a batch's key, batch id, time, seconds to keep, batches to list, time after
 * which a batch counts as abandoned. Returns the id of the batch.
 */
const CREATE_OR_JOIN = `
if KEYS[3] then
  local known = redis.call('GET', KEYS[3])
  local fields = known and redis.call('HMGET', ARGV[1] .. known, 'addedAt', 'filled', 'stopped')
  if fields and fields[1] and not fields[2] and not fields[3] and ARGV[3] - fields[1] <= tonumber(ARGV[6]) then
    return known
  end
  redis.call('SET', KEYS[3], ARGV[2], 'EX', ARGV[4])
end
redis.call('HSET', KEYS[1], 'createdAt', ARGV[3], 'addedAt', ARGV[3])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[2])
redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -1 - ARGV[5])
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('EXPIRE', KEYS[2], ARGV[4])
return ARGV[2]`

/**
 * Changes the status of a job in all its batches.
 * KEYS: the job's batches, its cancel flag.
 * ARGV: our prefix, job id, new status, seconds to keep.
 * Returns whether the job is to be cancelled.
 */
const SET_STATUS = `
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

  /** @param queuePrefix BullMQ's prefix of a job's key */
  constructor(link: RedisLink, queuePrefix: string) {
    this.#link = link
    this.#queuePrefix = queuePrefix
  }

  /** The channel on which the ids of changed batches are published. */
  get channel(): string {
    return this.#link.key('batch')
  }

  /**
   * @param request names what was requested; without it, a new batch is created
   * @returns the batch that any process fills for the same request, or a new one
   */
  async createOrJoin(request?: string): Promise<{ batch: PrecacheBatch; isNew: boolean }> {
    const own = randomUUID()
    const keys = [this.#link.key('batch', own), this.#link.key('batches')]
    if (request !== undefined)
      keys.push(this.#link.key('batch-of', createHash('sha256').update(request).digest('hex')))
    const now = Date.now()
    const parameters = [`${this.#link.key('batch')}:`, own, now, KEEP_SECONDS, MAX_LISTED, ABANDONED_MS]
    const id = (await this.#link.client.eval(CREATE_OR_JOIN, keys.length, ...keys, ...parameters)) as string
    const [joined] = id === own ? [] : await this.read([id])
    const created = toBatch(own, { createdAt: String(now), addedAt: String(now) })
    return joined ? { batch: joined, isNew: false } : { batch: created, isNew: true }
  }

  /**
   * Adds a chunk of jobs, and counts the skipped pairs. Adding the same chunk again changes nothing.
   * @returns the ids of the jobs that had already ended
   */
  async addJobs(id: string, chunk: number, jobIds: readonly string[], skipped: number): Promise<string[]> {
    const key = this.#link.key('batch', id)
    const { prefix, client } = this.#link
    const parameters = [prefix, this.#queuePrefix, id, chunk, skipped, Date.now(), KEEP_SECONDS]
    const keys = [key, `${key}:jobs`, `${key}:order`]
    return (await client.eval(ADD_JOBS, keys.length, ...keys, ...parameters, ...jobIds)) as string[]
  }

  /** @returns the ids of up to `count` jobs from the index `from` on, and whether more follow */
  async jobsOf(id: string, from: number, count: number): Promise<{ ids: string[]; more: boolean }> {
    const found = await this.#link.client.lrange(this.#link.key('batch', id, 'order'), from, from + count)
    return { ids: found.slice(0, count), more: found.length > count }
  }

  /** Batches that are remembered, the latest first, after a cursor if there is one. */
  async list(after: { createdMs: number; id: string } | null, count: number): Promise<PrecacheBatch[]> {
    const { client } = this.#link
    const ids = await client.zrevrangebyscore(this.#link.key('batches'), after?.createdMs ?? '+inf', '-inf')
    const found: PrecacheBatch[] = []
    for (let from = 0; from < ids.length && found.length < count; from += count) {
      const read = await this.read(ids.slice(from, from + count))
      for (const batch of read) if (batch && (!after || isAfterBatch(batch, after))) found.push(batch)
    }
    return found.slice(0, count)
  }

  /** Those that a job was added to. */
  async of(jobId: string): Promise<PrecacheBatch[]> {
    const ids = await this.#link.client.smembers(this.#link.key('batches-with', jobId))
    return (await this.read(ids)).filter((batch) => batch !== null)
  }

  /** The process that fills the batch reads it after each chunk. */
  async stop(id: string): Promise<void> {
    const key = this.#link.key('batch', id)
    const { client } = this.#link
    if (await client.exists(key)) await client.hset(key, { stopped: 1 })
  }

  async isStopped(id: string): Promise<boolean> {
    return (await this.#link.client.hget(this.#link.key('batch', id), 'stopped')) === '1'
  }

  async setFilled(id: string): Promise<void> {
    const { client } = this.#link
    await client.multi().hset(this.#link.key('batch', id), 'filled', 1).publish(this.channel, id).exec()
  }

  /**
   * Sets the status of a job in all its batches. Setting it again changes nothing.
   * @returns whether the job is to be cancelled
   */
  async setJobStatus(redis: Redis, jobId: string, status: BatchJobStatus): Promise<boolean> {
    const { prefix } = this.#link
    const keys = [this.#link.key('batches-of', jobId), this.#link.key('cancel', jobId)]
    const parameters = [prefix, jobId, status, KEEP_SECONDS]
    return (await redis.eval(SET_STATUS, keys.length, ...keys, ...parameters)) === 1
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
