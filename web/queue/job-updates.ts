import type { JobFactsFragment, PrecacheJobStatus } from '../generated/graphql.ts'

const MAX_UPDATES = 500

const ENDED: readonly PrecacheJobStatus[] = ['DONE', 'FAILED', 'CANCELLED']

export function hasEnded({ status }: JobFactsFragment): boolean {
  return ENDED.includes(status)
}

/** The updates with a new one. The least recently updated job is dropped. */
export function withUpdate(
  old: ReadonlyMap<string, JobFactsFragment>,
  job: JobFactsFragment,
): ReadonlyMap<string, JobFactsFragment> {
  const updates = new Map(old)
  updates.delete(job.jobId)
  updates.set(job.jobId, job)
  const [oldest] = updates.keys()
  if (updates.size > MAX_UPDATES && oldest !== undefined) updates.delete(oldest)
  return updates
}

/**
 * The newer of two states of a job. An update may be older than a loaded state: progress never decreases, and
 * a job that has ended does not run again unless it was created again.
 */
export function newestOf(loaded: JobFactsFragment, update: JobFactsFragment | undefined): JobFactsFragment {
  if (!update || update.createdAt < loaded.createdAt) return loaded
  const isOutdated = hasEnded(loaded) && !hasEnded(update)
  return isOutdated || update.progress < loaded.progress ? loaded : update
}
