import type { JobFactsFragment, PrecacheJobStatus } from '../generated/graphql.ts'
import { CancelButton } from '../jobs/cancel-button.tsx'
import { urlOf } from '../router.ts'
import { age, duration, time, visible, words } from '../ui/format.ts'
import { ForAll } from './for-all.tsx'
import { retryJob } from './job-actions.ts'
import { hasEnded, type QueuedJob, reasonOf } from './job-updates.ts'

const STATE_CLASSES: Readonly<Record<PrecacheJobStatus, string>> = {
  QUEUED: 'absent',
  RETRIEVING: 'coming',
  DEBDIFF: 'coming',
  DIFFOSCOPE: 'coming',
  DONE: 'ready',
  FAILED: 'failed',
  CANCELLED: 'absent',
}

/** A job in the list of the queue. @param reason for failing, which stands above it, without what is its own */
export function JobItem({ job, reason = null }: { job: QueuedJob; reason?: string | null }) {
  const isRunning = job.status !== 'QUEUED' && !hasEnded(job)
  const { startedAt, finishedAt, createdAt } = job
  const why = reasonOf(job)
  const took = startedAt && finishedAt ? Date.parse(finishedAt) - Date.parse(startedAt) : null
  return (
    <li class={`job ${job.status.toLowerCase()}`}>
      <a href={urlOf(['compare', job.oldRunId, job.newRunId])}>
        <JobName of={job} />
      </a>
      <span class={`state ${STATE_CLASSES[job.status]}`}>{words(job.status)}</span>
      {isRunning && (
        <>
          <progress max={1} value={job.progress} aria-label={`Progress of ${job.newRunId}`} />
          <span class="step">{job.step && visible(job.step)}</span>
        </>
      )}
      <small>
        {words(job.trigger)} · <span title={time(createdAt)}>queued {age(createdAt)}</span>
        {took !== null && ` · took ${took < 1000 ? '<1 s' : duration(took)}`}
        {job.attempts > 1 && ` · attempt ${job.attempts}`} ·{' '}
        <code>
          {visible(job.oldRunId)} → {visible(job.newRunId)}
        </code>
      </small>
      {why && why !== reason && <p class="advice">{visible(why)}</p>}
      {!hasEnded(job) && <CancelButton jobId={job.jobId} />}
      {job.status === 'FAILED' && <RetryJob job={job} />}
    </li>
  )
}

/** What is compared, as far as it is known: an event brings ids alone. */
function JobName({ of: { new: newer, old, newRunId } }: { of: QueuedJob }) {
  if (!newer) return <>{visible(newRunId)}</>
  return (
    <>
      <strong>{visible(newer.source ?? newer.codebase)}</strong>{' '}
      <span class="versions">
        {visible(old?.version ?? '–')} → {visible(newer.version ?? '–')}
      </span>{' '}
      <span class="campaign">{visible(newer.campaign)}</span>
    </>
  )
}

function RetryJob({ job: { jobId } }: { job: JobFactsFragment }) {
  return <ForAll label="Retry" question={null} find={async () => [jobId]} run={retryJob} done={() => {}} />
}
