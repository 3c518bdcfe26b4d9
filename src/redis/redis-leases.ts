/** Leases on diffs, shared by all processes through Redis and renewed while their holder lives. */
import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LeaseManager } from '../diff/making/lease.ts'
import { QueueUnavailableError } from '../errors.ts'
import type { RedisLink } from './redis.ts'

/** The longest time for which a dead process's lease blocks others. */
const LEASE_MS = 15_000
/** Between two attempts to acquire a lease; short at first, because most diffs take a short time. */
const FIRST_POLL_MS = 50
const MAX_POLL_MS = 1_000

/** Both do nothing if the lease expired: then another process may hold it. */
const RENEW = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0`
const RELEASE = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`

/**
 * While Redis is unavailable, every process gets every lease: making a diff twice is better than waiting.
 * @param leaseMs see `LEASE_MS`
 */
export function redisLeases(link: RedisLink, leaseMs = LEASE_MS): LeaseManager {
  const orIfUnavailable = async <T>(work: () => Promise<T>, fallback: T): Promise<T> => {
    try {
      return await link.guarded(work)
    } catch (error) {
      if (error instanceof QueueUnavailableError) return fallback
      throw error
    }
  }
  return {
    async acquire(key, signal) {
      const name = link.key('claim', createHash('sha256').update(key).digest('base64url'))
      const token = randomUUID()
      const tryAcquire = () =>
        orIfUnavailable(async () => (await link.client.set(name, token, 'PX', leaseMs, 'NX')) === 'OK', true)
      for (let pollMs = FIRST_POLL_MS; !(await tryAcquire()); pollMs = Math.min(MAX_POLL_MS, 1.5 * pollMs)) {
        // Rejects when the signal aborts; the next line throws its reason.
        await sleep(pollMs, undefined, { signal }).catch(() => {})
        signal.throwIfAborted()
      }
      const renewal = setInterval(() => {
        // If renewing fails, the lease expires and another process may make the same diff, which is harmless.
        orIfUnavailable<unknown>(() => link.client.eval(RENEW, 1, name, token, leaseMs), 0).catch(() => {})
      }, leaseMs / 3).unref()
      return async () => {
        clearInterval(renewal)
        await orIfUnavailable<unknown>(() => link.client.eval(RELEASE, 1, name, token), 0)
      }
    },
  }
}
