/** How far a job has come, as it happens. */
import { useEffect, useState } from 'preact/hooks'
import { onConnection, watch } from '../api/live.ts'
import { type JobFactsFragment, JobProgressDocument } from '../generated/graphql.ts'
import { announce } from '../ui/announce.ts'
import { Failure, type FailureFacts, factsOf } from '../ui/failure.tsx'
import { visible, words } from '../ui/format.ts'
import { CancelButton } from './cancel-button.tsx'

const ENDED: readonly JobFactsFragment['status'][] = ['DONE', 'FAILED', 'CANCELLED']

/** @param done called when both diffs are there */
export function JobProgress({ jobId, done, again }: { jobId: string; done: () => void; again: () => void }) {
  const [job, setJob] = useState<JobFactsFragment | null>(null)
  const [failure, setFailure] = useState<FailureFacts | null>(null)
  const [connected, setConnected] = useState(true)
  // `done` is another function at each rendering and does the same.
  useEffect(() => {
    const stopListening = onConnection(setConnected)
    const stop = watch(
      JobProgressDocument,
      { jobId },
      ({ precacheJob }) => {
        if (precacheJob.__typename !== 'PrecacheJob') return setFailure(precacheJob)
        setConnected(true)
        setJob(precacheJob)
        if (precacheJob.status === 'DONE') {
          announce('The diffs are made')
          done()
        }
      },
      (error) => error && setFailure(factsOf(error)),
    )
    return () => {
      stop()
      stopListening()
    }
  }, [jobId])

  if (failure) return <Failure of={failure} retry={again} />
  if (job?.status === 'FAILED' || job?.status === 'CANCELLED')
    return (
      <section>
        {job.error ? (
          <Failure of={job.error} />
        ) : (
          <section class="failure" role="alert">
            <h2>{job.status === 'FAILED' ? 'That did not work' : 'Cancelled'}</h2>
            {job.failure && <p>{visible(job.failure)}</p>}
          </section>
        )}
        <button type="button" class="main" onClick={again}>
          Make the diffs again
        </button>
      </section>
    )
  return (
    <section class="progress" aria-live="polite">
      <h2>{job ? titleOf(job) : 'Looking at the job …'}</h2>
      <progress max={1} value={job?.progress ?? 0} aria-label="How far it has come" />
      <p>
        {(job?.step && visible(job.step)) ?? (job?.status === 'QUEUED' ? 'It waits for its turn.' : '')}
        {job && job.attempts > 1 && ` · attempt ${job.attempts}`}
      </p>
      {job?.failure && <p class="advice">The last attempt failed: {visible(job.failure)}</p>}
      {!connected && <p class="advice">The connection is broken; connecting again …</p>}
      {job && !ENDED.includes(job.status) && <CancelButton jobId={jobId} />}
    </section>
  )
}

function titleOf({ status }: JobFactsFragment): string {
  if (status === 'QUEUED') return 'Queued'
  if (status === 'DONE') return 'Done'
  return status === 'RETRIEVING' ? 'Fetching the packages' : `Running ${words(status)}`
}
