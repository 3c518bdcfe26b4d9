/** A diff that is not there: why, what one can do, and how far it has come. When it is done the page goes on by itself. */
import { useEffect, useState } from 'preact/hooks'
import { RequestRefused, request } from '../api/request.ts'
import { MakeDiffsDocument } from '../generated/graphql.ts'
import type { Pair } from '../pair.ts'
import { Failure, type FailureFacts } from '../ui/failure.tsx'
import { TokenForm } from '../ui/token-form.tsx'
import { JobProgress } from './job-progress.tsx'

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
