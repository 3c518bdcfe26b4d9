/**
 * The queue of jobs that make diffs before they are requested: the contract of both drivers, which
 * `test/jobs/queue-suite.ts` checks. A job makes both diffs of one pair, or the report of one file of it, and
 * stores only the ids of the runs and the file's address.
 */
import { createHash } from 'node:crypto'
import { UsageError } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { FileAddress } from '../model.ts'

/** What a job makes. */
export interface JobPair {
  readonly oldId: string
  readonly newId: string
  /** Makes only the report of this file. */
  readonly file?: FileAddress
  /** Makes only the summary, and lets the state know it. */
  readonly summaryOnly?: true
  /** Only tells the receiver of webhooks what this version of the summary says. */
  readonly webhook?: string
}

/** A job runs from `RETRIEVING` to `DIFFOSCOPE`; the last three are final. */
export type JobStatus = 'QUEUED' | 'RETRIEVING' | 'DEBDIFF' | 'DIFFOSCOPE' | 'DONE' | 'FAILED' | 'CANCELLED'

export type RunningStatus = Extract<JobStatus, 'RETRIEVING' | 'DEBDIFF' | 'DIFFOSCOPE'>

/**
 * Why a job was queued: a client's request; what a report lacks; an event about a finished run; the backfill; a batch; rules that have changed. A
 * request of a client that has many jobs already counts as a batch: see `triggerWithinShare`.
 */
export type JobTrigger = 'REQUEST' | 'RETRY' | 'RUN_FINISHED' | 'CATCH_UP' | 'BATCH' | 'REFRESH'

export interface PrecacheJob extends JobPair {
  /** The hash of the pair and the file, so that the same request has at most one job. See `jobId`. */
  readonly id: string
  readonly status: JobStatus
  /** The most urgent trigger with which the job was queued. */
  readonly trigger: JobTrigger
  /** What the job is doing, for people; null unless it runs. */
  readonly step: string | null
  /** 0..1; never decreases while the job is queued or runs. */
  readonly progress: number
  /** How often the job was started. An attempt that ended with its worker's shutdown does not count. */
  readonly attempts: number
  /** Why the job failed, or why its last attempt failed while it waits for the next one; otherwise null. */
  readonly error: Error | null
  /** Whether both diffs were cached when the job started, so that it ran no tool. */
  readonly cached: boolean
  readonly createdAt: Date
  readonly startedAt: Date | null
  readonly finishedAt: Date | null
}

/** Jobs that were queued together, and their counts. A job may belong to several batches. */
export interface PrecacheBatch {
  readonly id: string
  /** Pairs so far: the sum of the following counts. */
  readonly count: number
  readonly queued: number
  readonly running: number
  readonly done: number
  readonly failed: number
  readonly cancelled: number
  /** Pairs that were cached already and got no job. */
  readonly skipped: number
  /** Whether all pairs have been added. */
  readonly filled: boolean
  readonly createdAt: Date
}

/** The status of a job in a batch. Each has a count in `PrecacheBatch`. */
export type BatchJobStatus = 'queued' | 'running' | 'done' | 'failed' | 'cancelled'

/** How far a running job has come. */
export interface JobProgress {
  readonly status: RunningStatus
  /** For people: `diffoscope libssl3_3.0.22-1_amd64.deb, 2 of 4`. */
  readonly step: string
  /** 0..1 of the whole job. */
  readonly fraction: number
}

export interface JobContext {
  readonly trigger: JobTrigger
  /** Aborts with `CancelledError` or `StoppingError` when the job is cancelled or the worker shuts down. */
  readonly signal: AbortSignal
  report(progress: JobProgress): void
}

/**
 * Makes the diffs of a pair.
 * @returns `cached` if both diffs were cached already
 * @throws any error; `decideRetry` decides whether the job is retried
 */
export type JobHandler = (pair: JobPair, context: JobContext) => Promise<'made' | 'cached'>

export interface QueueOptions {
  /** Tells several queues on one Redis apart. Default: that of the diffs. */
  readonly name?: string
  /** Runs the jobs; null for a queue that only accepts jobs for workers in other processes. */
  readonly handler: JobHandler | null
  /** Jobs that run concurrently in this process. */
  readonly concurrency: number
  /** How many jobs may wait. More requests are refused, and one client has a share of it: see `checkRoom`. */
  readonly maxWaiting: number
  /** Called for each pair of a batch before it is queued. Must be cheap. */
  readonly isCached: (pair: JobPair) => Promise<boolean>
  /** Called when a job that ran in this process has ended. */
  readonly onEnd: (job: PrecacheJob) => void
  /** Delay before the second attempt, in milliseconds; doubles with each further attempt. */
  readonly retryDelayMs?: number
  readonly log: Logger
}

export interface JobList {
  readonly jobs: readonly PrecacheJob[]
  /** For each of `jobs`, the cursor to request the jobs after it with. */
  readonly cursors: readonly string[]
  /** The cursor to request the following jobs with, as `after`; null at the end. */
  readonly next: string | null
}

/** A page of batches, the latest first. */
export interface BatchList {
  readonly batches: readonly PrecacheBatch[]
  /** For each of `batches`, the cursor to request the ones after it with. */
  readonly cursors: readonly string[]
  readonly hasMore: boolean
}

export interface JobListRequest {
  /** Defaults to all. */
  readonly status?: readonly JobStatus[]
  readonly first: number
  /** `next` of the preceding list. */
  readonly after?: string
}

/**
 * Every method throws QueueUnavailableError while the queue's server is unavailable, except `close` and
 * reading a watched state, which waits.
 */
export interface PrecacheQueue {
  /**
   * Queues a pair. A waiting job moves up if the new trigger is more urgent, and a running one is left alone.
   * A job that has ended starts again, but does not remake what is cached.
   * @param client address of the client that requests the job; omitted if no client does
   * @throws OverloadedError if too many jobs wait, of all clients or of this one
   */
  enqueue(pair: JobPair, trigger: JobTrigger, client?: string): Promise<PrecacheJob>
  /**
   * Queues many pairs as one batch, as fast as the queue accepts them. Cached pairs are skipped; jobs that
   * wait or run already are counted and left alone.
   * @param request names what was requested. While another process fills a batch of the same request, that batch is
   *   returned, nothing is queued, and `filling` resolves at once.
   * @returns at once; `filling` resolves when all pairs are queued, and rejects with the error of `pairs`.
   *   The batch is `filled` in either case.
   */
  enqueueAll(
    pairs: AsyncIterable<JobPair> | Iterable<JobPair>,
    trigger: JobTrigger,
    request?: string,
  ): Promise<{ batch: PrecacheBatch; filling: Promise<void> }>
  /** @returns null for an unknown job, or one that ended too long ago */
  get(id: string): Promise<PrecacheJob | null>
  /** As `get`, by pair. */
  find(pair: JobPair): Promise<PrecacheJob | null>
  /** @returns null for an unknown batch, or one that ended too long ago */
  batch(id: string): Promise<PrecacheBatch | null>
  /** Lists the batches that are remembered, the latest first. @throws UsageError for an invalid `after` */
  batches(page: Pick<JobListRequest, 'first' | 'after'>): Promise<BatchList>
  /** The batches that a job was added to, as far as they are remembered. */
  batchesOf(jobId: string): Promise<readonly PrecacheBatch[]>
  /** Adds no more pairs to a batch, whichever process fills it. @returns as `batch` */
  stopFilling(id: string): Promise<PrecacheBatch | null>
  /**
   * Lists the jobs of a batch in the order in which they were added; empty for an unknown batch. Jobs that
   * ended too long ago are left out, so a page may have fewer than `first`. The cost of a page does not
   * depend on the batch's size.
   * @throws UsageError for an invalid `after`
   */
  jobsOfBatch(id: string, page: Pick<JobListRequest, 'first' | 'after'>): Promise<JobList>
  /**
   * Lists running jobs, then waiting ones in the order in which they will run, then ended ones, latest first.
   * @throws UsageError for an invalid `after`
   */
  list(request: JobListRequest): Promise<JobList>
  /** Counts the waiting and running jobs of all processes. */
  counts(): Promise<{ queued: number; running: number }>
  /**
   * Ends a waiting job. Stops a running one, in whichever process it runs; it becomes `CANCELLED` soon.
   * @returns as `get`
   */
  cancel(id: string): Promise<PrecacheJob | null>
  /**
   * Streams a job's current state and each change of it. Ends after its final state, and when the signal
   * aborts. A slow reader misses intermediate states, but never the last one.
   * The stream throws JobNotFoundError for a job that is unknown or has been removed, and StoppingError when
   * the queue is closed before the job has ended.
   */
  watchJob(id: string, signal?: AbortSignal): AsyncIterableIterator<PrecacheJob>
  /** As `watchJob`, for a batch (BatchNotFoundError); ends when its last job has ended. */
  watchBatch(id: string, signal?: AbortSignal): AsyncIterableIterator<PrecacheBatch>
  /**
   * Streams every job that runs or waits for its next attempt, then each job that changes. Jobs that have
   * never started are left out of the initial states, because they may be many. The stream throws
   * QueueUnavailableError if the jobs cannot be read, and StoppingError when the queue is closed.
   */
  watchJobs(signal?: AbortSignal): AsyncIterableIterator<PrecacheJob>
  /** Stops the running jobs. They are queued again, for another worker if there is one. */
  close(): Promise<void>
}

/** How often a job is started before it fails. */
export const MAX_ATTEMPTS = 5
/** Before the second attempt; the further ones follow after 10, 20 and 40 s. */
export const RETRY_DELAY_MS = 5_000
/** How many done jobs are remembered, and for how long. */
export const KEEP_DONE = { count: 1_000, ageSeconds: 3_600 } as const
/** The same for failed and cancelled jobs. */
export const KEEP_FAILED = { count: 10_000, ageSeconds: 7 * 86_400 } as const

/** A job with a smaller number runs first. */
export const PRIORITY: Readonly<Record<JobTrigger, number>> = {
  REQUEST: 1,
  RETRY: 2,
  RUN_FINISHED: 2,
  CATCH_UP: 3,
  BATCH: 3,
  REFRESH: 4,
}

const JOB_ID_LENGTH = 22

/** What a job makes, without what else is known of it. */
export function jobPair({ oldId, newId, file, summaryOnly, webhook }: JobPair): JobPair {
  return {
    oldId,
    newId,
    ...(file && { file }),
    ...(summaryOnly && { summaryOnly }),
    ...(webhook !== undefined && { webhook }),
  }
}

export function jobId({ oldId, newId, file, summaryOnly, webhook }: JobPair): string {
  const address = file ? [file.package, file.path, file.oldPath, file.oldPackage] : []
  const part = webhook !== undefined ? ['webhook', webhook] : summaryOnly ? ['summary'] : address
  return createHash('sha256')
    .update(JSON.stringify([oldId, newId, ...part]))
    .digest('base64url')
    .slice(0, JOB_ID_LENGTH)
}

export function hasEnded({ status }: PrecacheJob): boolean {
  return status === 'DONE' || status === 'FAILED' || status === 'CANCELLED'
}

export function batchHasEnded({ filled, queued, running }: PrecacheBatch): boolean {
  return filled && queued + running === 0
}

/**
 * A page of the jobs of a batch, whose cursors are indexes.
 * @param found from the index `from` on; null for a job that ended too long ago
 */
export function batchJobList(
  found: readonly (PrecacheJob | null)[],
  from: number,
  next: string | null,
): JobList {
  const known = found.flatMap((job, index) => (job ? [{ job, cursor: String(from + index + 1) }] : []))
  return { jobs: known.map(({ job }) => job), cursors: known.map(({ cursor }) => cursor), next }
}

/** A page of batches. @param found the latest first, one more than the page has if more follow */
export function batchList(found: readonly PrecacheBatch[], first: number): BatchList {
  const batches = found.slice(0, first)
  return {
    batches,
    cursors: batches.map(({ createdAt, id }) => `${createdAt.getTime()}.${id}`),
    hasMore: found.length > first,
  }
}

/** Reads the cursor of a list of batches; null without one. @throws UsageError */
export function batchCursor(after: string | undefined): { createdMs: number; id: string } | null {
  if (after === undefined) return null
  const [, createdMs, id] = /^(\d{1,15})\.([\w-]{1,40})$/.exec(after) ?? []
  if (createdMs === undefined || id === undefined) throw invalidCursor()
  return { createdMs: Number(createdMs), id }
}

/** Whether a batch comes after a cursor in a list with the latest first. */
export function isAfterBatch(
  { createdAt, id }: PrecacheBatch,
  { createdMs, id: other }: { createdMs: number; id: string },
): boolean {
  const time = createdAt.getTime()
  return time < createdMs || (time === createdMs && id < other)
}

/** Reads the cursor of `jobsOfBatch`. @throws UsageError */
export function batchOffset(after: string | undefined): number {
  if (after !== undefined && !/^\d{1,9}$/.test(after)) throw invalidCursor()
  return Number(after ?? 0)
}

export function invalidCursor(): UsageError {
  return new UsageError('"after" is not a cursor of this list; take one from pageInfo.endCursor of a page')
}
