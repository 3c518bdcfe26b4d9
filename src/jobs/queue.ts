/**
 * Jobs that make diffs ahead of time: the contract of every queue, which `test/precache/queue-suite.ts` holds against each driver. A job makes both kinds for
 * one pair, and knows the ids of its runs alone.
 */
import { createHash } from 'node:crypto'
import { UsageError } from '../errors.ts'

export interface JobPair {
  readonly oldId: string
  readonly newId: string
}

/** From `RETRIEVING` to `DIFFOSCOPE` it runs; the last three are ends. */
export type JobStatus = 'QUEUED' | 'RETRIEVING' | 'DEBDIFF' | 'DIFFOSCOPE' | 'DONE' | 'FAILED' | 'CANCELLED'

export type RunningStatus = Extract<JobStatus, 'RETRIEVING' | 'DEBDIFF' | 'DIFFOSCOPE'>

/** Who wanted it: a person; the news that a run has finished; the search for runs whose news was missed; one of many. */
export type JobTrigger = 'REQUEST' | 'RUN_FINISHED' | 'CATCH_UP' | 'BATCH'

export interface PrecacheJob extends JobPair {
  /** The same for the same pair: asking twice is one job. */
  readonly id: string
  readonly status: JobStatus
  /** The most urgent of those that asked. */
  readonly trigger: JobTrigger
  /** What it is at, for people; null unless it runs. */
  readonly step: string | null
  /** 0..1, never falling while the job lives. */
  readonly progress: number
  /** How often it was begun; a begin that an orderly stop took back does not count. */
  readonly attempts: number
  /** Why it failed, and while it waits for another attempt why the last one failed; null otherwise. */
  readonly error: Error | null
  /** Both diffs were there already: no tool ran. */
  readonly cached: boolean
  readonly createdAt: Date
  readonly startedAt: Date | null
  readonly finishedAt: Date | null
}

/** Many jobs asked for at once, and what became of them. Each counts once, whoever else wanted it too. */
export interface PrecacheBatch {
  readonly id: string
  /** Pairs so far: the sum of all that follow. */
  readonly count: number
  readonly queued: number
  readonly running: number
  readonly done: number
  readonly failed: number
  readonly cancelled: number
  /** Cached already when they were asked for: no job was made. */
  readonly skipped: number
  /** No pair will be added any more. */
  readonly filled: boolean
  readonly createdAt: Date
}

/** Where a job of a batch may stand; each is a count of the batch. */
export type BatchJobStatus = 'queued' | 'running' | 'done' | 'failed' | 'cancelled'

/** Where a job that runs has got to. */
export interface JobProgress {
  readonly status: RunningStatus
  /** For people: `diffoscope libssl3_3.0.22-1_amd64.deb, 2 of 4`. */
  readonly step: string
  /** 0..1 of the whole job. */
  readonly fraction: number
}

export interface JobContext {
  readonly trigger: JobTrigger
  /** Aborts when the job is cancelled or the worker stops. */
  readonly signal: AbortSignal
  report(progress: JobProgress): void
}

/**
 * Makes the diffs of a pair. `cached` where both were there and nothing was run.
 * @throws what `isPassing` judges: whether it is tried again
 */
export type JobHandler = (pair: JobPair, context: JobContext) => Promise<'made' | 'cached'>

export interface QueueOptions {
  /** What a job does; null for a queue that only takes jobs, for workers elsewhere. */
  readonly handler: JobHandler | null
  /** Jobs at a time, here. */
  readonly concurrency: number
  /** Asked of each pair of a batch before it is queued. Cheap. */
  readonly isCached: (pair: JobPair) => Promise<boolean>
  /** Called when a job that ran here has ended for good. */
  readonly onEnd: (job: PrecacheJob) => void
  /** Before the second attempt, in milliseconds; twice as long before each further one. */
  readonly retryDelayMs?: number
}

export interface JobList {
  readonly jobs: readonly PrecacheJob[]
  /** What to give as `after` for those behind; null at the end. */
  readonly next: string | null
}

export interface JobListRequest {
  /** All of them where left out. */
  readonly status?: readonly JobStatus[]
  readonly first: number
  /** `next` of an earlier list. */
  readonly after?: string
}

/** @throws UsageError for an `after` of a batch's jobs that is none */
export function batchOffset(after: string | undefined): number {
  if (after !== undefined && !/^\d{1,9}$/.test(after))
    throw new UsageError('"after" is not a cursor of this list')
  return Number(after ?? 0)
}

/** Every method throws QueueUnavailableError while the queue's server is away, but `close` and what is being watched, which waits. */
export interface PrecacheQueue {
  /**
   * Queues a pair. One that waits moves up where the new trigger is more urgent; one that runs is left as it is; one that has ended starts again (what is
   * cached by then is not made again).
   * @throws OverloadedError where too many wait
   */
  enqueue(pair: JobPair, trigger: JobTrigger): Promise<PrecacheJob>
  /**
   * Queues many as one batch, at the pace that the queue takes them. Pairs that are cached are skipped, those that wait or run are counted and left alone.
   * Answers at once; `filling` ends when all are queued, and throws what `pairs` threw. Either way the batch is `filled` then.
   */
  enqueueAll(
    pairs: AsyncIterable<JobPair> | Iterable<JobPair>,
    trigger: JobTrigger,
  ): Promise<{ batch: PrecacheBatch; filling: Promise<void> }>
  /** Null for a job that never was, or is long over. */
  get(id: string): Promise<PrecacheJob | null>
  /** The job of a pair, if there is one. */
  find(pair: JobPair): Promise<PrecacheJob | null>
  /** Null for a batch that never was, or is long over. */
  batch(id: string): Promise<PrecacheBatch | null>
  /**
   * Jobs of a batch in the order in which they were added. Those that are long over are left out, so a page may be shorter than `first`, and what it costs does
   * not grow with the batch. None for a batch that is none.
   * @throws UsageError for an `after` that is none
   */
  jobsOfBatch(id: string, page: Pick<JobListRequest, 'first' | 'after'>): Promise<JobList>
  /** Running ones first, then those that wait in their order, then ended ones, latest first. @throws UsageError for an `after` that is none */
  list(request: JobListRequest): Promise<JobList>
  /** Jobs that wait and that run, on all machines. */
  counts(): Promise<{ queued: number; running: number }>
  /** Ends a job that waits, and tells one that runs to stop, wherever it runs: soon after it is `CANCELLED`. Null as `get`. */
  cancel(id: string): Promise<PrecacheJob | null>
  /**
   * A job's state now, and after each change; ends behind its last state, and at once for a job that is not there. Who reads slowly misses states between, never the
   * last one. Ends when the signal aborts.
   */
  watchJob(id: string, signal?: AbortSignal): AsyncIterableIterator<PrecacheJob>
  /** The same for a batch, until its last job has ended. */
  watchBatch(id: string, signal?: AbortSignal): AsyncIterableIterator<PrecacheBatch>
  /** Every job that runs or waits for another attempt now (those that were never begun are many), and then each job that changes. */
  watchJobs(signal?: AbortSignal): AsyncIterableIterator<PrecacheJob>
  /** Stops what runs. Its jobs wait again, for another worker where there is one. */
  close(): Promise<void>
}

/** Attempts that a job gets. */
export const MAX_ATTEMPTS = 5
/** Before the second attempt; 5, 10, 20, 40 s. */
export const RETRY_DELAY_MS = 5_000
/** Done and cancelled jobs that are remembered, and how long. */
export const KEEP_DONE = { count: 1_000, ageSeconds: 3_600 } as const
export const KEEP_FAILED = { count: 10_000, ageSeconds: 7 * 86_400 } as const

/** The smaller goes first. */
export const PRIORITY: Readonly<Record<JobTrigger, number>> = {
  REQUEST: 1,
  RUN_FINISHED: 2,
  CATCH_UP: 3,
  BATCH: 3,
}

export function jobId({ oldId, newId }: JobPair): string {
  return createHash('sha256')
    .update(JSON.stringify([oldId, newId]))
    .digest('base64url')
    .slice(0, 22)
}

export function hasEnded({ status }: PrecacheJob): boolean {
  return status === 'DONE' || status === 'FAILED' || status === 'CANCELLED'
}

export function batchHasEnded({ filled, queued, running }: PrecacheBatch): boolean {
  return filled && queued + running === 0
}
