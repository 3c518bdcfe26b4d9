import type { JobFactsFragment, PrecacheJobStatus } from '../generated/graphql.ts'
import { CancelButton } from '../jobs/cancel-button.tsx'
import { urlOf } from '../router.ts'
import { duration, time, visible, words } from '../ui/format.ts'
import { hasEnded } from './job-updates.ts'

const STATE_CLASSES: Readonly<Record<PrecacheJobStatus, string>> = {
  QUEUED: 'absent',
  RETRIEVING: 'coming',
  DEBDIFF: 'coming',
  DIFFOSCOPE: 'coming',
  DONE: 'ready',
  FAILED: 'failed',
  CANCELLED: 'absent',
}

/** A job in the list of the queue. */
export function JobItem({ job }: { job: JobFactsFragment }) {
  const isRunning = job.status !== 'QUEUED' && !hasEnded(job)
  const { startedAt, finishedAt, createdAt } = job
  return (
    <li class={`job ${job.status.toLowerCase()}`}>
      <a href={urlOf(['compare', job.oldRunId, job.newRunId])}>
        {visible(job.oldRunId)} <span class="arrow">→</span> {visible(job.newRunId)}
      </a>
      <span class={`state ${STATE_CLASSES[job.status]}`}>{words(job.status)}</span>
      {isRunning && (
        <>
          <progress max={1} value={job.progress} aria-label={`Progress of ${job.newRunId}`} />
          <span class="step">{job.step && visible(job.step)}</span>
        </>
      )}
      <small>
        {words(job.trigger)} · queued {time(createdAt)}
        {startedAt && finishedAt && ` · took ${duration(Date.parse(finishedAt) - Date.parse(startedAt))}`}
        {job.attempts > 1 && ` · attempt ${job.attempts}`}
      </small>
      {job.failure && <p class="advice">{visible(job.failure)}</p>}
      {!hasEnded(job) && <CancelButton jobId={job.jobId} />}
    </li>
  )
}
