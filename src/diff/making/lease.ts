/**
 * Leases on diffs, among processes that share a cache: the holder of a lease makes the diff, and the others
 * wait. Leases only avoid double work, they are not locks: if two processes make the same diff, the result is
 * still correct, because a finished diff is published by one rename.
 */
export interface LeaseManager {
  /**
   * Waits until this process holds the lease, because the holder has released it or died. The caller must
   * look into the cache again. If the server of the leases fails, this returns as if the lease was free.
   * @param key the same in every process, and different for each diff
   * @returns a function that releases the lease and never rejects
   * @throws `signal.reason` when it aborts
   */
  acquire(key: string, signal: AbortSignal): Promise<() => Promise<void>>
}

/** For a process that shares its cache with no other. */
export const NO_LEASES: LeaseManager = { acquire: async () => async () => {} }
