import type { RedisLink } from '../../redis/redis.ts'
import { CHECKED_JOBS } from '../client-share.ts'
import { hasEnded } from '../queue.ts'
import type { BullmqJobs } from './bullmq-jobs.ts'

/** Longer than a job waits; a client that requests nothing for so long takes no memory on Redis. */
const KEEP_SECONDS = 7 * 86_400

/** The jobs that each client has requested from any process and that have not ended, on Redis. */
export class BullmqClientJobs {
  readonly #link: RedisLink
  readonly #jobs: BullmqJobs

  constructor(link: RedisLink, jobs: BullmqJobs) {
    this.#link = link
    this.#jobs = jobs
  }

  /** Forgets those of the oldest jobs that have ended. @returns how many are left */
  async count(client: string): Promise<number> {
    const { client: redis } = this.#link
    const key = this.#key(client)
    const oldest = await redis.zrange(key, '0', String(CHECKED_JOBS - 1))
    if (oldest.length === 0) return 0
    const jobs = await this.#jobs.read(oldest)
    const ended = oldest.filter((_, index) => {
      const job = jobs[index]
      return !job || hasEnded(job)
    })
    if (ended.length > 0) await redis.zrem(key, ...ended)
    return redis.zcard(key)
  }

  async add(client: string, jobId: string): Promise<void> {
    const key = this.#key(client)
    // `NX`: a job that the client requests again keeps its place.
    await this.#link.client
      .multi()
      .zadd(key, 'NX', String(Date.now()), jobId)
      .expire(key, KEEP_SECONDS)
      .exec()
  }

  #key(client: string): string {
    return this.#link.key('client-jobs', client)
  }
}
