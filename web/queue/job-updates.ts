import type { JobFactsFragment, PrecacheJobStatus, QueuePageQuery } from '../generated/graphql.ts'
import { sentenceOf } from '../ui/failure.tsx'

type Listed = NonNullable<QueuePageQuery['precacheJobs']>['nodes'][number]
/** A job, with its runs if it comes from the list: events bring their ids alone. */
export type QueuedJob = JobFactsFragment & Partial<Pick<Listed, 'old' | 'new'>>

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
export function newestOf(loaded: QueuedJob, update: JobFactsFragment | undefined): QueuedJob {
  if (!update || update.createdAt < loaded.createdAt) return loaded
  const isOutdated = hasEnded(loaded) && !hasEnded(update)
  return isOutdated || update.progress < loaded.progress ? loaded : { ...loaded, ...update }
}

/** Why a job failed; null if it did not. */
export function reasonOf({ failure, error }: QueuedJob): string | null {
  return failure !== null && error ? sentenceOf(error) : failure
}

/** Failed jobs by the reason, the most frequent first; names of files and runs in it do not count. */
export function byReason(jobs: readonly QueuedJob[]): readonly (readonly [string, readonly QueuedJob[]])[] {
  const groups = new Map<string, QueuedJob[]>()
  for (const job of jobs) {
    const reason = reasonOf(job) ?? 'No reason is known'
    const key = reason
      .replaceAll(job.oldRunId, '…')
      .replaceAll(job.newRunId, '…')
      .replace(/\S+\.u?deb\b/g, '…')
    groups.set(key, [...(groups.get(key) ?? []), job])
  }
  return [...groups].sort(([, a], [, b]) => b.length - a.length)
}
