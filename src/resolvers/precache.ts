/** Looks up, lists, cancels and watches jobs and batches. */
import { BatchNotFoundError, DifferError, JobNotFoundError, UsageError } from '../errors.ts'
import {
  type JobList,
  type JobStatus,
  jobPair,
  type PrecacheBatch,
  type PrecacheJob,
  type PrecacheQueue,
} from '../jobs/queue.ts'
import type { Context } from './context.ts'
import type { ListPage, PageRequest } from './list-page.ts'
import { countSubscription, type Watched, withErrorAsEvent } from './watched.ts'

/**
 * Returns the one key that is given under its current or its deprecated argument name.
 * @param name the current argument: `jobId`; the deprecated one is `id`
 * @throws UsageError if both or neither are given
 */
export function requiredKey(
  name: 'jobId' | 'batchId',
  key: string | null | undefined,
  deprecatedId: string | null | undefined,
): string {
  const given = key ?? deprecatedId
  if (given == null) throw new UsageError(`The argument "${name}" is missing`)
  if (key != null && deprecatedId != null)
    throw new UsageError(`"${name}" and its deprecated name "id" must not be given together; omit "id"`)
  return given
}

/** @throws JobNotFoundError, QueueUnavailableError */
export async function loadJob(id: string, { services }: Context): Promise<PrecacheJob> {
  return requireJob(await services.queue.get(id), id)
}

/** @throws BatchNotFoundError, QueueUnavailableError */
export async function loadBatch(id: string, { services }: Context): Promise<PrecacheBatch> {
  const batch = await services.queue.batch(id)
  if (!batch) throw new BatchNotFoundError(id)
  return batch
}

/**
 * @param status lists only jobs with one of these; null or undefined: all jobs. @throws QueueUnavailableError
 */
export async function pageOfJobs(
  page: PageRequest,
  status: readonly JobStatus[] | null | undefined,
  { services }: Context,
): Promise<ListPage<PrecacheJob>> {
  return jobPage(page, (request) => services.queue.list({ ...request, ...(status && { status }) }), null)
}

/** @throws UsageError for an invalid cursor; QueueUnavailableError */
export function pageOfBatchJobs(
  { id, queued, running, done, failed, cancelled }: PrecacheBatch,
  page: PageRequest,
  { services }: Context,
): Promise<ListPage<PrecacheJob>> {
  return jobPage(
    page,
    (request) => services.queue.jobsOfBatch(id, request),
    queued + running + done + failed + cancelled,
  )
}

/** @throws UsageError for an invalid cursor; QueueUnavailableError */
export async function pageOfBatches(
  { first, after }: PageRequest,
  { services: { queue } }: Context,
): Promise<ListPage<PrecacheBatch>> {
  const { batches, cursors, hasMore } = await queue.batches({ first, ...(after != null && { after }) })
  const hasPreviousPage = async () => {
    if (after == null) return false
    // A cursor may be that of a batch that was forgotten.
    const [latest] = (await queue.batches({ first: 1 })).batches
    return latest !== undefined && latest.id !== batches[0]?.id
  }
  return {
    edges: batches.map((node, index) => ({ node, cursor: cursors[index] ?? '' })),
    hasNextPage: hasMore,
    hasPreviousPage,
  }
}

/**
 * Queues a job again that has failed or was cancelled; another one is returned unchanged.
 * @throws JobNotFoundError, QueueUnavailableError, OverloadedError
 */
export async function retryJob(id: string, context: Context): Promise<PrecacheJob> {
  const job = await loadJob(id, context)
  if (job.status !== 'FAILED' && job.status !== 'CANCELLED') return job
  return context.services.queue.enqueue(jobPair(job), 'REQUEST', context.client)
}

interface PrecacheAllRequest {
  readonly since?: Date | null | undefined
  readonly campaign?: string | null | undefined
  readonly summaryOnly?: boolean | null | undefined
}

/**
 * Queues a batch: see `PrecacheService.enqueueAll`.
 * @param deprecated the arguments that `input` has replaced
 * @throws UsageError if both are given; DatabaseUnavailableError, QueueUnavailableError, OverloadedError
 */
export function precacheAll(
  input: PrecacheAllRequest | null | undefined,
  deprecated: PrecacheAllRequest,
  { services }: Context,
) {
  const old = Object.entries(deprecated).find(([, value]) => value != null)
  if (input && old)
    throw new UsageError(
      `"input" and the deprecated "${old[0]}" must not be given together; omit "${old[0]}"`,
    )
  const { since, campaign, summaryOnly } = input ?? deprecated
  return services.precacheService.enqueueAll({
    since: since ?? undefined,
    campaign: campaign ?? undefined,
    summaryOnly: summaryOnly || undefined,
  })
}

/** @throws BatchNotFoundError, QueueUnavailableError */
export async function cancelBatch(id: string, { services }: Context): Promise<PrecacheBatch> {
  const batch = await services.precacheService.cancelBatch(id)
  if (!batch) throw new BatchNotFoundError(id)
  return batch
}

async function jobPage(
  { first, after }: PageRequest,
  list: (request: { first: number; after?: string }) => Promise<JobList>,
  totalCount: number | null,
): Promise<ListPage<PrecacheJob>> {
  const page = await list({ first, ...(after != null && { after }) })
  const hasPreviousPage = async () => {
    if (after == null) return false
    // A cursor may be that of another list, or of a job that has moved.
    const [earliest] = (await list({ first: 1 })).jobs
    return earliest !== undefined && earliest.id !== page.jobs[0]?.id
  }
  return {
    edges: page.jobs.map((node, index) => ({ node, cursor: page.cursors[index] ?? '' })),
    hasNextPage: page.next !== null,
    hasPreviousPage,
    ...(page.next !== null && { endCursor: page.next }),
    totalCount,
  }
}

/**
 * Cancels a job on whichever machine it runs. A job that has ended is returned unchanged.
 * @throws JobNotFoundError, QueueUnavailableError
 */
export async function cancelJob(id: string, { services }: Context): Promise<PrecacheJob> {
  return requireJob(await services.queue.cancel(id), id)
}

/** Why a job or its last attempt failed, as a sentence; null if it has not failed. */
export function failureText({ error }: PrecacheJob): string | null {
  if (error === null) return null
  // Details of an unexpected error are for the log of the worker, not for clients.
  return error instanceof DifferError ? error.message : 'It failed unexpectedly'
}

/**
 * Watches a job: see `PrecacheQueue.watchJob`.
 * @throws JobNotFoundError, OverloadedError, QueueUnavailableError
 */
export async function watchJob(id: string, context: Context): Promise<AsyncIterable<Watched<PrecacheJob>>> {
  countSubscription(context)
  await loadJob(id, context)
  return withErrorAsEvent(context.services.queue.watchJob(id, context.signal))
}

/**
 * Watches a batch: see `PrecacheQueue.watchBatch`.
 * @throws BatchNotFoundError, OverloadedError, QueueUnavailableError
 */
export async function watchBatch(
  id: string,
  context: Context,
): Promise<AsyncIterable<Watched<PrecacheBatch>>> {
  countSubscription(context)
  await loadBatch(id, context)
  return withErrorAsEvent(context.services.queue.watchBatch(id, context.signal))
}

/** Which jobs to watch; of each list, any of its values. */
export interface JobFilter {
  readonly status?: readonly JobStatus[] | null | undefined
  readonly runId?: readonly string[] | null | undefined
  readonly batchId?: string | null | undefined
}

/**
 * Watches all jobs that match: see `PrecacheQueue.watchJobs`.
 * @throws OverloadedError, QueueUnavailableError
 */
export async function watchJobs(
  filter: JobFilter,
  context: Context,
): Promise<AsyncIterable<Watched<PrecacheJob>>> {
  countSubscription(context)
  const { queue } = context.services
  const states = queue.watchJobs(context.signal)
  return withErrorAsEvent(isEmptyFilter(filter) ? states : matching(states, filter, queue))
}

function isEmptyFilter({ status, runId, batchId }: JobFilter): boolean {
  return status == null && runId == null && batchId == null
}

/** Not a generator: see `withErrorAsEvent`. */
function matching(
  states: AsyncIterableIterator<PrecacheJob>,
  { status, runId, batchId }: JobFilter,
  queue: PrecacheQueue,
): AsyncIterableIterator<PrecacheJob> {
  const isWanted = async (job: PrecacheJob) =>
    (status == null || status.includes(job.status)) &&
    (runId == null || runId.includes(job.oldId) || runId.includes(job.newId)) &&
    (batchId == null || (await queue.batchesOf(job.id)).some(({ id }) => id === batchId))
  return {
    next: async () => {
      for (;;) {
        const state = await states.next()
        if (state.done || (await isWanted(state.value))) return state
      }
    },
    return: async () => (await states.return?.()) ?? { done: true, value: undefined },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

function requireJob(job: PrecacheJob | null, id: string): PrecacheJob {
  if (!job) throw new JobNotFoundError(id)
  return job
}
