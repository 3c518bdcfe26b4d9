/** The queue: how full it is, what runs, what waits, and what became of the rest, as it happens. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { onConnection, watch } from '../api/live.ts'
import { request } from '../api/request.ts'
import {
  type JobFactsFragment,
  type PrecacheJobStatus,
  QueueChangesDocument,
  QueuePageDocument,
} from '../generated/graphql.ts'
import { CancelButton } from '../jobs/cancel-button.tsx'
import { addressOf, changeQuery } from '../router.ts'
import { Failure, type FailureFacts, factsOf } from '../ui/failure.tsx'
import { count, duration, time, visible, words } from '../ui/format.ts'
import { useKeys } from '../ui/keys.ts'
import { useLoaded } from '../ui/use-loaded.ts'

const SHOWN: Readonly<Record<string, { label: string; status: PrecacheJobStatus[] | null }>> = {
  all: { label: 'All', status: null },
  running: { label: 'Running', status: ['RETRIEVING', 'SUMMARY', 'DEBDIFF', 'DIFFOSCOPE'] },
  queued: { label: 'Waiting', status: ['QUEUED'] },
  failed: { label: 'Failed', status: ['FAILED'] },
  done: { label: 'Done', status: ['DONE', 'CANCELLED'] },
}
const ENDED: readonly PrecacheJobStatus[] = ['DONE', 'FAILED', 'CANCELLED']
/** The counts are asked for again at most so often, in milliseconds. */
const COUNTS_MS = 1000

export function QueuePage({ query }: { query: URLSearchParams }) {
  const shown = SHOWN[query.get('show') ?? 'all'] ? (query.get('show') ?? 'all') : 'all'
  const status = SHOWN[shown]?.status ?? null
  const { data, error, reload } = useLoaded(
    (signal) => request(QueuePageDocument, { first: 50, after: null, status }, signal),
    shown,
  )
  /** What has been heard since, by job. */
  const [heard, setHeard] = useState<ReadonlyMap<string, JobFactsFragment>>(new Map())
  const [failure, setFailure] = useState<FailureFacts | null>(null)
  const [connected, setConnected] = useState(true)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  // once; `reload` does the same whenever it was made.
  useEffect(() => {
    document.title = 'Queue · Differ'
    const stopListening = onConnection(setConnected)
    const stop = watch(
      QueueChangesDocument,
      {},
      ({ precacheJobs }) => {
        if (precacheJobs.__typename !== 'PrecacheJob') return setFailure(precacheJobs)
        setConnected(true)
        setFailure(null)
        setHeard((old) => latest(old, precacheJobs))
        timer.current ??= setTimeout(() => {
          timer.current = undefined
          reload()
        }, COUNTS_MS)
      },
      (error) => error && setFailure(factsOf(error)),
    )
    return () => {
      stop()
      stopListening()
      clearTimeout(timer.current)
    }
  }, [])
  useKeys('The queue', [{ key: 'r', help: 'look again', run: reload }])

  const list = data?.precacheJobs
  const counts = data?.precacheCounts
  const jobs = list?.__typename === 'PrecacheJobConnection' ? list.nodes : []
  return (
    <section class="page">
      <h1>Queue</h1>
      {error && <Failure of={error} retry={reload} />}
      {failure && <Failure of={failure} retry={reload} />}
      {!connected && <p class="advice">The connection is broken; connecting again …</p>}
      {counts?.__typename === 'PrecacheCounts' && (
        <ul class="summary" aria-label="Counts">
          <li>
            <strong>{count(counts.running)}</strong> running
          </li>
          <li>
            <strong>{count(counts.queued)}</strong> waiting
          </li>
        </ul>
      )}
      {list && list.__typename !== 'PrecacheJobConnection' && <Failure of={list} retry={reload} />}
      <nav class="views" aria-label="Which jobs">
        {Object.entries(SHOWN).map(([name, { label }]) => (
          <a
            key={name}
            href={addressOf(['queue'], { show: name === 'all' ? null : name })}
            aria-current={shown === name ? 'page' : undefined}
            onClick={(event) => {
              event.preventDefault()
              changeQuery({ show: name === 'all' ? null : name })
            }}
          >
            {label}
          </a>
        ))}
      </nav>
      {jobs.length === 0 && data && <p class="empty">No job.</p>}
      <ol class="jobs">
        {jobs.map((job) => (
          <Job key={job.jobId} job={newer(job, heard.get(job.jobId))} />
        ))}
      </ol>
      {list?.__typename === 'PrecacheJobConnection' && list.pageInfo.hasNextPage && (
        <p class="empty">The first {count(jobs.length)} are shown.</p>
      )}
    </section>
  )
}

function Job({ job }: { job: JobFactsFragment }) {
  const isRunning = job.status !== 'QUEUED' && !ENDED.includes(job.status)
  const { startedAt, finishedAt, createdAt } = job
  return (
    <li class={`job ${job.status.toLowerCase()}`}>
      <a href={addressOf(['compare', job.oldRunId, job.newRunId])}>
        {visible(job.oldRunId)} <span class="arrow">→</span> {visible(job.newRunId)}
      </a>
      <span class={`state ${STATES[job.status]}`}>{words(job.status)}</span>
      {isRunning && (
        <>
          <progress max={1} value={job.progress} aria-label={`How far ${job.newRunId} has come`} />
          <span class="step">{job.step && visible(job.step)}</span>
        </>
      )}
      <small>
        {words(job.trigger)} · asked for {time(createdAt)}
        {startedAt && finishedAt && ` · took ${duration(Date.parse(finishedAt) - Date.parse(startedAt))}`}
        {job.attempts > 1 && ` · attempt ${job.attempts}`}
      </small>
      {job.failure && <p class="advice">{visible(job.failure)}</p>}
      {!ENDED.includes(job.status) && <CancelButton jobId={job.jobId} />}
    </li>
  )
}

const STATES: Readonly<Record<PrecacheJobStatus, string>> = {
  QUEUED: 'absent',
  RETRIEVING: 'coming',
  SUMMARY: 'coming',
  DEBDIFF: 'coming',
  DIFFOSCOPE: 'coming',
  DONE: 'ready',
  FAILED: 'failed',
  CANCELLED: 'absent',
}

/** Heard of last; the longest ago is forgotten. */
function latest(old: ReadonlyMap<string, JobFactsFragment>, job: JobFactsFragment) {
  const now = new Map(old)
  now.delete(job.jobId)
  now.set(job.jobId, job)
  const [oldest] = now.keys()
  if (now.size > 500 && oldest !== undefined) now.delete(oldest)
  return now
}

/** What was heard may be older than what was asked for: progress never falls, and an end stays one until the job begins anew. */
function newer(asked: JobFactsFragment, heard: JobFactsFragment | undefined): JobFactsFragment {
  if (!heard || heard.createdAt < asked.createdAt) return asked
  const isBehind = ENDED.includes(asked.status) && !ENDED.includes(heard.status)
  return isBehind || heard.progress < asked.progress ? asked : heard
}
