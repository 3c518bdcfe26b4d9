/** Jobs and batches as the service returns them, and the selections that request them. */
import { printable } from '../printable.ts'
import type { Typed } from './service-client.ts'

export interface Job extends Typed {
  readonly jobId: string
  readonly oldRunId: string
  readonly newRunId: string
  readonly status: 'QUEUED' | 'RETRIEVING' | 'DEBDIFF' | 'DIFFOSCOPE' | 'DONE' | 'FAILED' | 'CANCELLED'
  readonly trigger: string
  readonly step: string | null
  /** From 0 to 1. */
  readonly progress: number
  readonly attempts: number
  readonly cached: boolean
  readonly failure: string | null
  readonly createdAt: string
}

export interface Batch extends Typed {
  readonly batchId: string
  readonly count: number
  readonly queued: number
  readonly running: number
  readonly done: number
  readonly failed: number
  readonly cancelled: number
  readonly skipped: number
  readonly filled: boolean
}

const OR_ERROR = '... on Error { message retryable }'
const JOB_FIELDS = 'jobId oldRunId newRunId status trigger step progress attempts cached failure createdAt'
const BATCH_FIELDS = 'batchId count queued running done failed cancelled skipped filled'
const JOB = `__typename ... on PrecacheJob { ${JOB_FIELDS} } ${OR_ERROR}`
const BATCH = `__typename ... on PrecacheBatch { ${BATCH_FIELDS} } ${OR_ERROR}`

/** What `makeDiffs` returns; `job` is null if everything is cached already. */
export interface MadeDiffs extends Typed {
  readonly job: Job | null
  /** Of a file; otherwise null. */
  readonly report: Typed | null
}

/** Queues a job for a pair, or for one of its files. */
export const MAKE_DIFFS = `mutation ($input: MakeDiffsInput!) {
  makeDiffs(input: $input) {
    __typename
    ... on MakeDiffsPayload { job { __typename ${JOB_FIELDS} } report { __typename ${OR_ERROR} } }
    ${OR_ERROR}
  }
}`
export const PRECACHE_ALL = `mutation ($input: PrecacheAllInput!) {
  precacheAll(input: $input) {
    __typename
    ... on PrecacheAllPayload { count batch { __typename ${BATCH_FIELDS} } }
    ${OR_ERROR}
  }
}`
export const CANCEL_JOB = `mutation ($id: ID!) { cancelPrecacheJob(input: { jobId: $id }) { ${JOB} } }`
export const LIST_JOBS = `query ($status: [PrecacheJobStatus!], $first: Int!, $after: String) {
  precacheJobs(status: $status, first: $first, after: $after) {
    __typename
    ... on PrecacheJobConnection {
      nodes { __typename ${JOB_FIELDS} }
      pageInfo { endCursor hasNextPage }
    }
  }
}`
export const WATCH_JOB = `subscription ($id: String!) { precacheJob(jobId: $id) { ${JOB} } }`
export const WATCH_JOBS = `subscription { precacheJobs { ${JOB} } }`
export const WATCH_BATCH = `subscription ($id: String!) { precacheBatch(batchId: $id) { ${BATCH} } }`

export function hasEnded({ status }: Job): boolean {
  return status === 'DONE' || status === 'FAILED' || status === 'CANCELLED'
}

/** `old → new`. */
export function describePair({ oldRunId, newRunId }: Job): string {
  return printable(`${oldRunId} → ${newRunId}`)
}

/** The state of a job on one line: `old → new: running (diffoscope)`. */
export function describeJob(job: Job): string {
  const state = {
    QUEUED: 'waiting',
    RETRIEVING: 'running',
    DEBDIFF: 'running',
    DIFFOSCOPE: 'running',
    DONE: job.cached ? 'already cached' : 'done',
    FAILED: 'failed',
    CANCELLED: 'cancelled',
  }[job.status]
  const detail = job.status === 'FAILED' ? job.failure : job.step
  return `${describePair(job)}: ${state}${detail ? ` (${printable(detail)})` : ''}`
}

/** `118 of 400: 110 done, 6 already cached, 2 failed, 4 running`. */
export function describeBatch({ count, queued, running, done, failed, cancelled, skipped }: Batch): string {
  const parts = [
    [done, 'done'],
    [skipped, 'already cached'],
    [failed, 'failed'],
    [cancelled, 'cancelled'],
    [running, 'running'],
  ] as const
  const shown = parts.filter(([jobs]) => jobs > 0).map(([jobs, state]) => `${jobs} ${state}`)
  return `${count - queued - running} of ${count}${shown.length > 0 ? `: ${shown.join(', ')}` : ''}`
}
