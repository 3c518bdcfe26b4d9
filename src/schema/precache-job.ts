import { DifferError } from '../errors.ts'
import type { JobList, JobStatus, JobTrigger, PrecacheJob } from '../jobs/queue.ts'
import { builder } from './builder.ts'
import { checkedPage, type PageArguments, PageInfoType } from './page.ts'
import { RunType } from './run.ts'

export const PrecacheJobStatus = builder.enumType('PrecacheJobStatus', {
  description: 'Where a job stands.',
  values: {
    QUEUED: { description: 'It waits for a worker.' },
    RETRIEVING: { description: 'A worker has it, and fetches the packages.' },
    DEBDIFF: { description: 'debdiff runs.' },
    DIFFOSCOPE: { description: 'diffoscope runs; `step` says on which package.' },
    DONE: { description: 'Both diffs are cached.' },
    FAILED: { description: 'It failed; `error` and `failure` say why.' },
    CANCELLED: { description: 'It was stopped.' },
  } satisfies Record<JobStatus, object>,
})

const PrecacheTrigger = builder.enumType('PrecacheTrigger', {
  description: 'Who wanted a job.',
  values: {
    REQUEST: { description: 'Somebody asked for this pair.' },
    RUN_FINISHED: { description: 'The farm has said that the run is finished.' },
    CATCH_UP: { description: 'It was found among runs that finished meanwhile.' },
    BATCH: { description: 'It is one of many.' },
  } satisfies Record<JobTrigger, object>,
})

export const PrecacheJobType = builder.objectRef<PrecacheJob>('PrecacheJob')

builder.node(PrecacheJobType, {
  description: 'Makes both diffs of one pair in the background.',
  id: { description: 'Global id, for `node`. The queue’s own id is `jobId`.', resolve: ({ id }) => id },
  loadOne: (id, { services }) => services.queue.get(id),
  fields: (t) => ({
    jobId: t.exposeString('id', { description: 'The same for the same pair: asking twice is one job.' }),
    old: t.field({
      type: RunType,
      nullable: true,
      description: 'The run without the change; null where it is gone.',
      resolve: ({ oldId }, _, { loaders }) => loaders.run.load(oldId),
    }),
    new: t.field({
      type: RunType,
      nullable: true,
      description: 'The run with the change; null where it is gone.',
      resolve: ({ newId }, _, { loaders }) => loaders.run.load(newId),
    }),
    oldRunId: t.exposeString('oldId', {
      description: 'The id of the run without the change; `old` needs the database.',
    }),
    newRunId: t.exposeString('newId', { description: 'The id of the run with the change.' }),
    status: t.field({
      type: PrecacheJobStatus,
      description: 'Where it stands.',
      resolve: ({ status }) => status,
    }),
    trigger: t.field({
      type: PrecacheTrigger,
      description: 'Who wanted it.',
      resolve: ({ trigger }) => trigger,
    }),
    progress: t.exposeFloat('progress', { description: 'From 0 to 1, never falling.' }),
    step: t.exposeString('step', {
      nullable: true,
      description:
        'What it is at, for people: `diffoscope libssl3_3.0.22-1_amd64.deb, 2 of 4`; null unless it runs.',
    }),
    attempts: t.exposeInt('attempts', { description: 'How often it was begun.' }),
    cached: t.exposeBoolean('cached', { description: 'Both diffs were there already: no tool ran.' }),
    failure: t.string({
      nullable: true,
      description: 'Why it failed, or why the last attempt did, as a sentence; null otherwise.',
      // A fault of ours says nothing to outsiders; it is in the log of whoever worked on it.
      resolve: ({ error }) =>
        error === null || error instanceof DifferError ? (error?.message ?? null) : 'It failed unexpectedly',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was asked for.' }),
    startedAt: t.expose('startedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Null while it waits.',
    }),
    finishedAt: t.expose('finishedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Null until it has ended.',
    }),
  }),
})

export const PrecacheJobConnectionType = builder
  .objectRef<JobList & { hasPreviousPage: boolean }>('PrecacheJobConnection')
  .implement({
    description: 'A page of jobs.',
    fields: (t) => ({
      nodes: t.field({
        type: [PrecacheJobType],
        description: 'The jobs.',
        resolve: ({ jobs }) => [...jobs],
      }),
      pageInfo: t.field({
        type: PageInfoType,
        description:
          'Where the page ends. Only pages have cursors, not jobs: `endCursor` is null on the last one.',
        resolve: ({ next, hasPreviousPage }) => ({
          hasNextPage: next !== null,
          hasPreviousPage,
          startCursor: null,
          endCursor: next,
        }),
      }),
    }),
  })

/** A page as queues take it. @throws QueryLimitError as `checkedPage` */
export function queuePage(page: PageArguments): { first: number; after?: string } {
  const { first, after } = checkedPage(page)
  return { first, ...(after != null && { after }) }
}
