import { JobNotFoundError, OverloadedError, QueueUnavailableError } from '../errors.ts'
import type { JobStatus, JobTrigger, PrecacheJob } from '../jobs/queue.ts'
import type { FileAddress } from '../model.ts'
import { failureText } from '../resolvers/precache.ts'
import { builder } from './builder.ts'
import { connectionType } from './page.ts'
import { resultType } from './results.ts'
import { RunType } from './run.ts'

export const PrecacheJobStatus = builder.enumType('PrecacheJobStatus', {
  description: 'Status of a job.',
  values: {
    QUEUED: { description: 'The job waits for a worker.' },
    RETRIEVING: { description: 'A worker is fetching the packages and reading them for the summary.' },
    DEBDIFF: { description: 'debdiff is running.' },
    DIFFOSCOPE: { description: 'diffoscope is running; `step` names the package.' },
    DONE: { description: 'What the job makes is cached.' },
    FAILED: { description: 'The job failed; see `error` and `failure`.' },
    CANCELLED: { description: 'The job was cancelled.' },
  } satisfies Record<JobStatus, object>,
})

const PrecacheTrigger = builder.enumType('PrecacheTrigger', {
  description: 'Why a job was queued.',
  values: {
    REQUEST: { description: 'A client requested this pair.' },
    RETRY: {
      description:
        'A client requested a report that lacks packages; the job tries these again under larger limits.',
    },
    RUN_FINISHED: { description: 'A message announced that the run has finished.' },
    CATCH_UP: { description: 'A search of the database found the finished run; its message was missed.' },
    BATCH: { description: 'The pair belongs to a batch.' },
    REFRESH: { description: 'The rules have changed since the summary of the pair was made.' },
  } satisfies Record<JobTrigger, object>,
})

const JobFileType = builder.objectRef<FileAddress>('JobFile').implement({
  description: 'The file whose report a job makes, as it was requested.',
  fields: (t) => ({
    package: t.exposeString('package', { description: 'Name of the package.' }),
    path: t.exposeString('path', { description: 'Path of the file.' }),
    oldPath: t.exposeString('oldPath', {
      nullable: true,
      description: 'Path of the file on the old side, if another one was requested.',
    }),
    oldPackage: t.exposeString('oldPackage', {
      nullable: true,
      description: 'Name of the package on the old side, if another one was requested.',
    }),
  }),
})

export const PrecacheJobType = builder.objectRef<PrecacheJob>('PrecacheJob')

builder.node(PrecacheJobType, {
  description: 'A background job that makes both diffs of one pair of runs, or the report of one file of it.',
  id: {
    description: 'Global id, for `Query.node`. `precacheJob` takes `jobId`.',
    resolve: ({ id }) => id,
  },
  loadOne: (id, { services }) => services.queue.get(id),
  fields: (t) => ({
    jobId: t.exposeID('id', {
      description:
        'Id of the job in the queue. A pair, or a file of it, always has the same one, however often it is requested.',
    }),
    old: t.field({
      type: RunType,
      nullable: true,
      description: 'The run without the change; null if it was deleted.',
      resolve: ({ oldId }, _, { resources }) => resources.loaders.run.load(oldId),
    }),
    new: t.field({
      type: RunType,
      nullable: true,
      description: 'The run with the change; null if it was deleted.',
      resolve: ({ newId }, _, { resources }) => resources.loaders.run.load(newId),
    }),
    oldRunId: t.exposeID('oldId', {
      description: 'The `runId` of the run without the change. Unlike `old`, it needs no database query.',
    }),
    newRunId: t.exposeID('newId', {
      description: 'The `runId` of the run with the change. Unlike `new`, it needs no database query.',
    }),
    file: t.field({
      type: JobFileType,
      nullable: true,
      description: 'The file whose report the job makes; null if it makes both diffs of the pair.',
      resolve: ({ file }) => file ?? null,
    }),
    status: t.field({
      type: PrecacheJobStatus,
      description: 'Current status.',
      resolve: ({ status }) => status,
    }),
    trigger: t.field({
      type: PrecacheTrigger,
      description: 'Why the job was queued; if there are several reasons, the most urgent one.',
      resolve: ({ trigger }) => trigger,
    }),
    progress: t.exposeFloat('progress', { description: 'Progress from 0 to 1. It never decreases.' }),
    step: t.exposeString('step', {
      nullable: true,
      description:
        'Human-readable current step, such as `diffoscope libssl3_3.0.22-1_amd64.deb, 2 of 4`; null ' +
        'unless the job is running.',
    }),
    attempts: t.exposeInt('attempts', { description: 'How often the job was started.' }),
    cached: t.exposeBoolean('cached', {
      description: 'Whether both diffs were already cached, so that no tool had to run.',
    }),
    failure: t.string({
      nullable: true,
      description: 'Why the job, or its last attempt, failed, as a sentence; null if it has not failed.',
      resolve: failureText,
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the job was queued.' }),
    startedAt: t.expose('startedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the job was started; null while it waits.',
    }),
    finishedAt: t.expose('finishedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the job ended; null until then.',
    }),
  }),
})

export const PrecacheJobConnectionType = connectionType('PrecacheJob', PrecacheJobType, {
  noun: 'job',
  totalCount:
    'Number of jobs that were added to a batch, also of those that the list omits; null for a list of all jobs, ' +
    'because a count would read every job. `precacheCounts` has the numbers of waiting and running ones.',
})

export const PrecacheJobResultType = resultType(
  'PrecacheJobResult',
  PrecacheJobType,
  [JobNotFoundError, OverloadedError, QueueUnavailableError],
  'The job',
)
