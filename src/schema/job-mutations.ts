/** Mutations of jobs and batches. */

import { requirePermission } from '../resolvers/permission.ts'
import { cancelBatch, cancelJob, retryJob } from '../resolvers/precache.ts'
import { builder, NULL_IF_FAILED } from './builder.ts'
import { PrecacheBatchResultType } from './precache-batch.ts'
import { PrecacheJobResultType } from './precache-job.ts'

/** One input for each mutation, so that one can get further fields without the others. */
const CancelJobInput = builder.inputType('CancelPrecacheJobInput', {
  description: 'The job to cancel.',
  fields: (t) => ({ jobId: t.id({ required: true, description: 'The `PrecacheJob.jobId`.' }) }),
})

const RetryJobInput = builder.inputType('RetryPrecacheJobInput', {
  description: 'The job to queue again.',
  fields: (t) => ({ jobId: t.id({ required: true, description: 'The `PrecacheJob.jobId`.' }) }),
})

const CancelBatchInput = builder.inputType('CancelPrecacheBatchInput', {
  description: 'The batch to cancel.',
  fields: (t) => ({ batchId: t.id({ required: true, description: 'The `PrecacheBatch.batchId`.' }) }),
})

builder.mutationFields((t) => ({
  cancelPrecacheJob: t.field({
    type: PrecacheJobResultType,
    ...NULL_IF_FAILED,
    description:
      'Cancels a job on whichever machine it runs; its status is CANCELLED soon after. A job that has ended stays ' +
      'unchanged.',
    args: { input: t.arg({ type: CancelJobInput, required: true, description: 'Which job.' }) },
    resolve: (_, { input }, context) => {
      requirePermission('cancelPrecacheJob', context)
      return cancelJob(input.jobId, context)
    },
  }),
  retryPrecacheJob: t.field({
    type: PrecacheJobResultType,
    ...NULL_IF_FAILED,
    description: 'Queues a job again that failed or was cancelled. Any other job stays unchanged.',
    args: { input: t.arg({ type: RetryJobInput, required: true, description: 'Which job.' }) },
    resolve: (_, { input }, context) => {
      requirePermission('retryPrecacheJob', context)
      return retryJob(input.jobId, context)
    },
  }),
  cancelPrecacheBatch: t.field({
    type: PrecacheBatchResultType,
    ...NULL_IF_FAILED,
    description:
      'Adds no more pairs to a batch and cancels its jobs, also those that other batches have; their status is ' +
      'CANCELLED soon after.',
    args: { input: t.arg({ type: CancelBatchInput, required: true, description: 'Which batch.' }) },
    resolve: (_, { input }, context) => {
      requirePermission('cancelPrecacheBatch', context)
      return cancelBatch(input.batchId, context)
    },
  }),
}))
