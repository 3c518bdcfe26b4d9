/** Queries, mutations and subscriptions for background jobs. */
import {
  BatchNotFoundError,
  DatabaseUnavailableError,
  JobNotFoundError,
  OverloadedError,
  QueueUnavailableError,
  RunNotFoundError,
  RunNotSuccessfulError,
} from '../errors.ts'
import type { PrecacheQueue } from '../jobs/queue.ts'
import { requirePermission } from '../resolvers/permission.ts'
import {
  cancelJob,
  loadBatch,
  loadJob,
  pageOfJobs,
  requiredKey,
  stateOf,
  watchBatch,
  watchJob,
  watchJobs,
} from '../resolvers/precache.ts'
import { type ArgumentBuilder, builder } from './builder.ts'
import { orError } from './errors.ts'
import { checkedPage, pageArguments, pageCost } from './page.ts'
import { PrecacheAllPayloadType, PrecacheBatchType } from './precache-batch.ts'
import { PrecacheJobConnectionType, PrecacheJobStatus, PrecacheJobType } from './precache-job.ts'

const PrecacheCountsType = builder
  .objectRef<Awaited<ReturnType<PrecacheQueue['counts']>>>('PrecacheCounts')
  .implement({
    description: 'Size of the job queue at this moment, for all machines.',
    fields: (t) => ({
      queued: t.exposeInt('queued', { description: 'Number of jobs that wait for a worker.' }),
      running: t.exposeInt('running', { description: 'Number of jobs that are running.' }),
    }),
  })

/** The key of a job. `id` is its name of before, when other `id` arguments already took global ids. */
function jobKey(arg: ArgumentBuilder) {
  return {
    jobId: arg.string({
      description: 'The `PrecacheJob.jobId`. Required unless the deprecated `id` is given.',
    }),
    id: arg.string({
      description: 'The `PrecacheJob.jobId`.',
      deprecationReason: 'Renamed to `jobId`, since arguments named `id` take global ids.',
    }),
  } as const
}

/** The key of a batch: see `jobKey`. */
function batchKey(arg: ArgumentBuilder) {
  return {
    batchId: arg.string({
      description: 'The `PrecacheBatch.batchId`. Required unless the deprecated `id` is given.',
    }),
    id: arg.string({
      description: 'The `PrecacheBatch.batchId`.',
      deprecationReason: 'Renamed to `batchId`, since arguments named `id` take global ids.',
    }),
  } as const
}

builder.queryFields((t) => ({
  precacheCounts: t.field({
    type: PrecacheCountsType,
    description: 'Number of queued and running jobs.',
    errors: orError('The size of the queue', [QueueUnavailableError]),
    resolve: (_, _args, { services }) => services.queue.counts(),
  }),
  precacheJob: t.field({
    type: PrecacheJobType,
    description: 'A job. It is kept for an hour after it is done, and for a week after it has failed.',
    args: jobKey(t.arg),
    errors: orError('The job', [JobNotFoundError, QueueUnavailableError]),
    resolve: (_, { jobId, id }, context) => loadJob(requiredKey('jobId', jobId, id), context),
  }),
  precacheJobs: t.field({
    type: PrecacheJobConnectionType,
    description:
      'Jobs: first those that are running, then waiting ones in the order of their start, then ended ' +
      'ones, latest first.',
    args: {
      status: t.arg({
        type: [PrecacheJobStatus],
        description: 'Returns only jobs with one of these statuses. Omit it for all jobs.',
      }),
      ...pageArguments(t.arg),
    },
    complexity: pageCost,
    errors: orError('A page of jobs', [QueueUnavailableError]),
    resolve: (_, { status, ...page }, context) => pageOfJobs(checkedPage(page), status, context),
  }),
  precacheBatch: t.field({
    type: PrecacheBatchType,
    description: 'A batch. It is kept for a while after its last job has ended.',
    args: batchKey(t.arg),
    errors: orError('The batch', [BatchNotFoundError, QueueUnavailableError]),
    resolve: (_, { batchId, id }, context) => loadBatch(requiredKey('batchId', batchId, id), context),
  }),
}))

builder.mutationFields((t) => ({
  precache: t.field({
    type: PrecacheJobType,
    description:
      'Queues a background job for both diffs of a pair. It is started before the jobs of batches, unless ' +
      'the client has 100 jobs already that have not ended: then it waits with those of batches.',
    args: {
      old: t.arg.string({ required: true, description: 'The `Run.runId` of the run without the change.' }),
      new: t.arg.string({ required: true, description: 'The `Run.runId` of the run with the change.' }),
    },
    errors: orError(
      'The job',
      [
        RunNotFoundError,
        RunNotSuccessfulError,
        DatabaseUnavailableError,
        QueueUnavailableError,
        OverloadedError,
      ],
      'it was not queued',
    ),
    resolve: (_, pair, context) => {
      requirePermission('precache', context)
      return context.services.precacheService.enqueuePair(pair.old, pair.new, context.client)
    },
  }),
  precacheAll: t.field({
    type: PrecacheAllPayloadType,
    description:
      'Queues diffs of every run with each of its control runs, newest first. While a batch with the same ' +
      '`since` is being filled, that batch is returned instead.',
    args: {
      since: t.arg({ type: 'DateTime', description: 'Only runs that finished at or after this time.' }),
    },
    errors: orError(
      'The batch',
      [DatabaseUnavailableError, QueueUnavailableError, OverloadedError],
      'it was not queued',
    ),
    resolve: (_, { since }, context) => {
      requirePermission('precacheAll', context)
      return context.services.precacheService.enqueueAll(since ?? undefined)
    },
  }),
  cancelPrecache: t.field({
    type: PrecacheJobType,
    description:
      'Cancels a job on whichever machine it runs; its status is CANCELLED soon after. A job that has ' +
      'ended stays unchanged.',
    args: { jobId: t.arg.string({ required: true, description: 'The `PrecacheJob.jobId`.' }) },
    errors: orError('The job', [JobNotFoundError, QueueUnavailableError], 'it was not cancelled'),
    resolve: (_, { jobId }, context) => {
      requirePermission('cancelPrecache', context)
      return cancelJob(jobId, context)
    },
  }),
}))

const WATCH_ERRORS = [OverloadedError, QueueUnavailableError]

builder.subscriptionFields((t) => ({
  precacheJob: t.field({
    type: PrecacheJobType,
    description:
      'The current state of a job, then each change. Completes when the job has ended, or after an error. ' +
      'When the service stops, the stream breaks off instead, and clients connect again.',
    args: jobKey(t.arg),
    errors: orError('The job', [JobNotFoundError, ...WATCH_ERRORS]),
    subscribe: (_, { jobId, id }, context) => watchJob(requiredKey('jobId', jobId, id), context),
    resolve: stateOf,
  }),
  precacheBatch: t.field({
    type: PrecacheBatchType,
    description:
      'The current counts of a batch, then each change. Completes when its last job has ended, or after an ' +
      'error.',
    args: batchKey(t.arg),
    errors: orError('The batch', [BatchNotFoundError, ...WATCH_ERRORS]),
    subscribe: (_, { batchId, id }, context) => watchBatch(requiredKey('batchId', batchId, id), context),
    resolve: stateOf,
  }),
  precacheJobs: t.field({
    type: PrecacheJobType,
    description:
      'Every job that is running or waits for another attempt, then each job that changes. Completes only ' +
      'after an error.',
    errors: orError('The job', WATCH_ERRORS),
    subscribe: (_, _args, context) => watchJobs(context),
    resolve: stateOf,
  }),
}))
