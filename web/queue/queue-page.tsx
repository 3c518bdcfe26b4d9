/** The queue: counts, and running, waiting and ended jobs, live. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { onConnection, watch } from '../api/live.ts'
import { request } from '../api/request.ts'
import {
  type BatchFactsFragment,
  type JobFactsFragment,
  type PrecacheJobStatus,
  QueueBatchesDocument,
  QueueChangesDocument,
  QueuePageDocument,
  type QueuePageQuery,
} from '../generated/graphql.ts'
import { changeQuery, urlOf } from '../router.ts'
import { announce } from '../ui/announce.ts'
import { Failure, type FailureFacts, factsOf } from '../ui/failure.tsx'
import { count, counted, visible } from '../ui/format.ts'
import { Frame } from '../ui/frame.tsx'
import { useKeys } from '../ui/keys.ts'
import { useLoaded } from '../ui/use-loaded.ts'
import { Batches } from './batches.tsx'
import { ForAll } from './for-all.tsx'
import { cancelJob, jobsWith, retryJob } from './job-actions.ts'
import { JobItem } from './job-item.tsx'
import { byReason, newestOf, type QueuedJob, withUpdate } from './job-updates.ts'

const FILTERS: Readonly<Record<string, { label: string; status: PrecacheJobStatus[] | null }>> = {
  all: { label: 'All', status: null },
  running: { label: 'Running', status: ['RETRIEVING', 'DEBDIFF', 'DIFFOSCOPE'] },
  queued: { label: 'Waiting', status: ['QUEUED'] },
  failed: { label: 'Failed', status: ['FAILED'] },
  done: { label: 'Done', status: ['DONE', 'CANCELLED'] },
}
const OPEN: PrecacheJobStatus[] = ['QUEUED', 'RETRIEVING', 'DEBDIFF', 'DIFFOSCOPE']
/** Jobs per request. */
const PAGE = 50
/** The counts are reloaded at most this often, in milliseconds. */
const RELOAD_MS = 1000

export function QueuePage({ query }: { query: URLSearchParams }) {
  const shown = query.get('show') ?? ''
  const name = FILTERS[shown] ? shown : 'all'
  const status = FILTERS[name]?.status ?? null
  const { data, error, reload } = useLoaded(
    (signal) => request(QueuePageDocument, { first: PAGE, after: null, status }, signal),
    name,
  )
  const { updates, failure, isConnected } = useQueueChanges(reload)
  useEffect(() => {
    document.title = 'Queue · Differ'
  }, [])
  useKeys('Queue', [{ key: 'r', help: 'refresh', run: reload }])

  const list = data?.precacheJobs ?? null
  const pages = useMoreJobs(list, status, name)
  const batches = useBatches(data)
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
              {data && <TabCount of={data} name={other} />}
            </a>
          ))}
        </nav>
        {name !== 'failed' && data && hasOpenJobs(data.precacheCounts) && (
          <ForAll
            label="Cancel all"
            question="Cancel all jobs that wait or run?"
            find={async () => [...(await jobsWith(OPEN))]}
            run={cancelJob}
            done={reload}
          />
        )}
        {name === 'all' && <Batches batches={batches} reload={reload} />}
        {list && (
          <Jobs
            {...pages}
            updates={updates}
            isFailed={name === 'failed'}
            isBatchFolded={name === 'all' && batches.length > 0}
            reload={reload}
          />
        )}
      </section>
    </Frame>
  )
}

/** The number of jobs of a tab, as far as it is known: ended ones are only counted up to a page. */
function TabCount({ of, name }: { of: QueuePageQuery; name: string }) {
  const { precacheCounts: counts, failed, done } = of
  const known = counts.__typename === 'PrecacheCounts' ? counts : null
  const ended = { failed, done }[name]
  const number = { running: known?.running, queued: known?.queued }[name] ?? ended?.nodes.length
  if (number === undefined) return null
  return (
    <small>
      {' '}
      {count(number)}
      {ended?.pageInfo.hasNextPage && '+'}
    </small>
  )
}

/** The latest batches; loaded again with the list of jobs. */
function useBatches(data: QueuePageQuery | null): readonly BatchFactsFragment[] {
  const [batches, setBatches] = useState<readonly BatchFactsFragment[]>([])
  useEffect(() => {
    if (!data) return
    const abort = new AbortController()
    request(QueueBatchesDocument, {}, abort.signal).then(
      ({ precacheBatches }) => setBatches(precacheBatches?.nodes ?? []),
      // The list of jobs says why the service does not respond.
      () => {},
    )
    return () => abort.abort()
  }, [data])
  return batches
}

function hasOpenJobs(of: QueuePageQuery['precacheCounts']): boolean {
  return of.__typename === 'PrecacheCounts' && of.running + of.queued > 0
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

interface JobsProps {
  readonly jobs: readonly QueuedJob[]
  readonly updates: ReadonlyMap<string, JobFactsFragment>
  readonly isFailed: boolean
  /** Whether jobs of batches are shown with their batch. */
  readonly isBatchFolded: boolean
  readonly reload: () => void
  /** Loads the next page; null at the end. */
  readonly loadMore: (() => void) | null
}

function Jobs({ jobs, updates, isFailed, isBatchFolded, reload, loadMore }: JobsProps) {
  const current = jobs
    .filter(({ trigger }) => !isBatchFolded || trigger !== 'BATCH')
    .map((job) => newestOf(job, updates.get(job.jobId)))
  return (
    <>
      {jobs.length === 0 && <p class="empty">Nothing here.</p>}
      {isFailed && jobs.length > 0 && (
        <ForAll
          label="Retry all"
          question={null}
          find={() => jobsWith(['FAILED'])}
          run={retryJob}
          done={reload}
        />
      )}
      {isFailed ? (
        byReason(current).map(([reason, group]) => (
          <details key={reason} open class="reason">
            <summary>
              <span class="advice">{visible(reason)}</span> <small>{counted(group.length, 'job')}</small>
            </summary>
            {group.length > 1 && (
              <ForAll
                label={`Retry these ${count(group.length)}`}
                question={null}
                find={async () => group.map(({ jobId }) => jobId)}
                run={retryJob}
                done={reload}
              />
            )}
            <JobList jobs={group} reason={reason} />
          </details>
        ))
      ) : (
        <JobList jobs={current} />
      )}
      {loadMore && (
        <p class="empty">
          Showing {count(jobs.length)}.{' '}
          <button type="button" onClick={loadMore}>
            Load more
          </button>
        </p>
      )}
    </>
  )
}

function JobList({ jobs, reason = null }: { jobs: readonly QueuedJob[]; reason?: string | null }) {
  return (
    <ol class="jobs">
      {jobs.map((job) => (
        <JobItem key={job.jobId} job={job} reason={reason} />
      ))}
    </ol>
  )
}

type JobPage = NonNullable<QueuePageQuery['precacheJobs']>

/** Pages after the first one, which is loaded again with every change. */
function useMoreJobs(first: JobPage | null, status: PrecacheJobStatus[] | null, about: string) {
  const [more, setMore] = useState<{
    about: string
    nodes: JobPage['nodes']
    info: JobPage['pageInfo']
  } | null>(null)
  const own = more?.about === about ? more : null
  const known = new Set(first?.nodes.map(({ jobId }) => jobId))
  const info = own?.info ?? first?.pageInfo
  const load = async () => {
    const after = info?.endCursor ?? null
    const { precacheJobs: page } = await request(QueuePageDocument, { first: PAGE, after, status })
    if (page) setMore({ about, nodes: [...(own?.nodes ?? []), ...page.nodes], info: page.pageInfo })
  }
  return {
    jobs: [...(first?.nodes ?? []), ...(own?.nodes ?? []).filter(({ jobId }) => !known.has(jobId))],
    loadMore: info?.hasNextPage
      ? () => void load().catch(() => announce('The service does not respond', true))
      : null,
  }
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
