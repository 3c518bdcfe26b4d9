/** A diff that is not there: why, what one can do, and how far it has come. When it is done the page goes on by itself. */
import { useEffect, useState } from 'preact/hooks'
import { onConnection, watch } from '../api/live.ts'
import { RequestRefused, request } from '../api/request.ts'
import {
  CancelJobDocument,
  type JobFactsFragment,
  JobProgressDocument,
  MakeDiffsDocument,
} from '../generated/graphql.ts'
import { announce } from '../ui/announce.ts'
import { Failure, type FailureFacts, factsOf } from '../ui/failure.tsx'
import { words } from '../ui/format.ts'
import { TokenForm } from '../ui/token-form.tsx'
import type { Pair } from './comparison-page.tsx'

/** Errors of a diff that may be made in the background. */
const MAY_BE_MADE = [
  'DiffNotReadyError',
  'DiffCommandTimeoutError',
  'DiffCommandMemoryError',
  'OverloadedError',
]

export type NotReadyFacts = FailureFacts & { readonly job?: { readonly jobId: string } | null }

export function NotReady({
  of,
  pair,
  reload,
}: {
  of: NotReadyFacts
  pair: Pair
  /** Asks for the diff again. */
  reload: () => void
}) {
  const [jobId, setJobId] = useState(of.job?.jobId ?? null)
  const [failure, setFailure] = useState<FailureFacts | Error | null>(null)
  const [waits, setWaits] = useState(false)
  useEffect(() => setJobId(of.job?.jobId ?? null), [of.job?.jobId])

  const make = async () => {
    setWaits(true)
    setFailure(null)
    try {
      const { precache } = await request(MakeDiffsDocument, pair)
      if (precache.__typename === 'PrecacheJob') setJobId(precache.jobId)
      else setFailure(precache)
    } catch (error) {
      setFailure(error as Error)
    } finally {
      setWaits(false)
    }
  }
  if (jobId !== null)
    return (
      <div class="page">
        <JobProgress
          jobId={jobId}
          done={reload}
          again={() => {
            setJobId(null)
            void make()
          }}
        />
      </div>
    )
  const asksForToken = failure instanceof RequestRefused && failure.code === 'UNAUTHORIZED'
  return (
    <div class="page">
      {of.__typename === 'DiffNotReadyError' ? (
        <section class="not-ready">
          <h2>Not made yet</h2>
          <p>
            Nobody has asked for the diffs of these two runs. Making them takes seconds, for large packages
            minutes.
          </p>
        </section>
      ) : (
        <Failure of={of} retry={reload} />
      )}
      {asksForToken ? (
        <TokenForm given={() => void make()} />
      ) : (
        failure && <Failure of={failure} retry={() => void make()} />
      )}
      {MAY_BE_MADE.includes(of.__typename) && !asksForToken && (
        <button type="button" class="main" disabled={waits} onClick={() => void make()}>
          {waits ? 'Asking …' : 'Make the diffs'}
        </button>
      )}
    </div>
  )
}

const ENDED: readonly JobFactsFragment['status'][] = ['DONE', 'FAILED', 'CANCELLED']

function JobProgress({ jobId, done, again }: { jobId: string; done: () => void; again: () => void }) {
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
            <h3>{job.status === 'FAILED' ? 'That did not work' : 'Cancelled'}</h3>
            {job.failure && <p>{job.failure}</p>}
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
        {job?.step ?? (job?.status === 'QUEUED' ? 'It waits for its turn.' : '')}
        {job && job.attempts > 1 && ` · attempt ${job.attempts}`}
      </p>
      {job?.failure && <p class="advice">The last attempt failed: {job.failure}</p>}
      {!connected && <p class="advice">The connection is broken; connecting again …</p>}
      {job && !ENDED.includes(job.status) && <CancelButton jobId={jobId} />}
    </section>
  )
}

export function CancelButton({ jobId }: { jobId: string }) {
  const [failure, setFailure] = useState<FailureFacts | Error | null>(null)
  const [waits, setWaits] = useState(false)
  const cancel = async () => {
    setWaits(true)
    try {
      const { cancelPrecache } = await request(CancelJobDocument, { jobId })
      setFailure(cancelPrecache.__typename === 'PrecacheJob' ? null : cancelPrecache)
    } catch (error) {
      setFailure(error as Error)
      setWaits(false)
    }
  }
  if (failure instanceof RequestRefused && failure.code === 'UNAUTHORIZED')
    return <TokenForm given={() => void cancel()} />
  return (
    <>
      <button type="button" disabled={waits} onClick={() => void cancel()}>
        {waits ? 'Stopping …' : 'Cancel'}
      </button>
      {failure && <Failure of={failure} />}
    </>
  )
}

function titleOf({ status }: JobFactsFragment): string {
  if (status === 'QUEUED') return 'Queued'
  if (status === 'DONE') return 'Done'
  return status === 'RETRIEVING' ? 'Fetching the packages' : `Running ${words(status)}`
}
