/** Jobs and batches as the service tells of them. */
import type { Typed } from './service-client.ts'

export interface Job extends Typed {
  readonly jobId: string
  readonly oldRunId: string
  readonly newRunId: string
  readonly status:
    | 'QUEUED'
    | 'RETRIEVING'
    | 'SUMMARY'
    | 'DEBDIFF'
    | 'DIFFOSCOPE'
    | 'DONE'
    | 'FAILED'
    | 'CANCELLED'
  readonly trigger: string
  readonly step: string | null
  /** 0..1 */
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

const ERROR = '... on Error { message }'
export const JOB = `__typename ... on PrecacheJob {
  jobId oldRunId newRunId status trigger step progress attempts cached failure createdAt
} ${ERROR}`
export const BATCH_FIELDS = 'batchId count queued running done failed cancelled skipped filled'
export const BATCH = `__typename ... on PrecacheBatch { ${BATCH_FIELDS} } ${ERROR}`

export function hasEnded({ status }: Job): boolean {
  return status === 'DONE' || status === 'FAILED' || status === 'CANCELLED'
}

/** `old → new`. */
export function pairOf({ oldRunId, newRunId }: Job): string {
  return visible(`${oldRunId} → ${newRunId}`)
}

/** How a job ended, or where it stands, as a line for people. */
export function describeJob(job: Job): string {
  const how = {
    QUEUED: 'waits',
    RETRIEVING: 'runs',
    SUMMARY: 'runs',
    DEBDIFF: 'runs',
    DIFFOSCOPE: 'runs',
    DONE: job.cached ? 'was cached already' : 'done',
    FAILED: 'failed',
    CANCELLED: 'was cancelled',
  }[job.status]
  const more = job.status === 'FAILED' ? job.failure : job.step
  return `${pairOf(job)}: ${how}${more ? ` (${visible(more)})` : ''}`
}

/** `118 of 400: 110 done, 6 cached already, 2 failed, 4 running`. */
export function describeBatch({ count, queued, running, done, failed, cancelled, skipped }: Batch): string {
  const parts = [
    [done, 'done'],
    [skipped, 'cached already'],
    [failed, 'failed'],
    [cancelled, 'cancelled'],
    [running, 'running'],
  ] as const
  const named = parts.filter(([jobs]) => jobs > 0).map(([jobs, what]) => `${jobs} ${what}`)
  return `${count - queued - running} of ${count}${named.length > 0 ? `: ${named.join(', ')}` : ''}`
}

/** Names come from packages: none of them may steer a terminal. */
export function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  )
}
