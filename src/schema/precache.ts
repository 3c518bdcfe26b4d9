/** Queries, mutations and subscriptions for background jobs. */
import {
  DatabaseUnavailableError,
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
  pageOfBatches,
  pageOfJobs,
  precacheAll,
  requiredKey,
  watchBatch,
  watchJob,
  watchJobs,
} from '../resolvers/precache.ts'
import { stateOf } from '../resolvers/watched.ts'
import { type ArgumentBuilder, builder, NULL_IF_FAILED } from './builder.ts'
import { checkedPage, pageArguments, pageCost } from './page.ts'
import {
  PrecacheAllPayloadType,
  PrecacheBatchConnectionType,
  PrecacheBatchResultType,
} from './precache-batch.ts'
import {
  PrecacheJobConnectionType,
  PrecacheJobResultType,
  PrecacheJobStatus,
  PrecacheJobType,
} from './precache-job.ts'
import { resultType } from './results.ts'

const PrecacheCountsType = builder
  .objectRef<Awaited<ReturnType<PrecacheQueue['counts']>>>('PrecacheCounts')
  .implement({
    description: 'Size of the job queue at this moment, for all machines.',
    fields: (t) => ({
      queued: t.exposeInt('queued', { description: 'Number of jobs that wait for a worker.' }),
      running: t.exposeInt('running', { description: 'Number of jobs that are running.' }),
    }),
  })

const PrecacheCountsResultType = resultType(
  'PrecacheCountsResult',
  PrecacheCountsType,
  [QueueUnavailableError],
  'The size of the queue',
)

const PrecacheResultType = resultType(
  'PrecacheResult',
  PrecacheJobType,
  [RunNotFoundError, RunNotSuccessfulError, DatabaseUnavailableError, QueueUnavailableError, OverloadedError],
  'The job',
  'it was not queued',
)

const RUNS_SINCE = { description: 'Only runs that finished at or after this time.' }
const RUNS_OF_CAMPAIGN = { description: 'Only runs of this campaign.' }
const ONLY_SUMMARIES = {
  description: 'Makes only summaries, and counts them in `Campaign`, also those that are cached.',
}
const USE_INPUT = 'Use the field of this name of `input`. Removed in version 0.2.'

const PrecacheAllInput = builder.inputType('PrecacheAllInput', {
  description: 'Which runs to compare with their control runs, and whether to make only summaries.',
  fields: (t) => ({
    since: t.field({ type: 'DateTime', ...RUNS_SINCE }),
    campaign: t.string(RUNS_OF_CAMPAIGN),
    summaryOnly: t.boolean({ required: true, defaultValue: false, ...ONLY_SUMMARIES }),
  }),
})

const PrecacheAllResultType = resultType(
  'PrecacheAllResult',
  PrecacheAllPayloadType,
  [DatabaseUnavailableError, QueueUnavailableError, OverloadedError],
  'The batch',
  'it was not queued',
)

/** The key of a job. `id` is its name of before, when other `id` arguments already took global ids. */
function jobKey(arg: ArgumentBuilder) {
  return {
    jobId: arg.id({
      description: 'The `PrecacheJob.jobId`. Required unless the deprecated `id` is given.',
    }),
    id: arg.id({
      description: 'The `PrecacheJob.jobId`.',
      deprecationReason:
        'Renamed to `jobId`, since arguments named `id` take global ids. Removed in version 0.2.',
    }),
  } as const
}

/** The key of a batch: see `jobKey`. */
function batchKey(arg: ArgumentBuilder) {
  return {
    batchId: arg.id({
      description: 'The `PrecacheBatch.batchId`. Required unless the deprecated `id` is given.',
    }),
    id: arg.id({
      description: 'The `PrecacheBatch.batchId`.',
      deprecationReason:
        'Renamed to `batchId`, since arguments named `id` take global ids. Removed in version 0.2.',
    }),
  } as const
}

builder.queryFields((t) => ({
  precacheCounts: t.field({
    type: PrecacheCountsResultType,
    ...NULL_IF_FAILED,
    description: 'Number of queued and running jobs.',
    resolve: (_, _args, { services }) => services.queue.counts(),
  }),
  precacheJob: t.field({
    type: PrecacheJobResultType,
    ...NULL_IF_FAILED,
    description: 'A job. It is kept for an hour after it is done, and for a week after it has failed.',
    args: jobKey(t.arg),
    resolve: (_, { jobId, id }, context) => loadJob(requiredKey('jobId', jobId, id), context),
  }),
  precacheJobs: t.field({
    type: PrecacheJobConnectionType,
    ...NULL_IF_FAILED,
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
    resolve: (_, { status, ...page }, context) => pageOfJobs(checkedPage(page), status, context),
  }),
  precacheBatches: t.field({
    type: PrecacheBatchConnectionType,
    ...NULL_IF_FAILED,
    description: 'Batches, the latest first, as long as they are kept.',
    args: pageArguments(t.arg),
    complexity: pageCost,
    resolve: (_, page, context) => pageOfBatches(checkedPage(page), context),
  }),
  precacheBatch: t.field({
    type: PrecacheBatchResultType,
    ...NULL_IF_FAILED,
    description: 'A batch. It is kept for a while after its last job has ended.',
    args: batchKey(t.arg),
    resolve: (_, { batchId, id }, context) => loadBatch(requiredKey('batchId', batchId, id), context),
  }),
}))

builder.mutationFields((t) => ({
  precache: t.field({
    type: PrecacheResultType,
    deprecationReason: 'Use `makeDiffs`, which returns the comparison. Removed in version 0.2.',
    ...NULL_IF_FAILED,
    description:
      'Queues a background job for both diffs of a pair. It is started before the jobs of batches, unless ' +
      'the client has 100 jobs already that have not ended: then it waits with those of batches.',
    args: {
      old: t.arg.id({ required: true, description: 'The `Run.runId` of the run without the change.' }),
      new: t.arg.id({ required: true, description: 'The `Run.runId` of the run with the change.' }),
    },
    resolve: (_, pair, context) => {
      requirePermission('precache', context)
      return context.services.precacheService.enqueuePair(pair.old, pair.new, context.client)
    },
  }),
  precacheAll: t.field({
    type: PrecacheAllResultType,
    ...NULL_IF_FAILED,
    description:
      'Queues diffs of every run with each of its control runs, newest first. While a batch with the same ' +
      'input is being filled, that batch is returned instead.',
    args: {
      input: t.arg({ type: PrecacheAllInput, description: 'Which runs. Omit it for all.' }),
      since: t.arg({ type: 'DateTime', deprecationReason: USE_INPUT, ...RUNS_SINCE }),
      campaign: t.arg.string({ deprecationReason: USE_INPUT, ...RUNS_OF_CAMPAIGN }),
      summaryOnly: t.arg.boolean({ deprecationReason: USE_INPUT, ...ONLY_SUMMARIES }),
    },
    resolve: (_, { input, ...deprecated }, context) => {
      requirePermission('precacheAll', context)
      return precacheAll(input, deprecated, context)
    },
  }),
  cancelPrecache: t.field({
    type: PrecacheJobResultType,
    ...NULL_IF_FAILED,
    description:
      'Cancels a job on whichever machine it runs; its status is CANCELLED soon after. A job that has ' +
      'ended stays unchanged.',
    deprecationReason: 'Use `cancelPrecacheJob`. Removed in version 0.2.',
    args: { jobId: t.arg.id({ required: true, description: 'The `PrecacheJob.jobId`.' }) },
    resolve: (_, { jobId }, context) => {
      requirePermission('cancelPrecache', context)
      return cancelJob(jobId, context)
    },
  }),
}))

builder.subscriptionFields((t) => ({
  precacheJob: t.field({
    type: PrecacheJobResultType,
    ...NULL_IF_FAILED,
    description:
      'The current state of a job, then each change. Completes when the job has ended, or after an error. ' +
      'When the service stops, the stream breaks off instead, and clients connect again.',
    args: jobKey(t.arg),
    subscribe: (_, { jobId, id }, context) => watchJob(requiredKey('jobId', jobId, id), context),
    resolve: stateOf,
  }),
  precacheBatch: t.field({
    type: PrecacheBatchResultType,
    ...NULL_IF_FAILED,
    description:
      'The current counts of a batch, then each change. Completes when its last job has ended, or after an ' +
      'error.',
    args: batchKey(t.arg),
    subscribe: (_, { batchId, id }, context) => watchBatch(requiredKey('batchId', batchId, id), context),
    resolve: stateOf,
  }),
  precacheJobs: t.field({
    type: PrecacheJobResultType,
    ...NULL_IF_FAILED,
    description:
      'Every job that is running or waits for another attempt, then each job that changes. Completes only ' +
      'after an error.',
    args: {
      status: t.arg({ type: [PrecacheJobStatus], description: 'Only states with one of these statuses.' }),
      runId: t.arg.idList({ description: 'Only jobs of one of these runs, by their `Run.runId`.' }),
      batchId: t.arg.id({ description: 'Only jobs of this batch, by its `PrecacheBatch.batchId`.' }),
    },
    subscribe: (_, filter, context) => watchJobs(filter, context),
    resolve: stateOf,
  }),
}))
