/** Jobs and batches: asked for, looked up, watched. */
import { BatchNotFoundError, JobNotFoundError } from '../errors.ts'
import type { PrecacheBatch, PrecacheJob } from '../jobs/queue.ts'
import type { Context } from './context.ts'

/** @throws JobNotFoundError, QueueUnavailableError */
export async function loadJob(id: string, { services }: Context): Promise<PrecacheJob> {
  return found(await services.queue.get(id), id)
}

/** @throws BatchNotFoundError, QueueUnavailableError */
export async function loadBatch(id: string, { services }: Context): Promise<PrecacheBatch> {
  const batch = await services.queue.batch(id)
  if (!batch) throw new BatchNotFoundError(id)
  return batch
}

/** Stops a job wherever it runs; one that has ended is left as it is. @throws JobNotFoundError, QueueUnavailableError */
export async function cancelJob(id: string, { services }: Context): Promise<PrecacheJob> {
  return found(await services.queue.cancel(id), id)
}

/** The states of a job: see `PrecacheQueue.watchJob`. @throws JobNotFoundError, OverloadedError, QueueUnavailableError */
export async function watchJob(id: string, context: Context): Promise<AsyncIterable<PrecacheJob>> {
  begin(context)
  await loadJob(id, context)
  return context.services.queue.watchJob(id, context.signal)
}

/** The same for a batch. @throws BatchNotFoundError, OverloadedError, QueueUnavailableError */
export async function watchBatch(id: string, context: Context): Promise<AsyncIterable<PrecacheBatch>> {
  begin(context)
  await loadBatch(id, context)
  return context.services.queue.watchBatch(id, context.signal)
}

/** The states of all jobs: see `PrecacheQueue.watchJobs`. @throws OverloadedError, QueueUnavailableError */
export async function watchJobs(context: Context): Promise<AsyncIterable<PrecacheJob>> {
  begin(context)
  return context.services.queue.watchJobs(context.signal)
}

/** For each state of a subscription: what loaders know was true of an earlier one, and would be kept as long as somebody watches. */
export function resetLoaders<T>(state: T, { loaders }: Context): T {
  loaders.run.clearAll()
  loaders.baseline.clearAll()
  return state
}

function begin({ services, client, signal }: Context): void {
  services.subscriptions.begin(client, signal)
}

function found(job: PrecacheJob | null, id: string): PrecacheJob {
  if (!job) throw new JobNotFoundError(id)
  return job
}
