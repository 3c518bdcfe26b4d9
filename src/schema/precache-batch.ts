import { BatchNotFoundError, OverloadedError, QueueUnavailableError } from '../errors.ts'
import type { PrecacheBatch } from '../jobs/queue.ts'
import { pageOfBatchJobs } from '../resolvers/precache.ts'
import { builder, NULL_IF_FAILED } from './builder.ts'
import { checkedPage, connectionType, pageArguments, pageCost, UNPAGED } from './page.ts'
import { PrecacheJobConnectionType, PrecacheJobType } from './precache-job.ts'
import { resultType } from './results.ts'

export const PrecacheBatchType = builder.objectRef<PrecacheBatch>('PrecacheBatch')

builder.node(PrecacheBatchType, {
  description:
    'Jobs that were queued together. Each job counts once in the batch, even if other requests queued ' +
    'it too.',
  id: {
    description: 'Global id, for `Query.node`. `precacheBatch` takes `batchId`.',
    resolve: ({ id }) => id,
  },
  loadOne: (id, { services }) => services.queue.batch(id),
  fields: (t) => ({
    batchId: t.exposeID('id', {
      description: 'Id of the batch in the queue, as `precacheBatch` takes it.',
    }),
    count: t.exposeInt('count', {
      description: 'Number of pairs added so far. It is the sum of the other counts.',
    }),
    queued: t.exposeInt('queued', { description: 'Number of jobs that wait for a worker.' }),
    running: t.exposeInt('running', { description: 'Number of jobs that are running.' }),
    done: t.exposeInt('done', { description: 'Number of jobs whose diffs are cached.' }),
    failed: t.exposeInt('failed', { description: 'Number of jobs that failed permanently.' }),
    cancelled: t.exposeInt('cancelled', { description: 'Number of jobs that were cancelled.' }),
    skipped: t.exposeInt('skipped', {
      description: 'Number of pairs that were already cached, so that no job was needed.',
    }),
    filled: t.exposeBoolean('filled', { description: 'Whether all pairs have been added to the batch.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the batch was created.' }),
    jobs: t.field({
      type: PrecacheJobConnectionType,
      ...NULL_IF_FAILED,
      description:
        'Jobs of the batch in the order in which they were added. Jobs that ended long ago are ' +
        'omitted, so a page may have fewer than `first`.',
      args: pageArguments(t.arg),
      complexity: pageCost,
      resolve: (batch, page, context) => pageOfBatchJobs(batch, checkedPage(page), context),
    }),
  }),
})

export const PrecacheBatchConnectionType = connectionType('PrecacheBatch', PrecacheBatchType, {
  noun: 'batch',
  plural: 'batches',
  totalCount: 'Always null: batches are forgotten while they are counted.',
})

// Here, because a batch has jobs.
builder.objectField(PrecacheJobType, 'batches', (t) =>
  t.field({
    type: [PrecacheBatchType],
    ...NULL_IF_FAILED,
    description: 'The batches that the job was added to, as long as they are kept.',
    complexity: { field: 1, multiplier: UNPAGED },
    resolve: async ({ id }, _, { services }) => [...(await services.queue.batchesOf(id))],
  }),
)

export const PrecacheBatchResultType = resultType(
  'PrecacheBatchResult',
  PrecacheBatchType,
  [BatchNotFoundError, OverloadedError, QueueUnavailableError],
  'The batch',
)

export const PrecacheAllPayloadType = builder
  .objectRef<{ count: number; batch: PrecacheBatch | null }>('PrecacheAllPayload')
  .implement({
    description: 'Result of `precacheAll`.',
    fields: (t) => ({
      count: t.exposeInt('count', { description: 'Number of pairs at this moment.' }),
      batch: t.expose('batch', {
        type: PrecacheBatchType,
        nullable: true,
        description: 'The batch that the pairs are being added to; null if there are no pairs.',
      }),
    }),
  })
