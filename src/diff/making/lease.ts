/**
 * Claims on diffs in the making, among processes that share a cache: whoever holds a claim makes the diff, others that are asked for it wait. They are a courtesy, not a
 * lock: two that make the same by mischance do double work and no harm, as a finished diff appears by one rename.
 */
export interface LeaseManager {
  /**
   * Waits until the claim is ours, because its holder has let go or died. Look into the cache again then.
   * Never fails for want of whatever keeps the claims: without it everyone goes ahead.
   * @param key one for each diff
   * @returns what lets go again
   * @throws `signal.reason` when it aborts
   */
  acquire(key: string, signal: AbortSignal): Promise<() => Promise<void>>
}

/** For a process that is alone. */
export const NO_LEASES: LeaseManager = { acquire: async () => async () => {} }
