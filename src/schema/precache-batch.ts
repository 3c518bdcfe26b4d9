import type { PrecacheBatch } from '../jobs/queue.ts'
import { builder } from './builder.ts'
import { pageArguments, pageCost } from './page.ts'
import { PrecacheJobConnectionType, queuePage } from './precache-job.ts'

export const PrecacheBatchType = builder.objectRef<PrecacheBatch>('PrecacheBatch')

builder.node(PrecacheBatchType, {
  description: 'Many jobs asked for at once. Each counts once, whoever else wanted it too.',
  id: { description: 'Global id, for `node`. The queue’s own id is `batchId`.', resolve: ({ id }) => id },
  loadOne: (id, { services }) => services.queue.batch(id),
  fields: (t) => ({
    batchId: t.exposeString('id', { description: 'What `precacheBatch` takes.' }),
    count: t.exposeInt('count', { description: 'Pairs so far: the sum of all other counts.' }),
    queued: t.exposeInt('queued', { description: 'Jobs that wait.' }),
    running: t.exposeInt('running', { description: 'Jobs that run.' }),
    done: t.exposeInt('done', { description: 'Jobs whose diffs are cached.' }),
    failed: t.exposeInt('failed', { description: 'Jobs that failed for good.' }),
    cancelled: t.exposeInt('cancelled', { description: 'Jobs that were stopped.' }),
    skipped: t.exposeInt('skipped', { description: 'Pairs that were cached already: no job was made.' }),
    filled: t.exposeBoolean('filled', { description: 'No pair will be added any more.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was asked for.' }),
    jobs: t.field({
      type: PrecacheJobConnectionType,
      description:
        'Its jobs, in the order in which they were added. Those that are long over are left out, so a page may have fewer than `first`.',
      args: pageArguments(t.arg),
      complexity: pageCost,
      resolve: async ({ id }, page, { services }) => {
        const request = queuePage(page)
        const list = await services.queue.jobsOfBatch(id, request)
        return { ...list, hasPreviousPage: 'after' in request }
      },
    }),
  }),
})

/** What asking for many pairs answers. */
export const PrecacheAllType = builder
  .objectRef<{ count: number; batch: PrecacheBatch | null }>('PrecacheAll')
  .implement({
    description: 'Many pairs, which are queued from now on.',
    fields: (t) => ({
      count: t.exposeInt('count', { description: 'How many pairs there are at this moment.' }),
      batch: t.expose('batch', {
        type: PrecacheBatchType,
        nullable: true,
        description: 'What becomes of them; null where there are none.',
      }),
    }),
  })
