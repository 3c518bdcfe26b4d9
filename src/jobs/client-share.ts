/** What one client may have in the queue, so that it neither fills the queue nor keeps the others waiting. */
import { OverloadedError } from '../errors.ts'
import type { JobTrigger } from './queue.ts'

/** So many jobs of a client are as urgent as a request; its further jobs wait with those of batches. */
export const URGENT_JOBS_PER_CLIENT = 100
/** One client may have one job in so many of those that may wait, but always `URGENT_JOBS_PER_CLIENT`. */
const CLIENT_PART = 4
const RETRY_AFTER_MS = 30_000

/**
 * How many of a client's jobs, the oldest first, are checked for their end when they are counted. Jobs end
 * about in the order in which they were queued, so counting costs the same for any number of jobs.
 */
export const CHECKED_JOBS = 100

/**
 * The trigger with which a job that a client requests is queued.
 * @param clientJobs the client's jobs that have not ended
 */
export function triggerWithinShare(trigger: JobTrigger, clientJobs: number): JobTrigger {
  return trigger === 'REQUEST' && clientJobs >= URGENT_JOBS_PER_CLIENT ? 'BATCH' : trigger
}

/**
 * Checks whether the queue takes one more job.
 * @param waiting jobs that wait, of all clients
 * @throws OverloadedError
 */
export function checkRoom(maxWaiting: number, waiting: number, clientJobs: number): void {
  if (waiting >= maxWaiting)
    throw new OverloadedError(RETRY_AFTER_MS, `${maxWaiting} jobs wait, which is the limit; try again later`)
  const share = Math.max(URGENT_JOBS_PER_CLIENT, Math.ceil(maxWaiting / CLIENT_PART))
  if (clientJobs >= share)
    throw new OverloadedError(
      RETRY_AFTER_MS,
      `${share} jobs that your address has requested have not ended, which is the limit for one address; try again later`,
    )
}
