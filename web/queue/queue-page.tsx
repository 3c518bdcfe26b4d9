/** The queue: counts, and running, waiting and ended jobs, live. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { onConnection, watch } from '../api/live.ts'
import { request } from '../api/request.ts'
import {
  type JobFactsFragment,
  type PrecacheJobStatus,
  QueueChangesDocument,
  QueuePageDocument,
  type QueuePageQuery,
} from '../generated/graphql.ts'
import { changeQuery, urlOf } from '../router.ts'
import { Failure, type FailureFacts, factsOf } from '../ui/failure.tsx'
import { count } from '../ui/format.ts'
import { Frame } from '../ui/frame.tsx'
import { useKeys } from '../ui/keys.ts'
import { useLoaded } from '../ui/use-loaded.ts'
import { JobItem } from './job-item.tsx'
import { newestOf, withUpdate } from './job-updates.ts'

const FILTERS: Readonly<Record<string, { label: string; status: PrecacheJobStatus[] | null }>> = {
  all: { label: 'All', status: null },
  running: { label: 'Running', status: ['RETRIEVING', 'DEBDIFF', 'DIFFOSCOPE'] },
  queued: { label: 'Waiting', status: ['QUEUED'] },
  failed: { label: 'Failed', status: ['FAILED'] },
  done: { label: 'Done', status: ['DONE', 'CANCELLED'] },
}
/** The counts are reloaded at most this often, in milliseconds. */
const RELOAD_MS = 1000

export function QueuePage({ query }: { query: URLSearchParams }) {
  const shown = query.get('show') ?? ''
  const name = FILTERS[shown] ? shown : 'all'
  const status = FILTERS[name]?.status ?? null
  const { data, error, reload } = useLoaded(
    (signal) => request(QueuePageDocument, { first: 50, after: null, status }, signal),
    name,
  )
  const { updates, failure, isConnected } = useQueueChanges(reload)
  useEffect(() => {
    document.title = 'Queue · Differ'
  }, [])
  useKeys('Queue', [{ key: 'r', help: 'refresh', run: reload }])

  const list = data?.precacheJobs
  return (
    <Frame view="queue">
      <section class="page">
        <h1>Queue</h1>
        {error && <Failure of={error} retry={reload} />}
        {failure && <Failure of={failure} retry={reload} />}
        {!isConnected && <p class="advice">Connection lost. Reconnecting …</p>}
        {data && <Counts of={data.precacheCounts} />}
        <nav class="views" aria-label="Filter by status">
          {Object.entries(FILTERS).map(([other, { label }]) => (
            <a
              key={other}
              href={urlOf(['queue'], { show: other === 'all' ? null : other })}
              aria-current={name === other ? 'page' : undefined}
              onClick={(event) => {
                event.preventDefault()
                changeQuery({ show: other === 'all' ? null : other })
              }}
            >
              {label}
            </a>
          ))}
        </nav>
        {list && <Jobs jobs={list.nodes} updates={updates} hasMore={list.pageInfo.hasNextPage} />}
      </section>
    </Frame>
  )
}

function Counts({ of }: { of: QueuePageQuery['precacheCounts'] }) {
  if (of.__typename !== 'PrecacheCounts') return null
  return (
    <ul class="summary" aria-label="Counts">
      <li>
        <strong>{count(of.running)}</strong> running
      </li>
      <li>
        <strong>{count(of.queued)}</strong> waiting
      </li>
    </ul>
  )
}

function Jobs({
  jobs,
  updates,
  hasMore,
}: {
  jobs: readonly JobFactsFragment[]
  updates: ReadonlyMap<string, JobFactsFragment>
  hasMore: boolean
}) {
  return (
    <>
      {jobs.length === 0 && <p class="empty">No jobs.</p>}
      <ol class="jobs">
        {jobs.map((job) => (
          <JobItem key={job.jobId} job={newestOf(job, updates.get(job.jobId))} />
        ))}
      </ol>
      {hasMore && <p class="empty">Only the first {count(jobs.length)} jobs are shown.</p>}
    </>
  )
}

/** Every change of the queue. Calls `reload` a moment after changes. */
function useQueueChanges(reload: () => void) {
  const [updates, setUpdates] = useState<ReadonlyMap<string, JobFactsFragment>>(new Map())
  const [failure, setFailure] = useState<FailureFacts | null>(null)
  const [isConnected, setIsConnected] = useState(true)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => {
    const stopListening = onConnection(setIsConnected)
    const stop = watch(
      QueueChangesDocument,
      {},
      ({ precacheJobs }) => {
        if (precacheJobs.__typename !== 'PrecacheJob') return setFailure(precacheJobs)
        setIsConnected(true)
        setFailure(null)
        setUpdates((old) => withUpdate(old, precacheJobs))
        timer.current ??= setTimeout(() => {
          timer.current = undefined
          reload()
        }, RELOAD_MS)
      },
      (error) => error && setFailure(factsOf(error)),
    )
    return () => {
      stop()
      stopListening()
      clearTimeout(timer.current)
    }
  }, [reload])
  return { updates, failure, isConnected }
}
