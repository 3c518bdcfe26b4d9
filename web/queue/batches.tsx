/** Batches, each folded to a bar that says how far it has come. */
import { useEffect, useState } from 'preact/hooks'
import { request } from '../api/request.ts'
import { type BatchFactsFragment, BatchJobsDocument, type ListedJobFragment } from '../generated/graphql.ts'
import { Failure } from '../ui/failure.tsx'
import { age, count, counted, time } from '../ui/format.ts'
import { ForAll } from './for-all.tsx'
import { cancelBatch } from './job-actions.ts'
import { JobItem } from './job-item.tsx'

export interface BatchesProps {
  readonly batches: readonly BatchFactsFragment[]
  readonly reload: () => void
}

export function Batches({ batches, reload }: BatchesProps) {
  if (batches.length === 0) return null
  return (
    <section class="batches" aria-label="Batches">
      {batches.map((batch) => (
        <Batch key={batch.batchId} of={batch} reload={reload} />
      ))}
    </section>
  )
}

/** The parts of the bar, and the words for their numbers. */
const PARTS = [
  ['done', 'done'],
  ['skipped', 'were cached'],
  ['failed', 'failed'],
  ['cancelled', 'cancelled'],
  ['running', 'running'],
  ['queued', 'waiting'],
] as const

function Batch({ of, reload }: { of: BatchFactsFragment; reload: () => void }) {
  const [isOpen, setIsOpen] = useState(false)
  const isOver = of.filled && of.queued === 0 && of.running === 0
  const parts = PARTS.filter(([name]) => of[name] > 0)
  const text = parts.map(([name, words]) => `${count(of[name])} ${words}`).join(', ')
  return (
    <div class="batch">
      <details onToggle={(event) => setIsOpen(event.currentTarget.open)}>
        <summary>
          <strong>{counted(of.count, 'comparison')}</strong>{' '}
          <small title={time(of.createdAt)}>batch, queued {age(of.createdAt)}</small>
          <span class="bar" role="img" aria-label={text}>
            {parts.map(([name]) => (
              <span key={name} class={name} style={{ flexGrow: of[name] }} />
            ))}
          </span>
          <small>{text}</small>
        </summary>
        {isOpen && <BatchJobs batchId={of.batchId} />}
      </details>
      {!isOver && (
        <ForAll
          label="Cancel the batch"
          question={`Cancel the ${count(of.queued + of.running)} jobs of this batch that have not ended?`}
          find={async () => [of.batchId]}
          run={cancelBatch}
          done={reload}
        />
      )}
    </div>
  )
}

interface JobsSoFar {
  readonly jobs: readonly ListedJobFragment[]
  readonly after: string | null
  readonly isEnd: boolean
}

/** The jobs of a batch, page by page. */
function BatchJobs({ batchId }: { batchId: string }) {
  const [{ jobs, after, isEnd }, setState] = useState<JobsSoFar>({ jobs: [], after: null, isEnd: false })
  const [failure, setFailure] = useState<Error | null>(null)
  const load = async () => {
    setFailure(null)
    try {
      const { precacheBatch: batch } = await request(BatchJobsDocument, { batchId, after })
      if (batch.__typename !== 'PrecacheBatch') throw new Error(batch.message)
      const { nodes, pageInfo } = batch.jobs
      setState({ jobs: [...jobs, ...nodes], after: pageInfo.endCursor ?? null, isEnd: !pageInfo.hasNextPage })
    } catch (error) {
      setFailure(error as Error)
    }
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies(load): it is the first page, which is loaded once
  useEffect(() => {
    void load()
  }, [])
  return (
    <>
      <ol class="jobs">
        {jobs.map((job) => (
          <JobItem key={job.jobId} job={job} />
        ))}
      </ol>
      {failure && <Failure of={failure} retry={() => void load()} />}
      {!isEnd && !failure && jobs.length > 0 && (
        <button type="button" onClick={() => void load()}>
          Show more jobs
        </button>
      )}
    </>
  )
}
