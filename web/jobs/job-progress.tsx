/** The live progress of a job. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { onConnection, watch } from '../api/live.ts'
import { type JobFactsFragment, JobProgressDocument } from '../generated/graphql.ts'
import { announce } from '../ui/announce.ts'
import { Failure, type FailureFacts, factsOf } from '../ui/failure.tsx'
import { clock, counted, duration, visible, words } from '../ui/format.ts'
import { CancelButton } from './cancel-button.tsx'

const ENDED: readonly JobFactsFragment['status'][] = ['DONE', 'FAILED', 'CANCELLED']

export interface JobProgressProps {
  readonly jobId: string
  /** Both diffs are made, or the job has just failed: there may be a report that lacks some packages. */
  readonly done: () => void
  /** Starts another attempt. */
  readonly retry: () => void
}

export function JobProgress({ jobId, done, retry }: JobProgressProps) {
  const { job, failure, isConnected } = useJob(jobId, done)
  if (failure) return <Failure of={failure} retry={retry} />
  if (job?.status === 'FAILED' || job?.status === 'CANCELLED') return <EndedJob job={job} retry={retry} />
  return (
    <section class="progress" aria-live="polite">
      <h2>{job ? titleOf(job) : 'Loading the job …'}</h2>
      <progress max={1} value={job?.progress ?? 0} aria-label="Progress" />
      <p>
        {(job?.step && visible(job.step)) ?? (job?.status === 'QUEUED' ? 'Waiting in the queue.' : '')}
        {job && job.attempts > 1 && ` · attempt ${job.attempts}`}
      </p>
      {job?.failure && <p class="advice">The last attempt failed: {visible(job.failure)}</p>}
      {!isConnected && <p class="advice">Connection lost. Reconnecting …</p>}
      {job && !ENDED.includes(job.status) && <CancelButton jobId={jobId} />}
    </section>
  )
}

/** The state of a job as it changes. */
function useJob(jobId: string, done: () => void) {
  const [job, setJob] = useState<JobFactsFragment | null>(null)
  const [failure, setFailure] = useState<FailureFacts | null>(null)
  const [isConnected, setIsConnected] = useState(true)
  const latestDone = useRef(done)
  latestDone.current = done
  useEffect(() => {
    let ran = false
    const stopListening = onConnection(setIsConnected)
    const stop = watch(
      JobProgressDocument,
      { jobId },
      ({ precacheJob }) => {
        if (precacheJob.__typename !== 'PrecacheJob') return setFailure(precacheJob)
        setIsConnected(true)
        setJob(precacheJob)
        if (precacheJob.status === 'DONE') {
          announce('The diffs are ready')
          latestDone.current()
        }
        // The page loads again once, not for each look at a job that failed before.
        if (precacheJob.status === 'FAILED' && ran) latestDone.current()
        ran = !ENDED.includes(precacheJob.status)
      },
      (error) => error && setFailure(factsOf(error)),
    )
    return () => {
      stop()
      stopListening()
    }
  }, [jobId])
  return { job, failure, isConnected }
}

function EndedJob({ job, retry }: { job: JobFactsFragment; retry: () => void }) {
  return (
    <section class="ended-job">
      {job.error ? (
        <Failure of={job.error} />
      ) : (
        <section class="failure" role="alert">
          <h2>{job.status === 'FAILED' ? 'Something went wrong' : 'Cancelled'}</h2>
          {job.failure && <p>{visible(job.failure)}</p>}
        </section>
      )}
      <p class="actions">
        <button type="button" class="main" onClick={retry}>
          Retry
        </button>
        <small>{attemptOf(job)}</small>
      </p>
    </section>
  )
}

/** When it was tried, so that the same failure after a retry is not taken for the first one. */
function attemptOf({ status, attempts, startedAt, finishedAt }: JobFactsFragment): string | null {
  if (status !== 'FAILED' || !finishedAt) return null
  const took = startedAt ? duration(Date.parse(finishedAt) - Date.parse(startedAt)) : null
  const text = `Failed at ${clock(new Date(finishedAt))}`
  return [text, took && `after ${took}`, attempts > 1 && counted(attempts, 'attempt')]
    .filter(Boolean)
    .join(', ')
}

function titleOf({ status }: JobFactsFragment): string {
  if (status === 'QUEUED') return 'Queued'
  if (status === 'DONE') return 'Done'
  return status === 'RETRIEVING' ? 'Fetching packages' : `Running ${words(status)}`
}
