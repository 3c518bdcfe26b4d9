/** Claims on diffs among machines: leases on Redis, renewed while their holder lives. */
import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LeaseManager } from '../diff/making/lease.ts'
import { QueueUnavailableError } from '../errors.ts'
import type { RedisLink } from './redis.ts'

/** How long a dead process's claim keeps others waiting, at most. */
const LEASE_MS = 15_000
/** Between two looks of one who waits; less at first, as most diffs are short. */
const MAX_LOOK_MS = 1_000

/** Only its holder's: one that was lost meanwhile is another's by now. */
const RENEW = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0`
const RELEASE = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`

/** @param leaseMs see `LEASE_MS` */
export function redisLeases(link: RedisLink, leaseMs = LEASE_MS): LeaseManager {
  /** Without Redis everyone goes ahead. */
  const ifThere = async <T>(work: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await link.guarded(work)
    } catch (error) {
      if (error instanceof QueueUnavailableError) return otherwise
      throw error
    }
  }
  return {
    async acquire(key, signal) {
      const name = link.key('claim', createHash('sha256').update(key).digest('base64url'))
      const token = randomUUID()
      const isOurs = () =>
        ifThere(async () => (await link.client.set(name, token, 'PX', leaseMs, 'NX')) === 'OK', true)
      for (let lookMs = 50; !(await isOurs()); lookMs = Math.min(MAX_LOOK_MS, 1.5 * lookMs)) {
        await sleep(lookMs, undefined, { signal }).catch(() => {})
        signal.throwIfAborted()
      }
      const renewal = setInterval(() => {
        ifThere<unknown>(() => link.client.eval(RENEW, 1, name, token, leaseMs), 0).catch(() => {})
      }, leaseMs / 3).unref()
      return async () => {
        clearInterval(renewal)
        await ifThere<unknown>(() => link.client.eval(RELEASE, 1, name, token), 0)
      }
    },
  }
}
