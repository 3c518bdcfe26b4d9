/** Precaching: jobs looked up, asked for, stopped and watched. */
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
  resetLoaders,
  watchBatch,
  watchJob,
  watchJobs,
} from '../resolvers/precache.ts'
import { builder } from './builder.ts'
import { pageArguments, pageCost } from './page.ts'
import { PrecacheAllType, PrecacheBatchType } from './precache-batch.ts'
import { PrecacheJobConnectionType, PrecacheJobStatus, PrecacheJobType, queuePage } from './precache-job.ts'

const PrecacheCountsType = builder
  .objectRef<Awaited<ReturnType<PrecacheQueue['counts']>>>('PrecacheCounts')
  .implement({
    description: 'How full the queue is at this moment, on all machines.',
    fields: (t) => ({
      queued: t.exposeInt('queued', { description: 'Jobs that wait.' }),
      running: t.exposeInt('running', { description: 'Jobs that run.' }),
    }),
  })

builder.queryFields((t) => ({
  precacheCounts: t.field({
    type: PrecacheCountsType,
    description: 'How many jobs wait and run.',
    errors: { types: [QueueUnavailableError] },
    resolve: (_, _args, { services }) => services.queue.counts(),
  }),
  precacheJob: t.field({
    type: PrecacheJobType,
    description: 'A job. Done ones are remembered for an hour, failed ones for a week.',
    args: { id: t.arg.string({ required: true, description: 'Its `jobId`.' }) },
    errors: { types: [JobNotFoundError, QueueUnavailableError] },
    resolve: (_, { id }, context) => loadJob(id, context),
  }),
  precacheJobs: t.field({
    type: PrecacheJobConnectionType,
    description:
      'Jobs: running ones first, then those that wait in their order, then ended ones, latest first.',
    args: {
      status: t.arg({ type: [PrecacheJobStatus], description: 'Only these; all where left out.' }),
      ...pageArguments(t.arg),
    },
    complexity: pageCost,
    errors: { types: [QueueUnavailableError] },
    resolve: async (_, { status, ...page }, { services }) => {
      const request = queuePage(page)
      const list = await services.queue.list({ ...request, ...(status && { status }) })
      return { ...list, hasPreviousPage: 'after' in request }
    },
  }),
  precacheBatch: t.field({
    type: PrecacheBatchType,
    description: 'A batch, for whoever comes back to it. Ended ones are remembered for a while.',
    args: { id: t.arg.string({ required: true, description: 'Its `batchId`.' }) },
    errors: { types: [BatchNotFoundError, QueueUnavailableError] },
    resolve: (_, { id }, context) => loadBatch(id, context),
  }),
}))

builder.mutationFields((t) => ({
  precache: t.field({
    type: PrecacheJobType,
    description: 'Makes both diffs of a pair in the background, ahead of what is made for many.',
    args: {
      old: t.arg.string({ required: true, description: "The farm's id of the run without the change." }),
      new: t.arg.string({ required: true, description: "The farm's id of the run with the change." }),
    },
    errors: {
      types: [
        RunNotFoundError,
        RunNotSuccessfulError,
        DatabaseUnavailableError,
        QueueUnavailableError,
        OverloadedError,
      ],
    },
    resolve: (_, { old, new: fresh }, context) => {
      requirePermission('precache', context)
      return context.services.precacheService.enqueuePair(old, fresh)
    },
  }),
  precacheAll: t.field({
    type: PrecacheAllType,
    description:
      'Makes the diffs of every run with every unchanged one that it can be compared with, newest first.',
    args: {
      since: t.arg({ type: 'DateTime', description: 'Only of runs that finished at or after.' }),
    },
    errors: { types: [DatabaseUnavailableError, QueueUnavailableError] },
    resolve: (_, { since }, context) => {
      requirePermission('precacheAll', context)
      return context.services.precacheService.enqueueAll(since ?? undefined)
    },
  }),
  cancelPrecache: t.field({
    type: PrecacheJobType,
    description:
      'Stops a job, wherever it runs; soon after it is CANCELLED. One that has ended stays as it is.',
    args: { jobId: t.arg.string({ required: true, description: 'Its `jobId`.' }) },
    errors: { types: [JobNotFoundError, QueueUnavailableError] },
    resolve: (_, { jobId }, context) => {
      requirePermission('cancelPrecache', context)
      return cancelJob(jobId, context)
    },
  }),
}))

const WATCHING_ERRORS = [OverloadedError, QueueUnavailableError]

builder.subscriptionFields((t) => ({
  precacheJob: t.field({
    type: PrecacheJobType,
    description: 'Each change of one job; ends when it has ended.',
    args: { id: t.arg.string({ required: true, description: 'Its `jobId`.' }) },
    errors: { types: [JobNotFoundError, ...WATCHING_ERRORS] },
    subscribe: (_, { id }, context) => watchJob(id, context),
    resolve: (job, _, context) => resetLoaders(job, context),
  }),
  precacheBatch: t.field({
    type: PrecacheBatchType,
    description: 'The counts of one batch; ends when its last job has ended.',
    args: { id: t.arg.string({ required: true, description: 'Its `batchId`.' }) },
    errors: { types: [BatchNotFoundError, ...WATCHING_ERRORS] },
    subscribe: (_, { id }, context) => watchBatch(id, context),
    resolve: (batch, _, context) => resetLoaders(batch, context),
  }),
  precacheJobs: t.field({
    type: PrecacheJobType,
    description:
      'The whole queue: all that runs or waits for another attempt, then each job that changes. Has no end.',
    errors: { types: WATCHING_ERRORS },
    subscribe: (_, _args, context) => watchJobs(context),
    resolve: (job, _, context) => resetLoaders(job, context),
  }),
}))
