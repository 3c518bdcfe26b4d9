/** A diff that does not exist: the reason, a button to generate it, and the progress. */
import { useEffect, useState } from 'preact/hooks'
import type { Pair } from '../pair.ts'
import { Failure, type FailureFacts } from '../ui/failure.tsx'
import { TokenForm } from '../ui/token-form.tsx'
import { JobProgress } from './job-progress.tsx'
import { makeDiffs, type Started, useMaking } from './use-making.ts'

/** Errors that a job may overcome: it has larger limits, or runs later. */
const WORTH_A_JOB = [
  'DiffNotReadyError',
  'DiffCommandTimeoutError',
  'DiffCommandMemoryError',
  'OverloadedError',
]

export type NotReadyFacts = FailureFacts & { readonly job?: { readonly jobId: string } | null }

export interface NotReadyProps {
  readonly of: NotReadyFacts
  readonly pair: Pair
  /** Queues what is missing: returns its job, why there is none, or null if it is there. Default: both diffs. */
  readonly start?: () => Promise<Started | null>
  /** Loads the diff again. */
  readonly reload: () => void
  /** One line that says what is missing, instead of a heading and a paragraph. */
  readonly text?: string
}

export function NotReady({ of, pair, start = () => makeDiffs(pair), reload, text }: NotReadyProps) {
  const [jobId, setJobId] = useState(of.job?.jobId ?? null)
  const { make, isStarting, needsToken, failure } = useMaking(start, (jobId) =>
    jobId === null ? reload() : setJobId(jobId),
  )
  useEffect(() => setJobId(of.job?.jobId ?? null), [of.job?.jobId])

  const retry = () => {
    setJobId(null)
    void make()
  }
  if (jobId !== null)
    return (
      <div class="page">
        <JobProgress jobId={jobId} done={reload} retry={retry} />
      </div>
    )
  return (
    <div class="page">
      {of.__typename === 'DiffNotReadyError' && text !== undefined ? (
        <p>{text}</p>
      ) : of.__typename === 'DiffNotReadyError' ? (
        <section class="not-ready">
          <h2>No diff yet</h2>
          <p>Generating it takes a few seconds; a few minutes for large packages.</p>
        </section>
      ) : (
        <Failure of={of} retry={reload} />
      )}
      {needsToken && <TokenForm given={() => void make()} />}
      {failure && !needsToken && <Failure of={failure} retry={() => void make()} />}
      {WORTH_A_JOB.includes(of.__typename) && !needsToken && (
        <button type="button" class="main" disabled={isStarting} onClick={() => void make()}>
          {isStarting ? 'Starting …' : 'Generate diff'}
        </button>
      )}
    </div>
  )
}
