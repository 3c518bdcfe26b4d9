/** The domain's errors as types: every expected failure is a member of its field's union. */
import {
  ArtifactRetrievalError,
  ArtifactRetrievalTimeoutError,
  ArtifactsMissingError,
  BatchNotFoundError,
  DatabaseUnavailableError,
  DiffCommandError,
  DiffCommandMemoryError,
  DiffCommandTimeoutError,
  DifferError,
  InvalidPackageError,
  JobNotFoundError,
  OverloadedError,
  QueueUnavailableError,
  RunNotFoundError,
  RunNotSuccessfulError,
} from '../errors.ts'
import type { DiffKind } from '../model.ts'
import { DiffNotReadyError } from '../services/diff-service.ts'
import { builder } from './builder.ts'
import { PrecacheJobType } from './precache-job.ts'

export const ErrorInterface = builder.interfaceRef<DifferError>('Error').implement({
  description: 'What every expected failure says.',
  fields: (t) => ({
    message: t.exposeString('message', {
      description: 'A sentence for people. It may change; do not parse it.',
    }),
    retryable: t.exposeBoolean('retryable', {
      description: 'Whether the same request may succeed later without anybody changing anything.',
    }),
    retryAfterMs: t.int({
      nullable: true,
      description:
        'When to ask again, in milliseconds from now; null where that is not known. A failure that would only come again is answered without trying until then.',
      resolve: (error) =>
        'retryAfterMs' in error ? Number(error.retryAfterMs) : (error.rememberedMs ?? null),
    }),
  }),
})

const interfaces = [ErrorInterface]

const DiffCommand = builder.enumType('DiffCommand', {
  description: 'The tools.',
  values: {
    DEBDIFF: {
      value: 'debdiff' as DiffKind,
      description: '`debdiff` of devscripts: file lists and control fields.',
    },
    DIFFOSCOPE: { value: 'diffoscope' as DiffKind, description: '`diffoscope`: what is inside the files.' },
  },
})

builder.objectType(RunNotFoundError, {
  name: 'RunNotFoundError',
  description: 'No run has this id.',
  interfaces,
  fields: (t) => ({ runId: t.exposeString('runId', { description: "The farm's id that was asked for." }) }),
})

builder.objectType(RunNotSuccessfulError, {
  name: 'RunNotSuccessfulError',
  description: 'The run built nothing to compare: it failed, or has not finished.',
  interfaces,
  fields: (t) => ({
    runId: t.exposeString('runId', { description: "The run's id." }),
    resultCode: t.exposeString('resultCode', {
      nullable: true,
      description: 'Why it failed; null while it runs.',
    }),
  }),
})

builder.objectType(ArtifactsMissingError, {
  name: 'ArtifactsMissingError',
  description: 'The artifact store holds no package of the run.',
  interfaces,
  fields: (t) => ({ runId: t.exposeString('runId', { description: "The run's id." }) }),
})

builder.objectType(ArtifactRetrievalTimeoutError, {
  name: 'ArtifactRetrievalTimeoutError',
  description: 'The artifact store took too long.',
  interfaces,
  fields: (t) => ({
    runId: t.exposeString('runId', { description: "The run's id." }),
    limitMs: t.exposeInt('limitMs', { description: 'The limit, in milliseconds.' }),
  }),
})

builder.objectType(ArtifactRetrievalError, {
  name: 'ArtifactRetrievalError',
  description: 'The artifact store failed.',
  interfaces,
  fields: (t) => ({ runId: t.exposeString('runId', { description: "The run's id." }) }),
})

builder.objectType(InvalidPackageError, {
  name: 'InvalidPackageError',
  description: 'A file of a run is no Debian binary package; no tool has seen it.',
  interfaces,
  fields: (t) => ({
    filename: t.exposeString('filename', { description: 'Its name in the store.' }),
    reason: t.exposeString('reason', { description: 'What is wrong with it.' }),
  }),
})

builder.objectType(DiffNotReadyError, {
  name: 'DiffNotReadyError',
  description:
    'Nothing is cached, and the mode says not to make it now. Where the last attempt failed, `message` says so, and `retryable` is that of its failure.',
  interfaces,
  fields: (t) => ({
    job: t.field({
      type: PrecacheJobType,
      nullable: true,
      description:
        'The job that makes it, or whose attempt failed or was cancelled (`status` and `error` say which); null where there was none.',
      resolve: ({ job }) => job,
    }),
  }),
})

builder.objectType(DiffCommandTimeoutError, {
  name: 'DiffCommandTimeoutError',
  description: 'The tool took too long and was stopped.',
  interfaces,
  fields: (t) => ({
    command: t.field({ type: DiffCommand, description: 'Which tool.', resolve: ({ command }) => command }),
    limitMs: t.exposeInt('limitMs', { description: 'The limit, in milliseconds of wall-clock time.' }),
    job: t.field({
      type: PrecacheJobType,
      nullable: true,
      description: 'The job that makes it under larger limits; null where none is under way.',
      resolve: ({ jobId }, _, { services }) => (jobId === null ? null : services.queue.get(jobId)),
    }),
  }),
})

builder.objectType(DiffCommandMemoryError, {
  name: 'DiffCommandMemoryError',
  description: 'The tool needed more memory than it may use.',
  interfaces,
  fields: (t) => ({
    command: t.field({ type: DiffCommand, description: 'Which tool.', resolve: ({ command }) => command }),
    limitBytes: t.expose('limitBytes', { type: 'ByteCount', description: 'The limit.' }),
  }),
})

builder.objectType(DiffCommandError, {
  name: 'DiffCommandError',
  description: 'The tool failed in another way.',
  interfaces,
  fields: (t) => ({
    command: t.field({ type: DiffCommand, description: 'Which tool.', resolve: ({ command }) => command }),
    exitCode: t.exposeInt('exitCode', {
      nullable: true,
      description: 'Null where a signal ended it, or it never ran.',
    }),
    signal: t.exposeString('signal', { nullable: true, description: 'The signal that ended it: `SIGSEGV`.' }),
    stderr: t.exposeString('stderr', { description: 'What it said, shortened.' }),
  }),
})

builder.objectType(OverloadedError, {
  name: 'OverloadedError',
  description: 'Too much is asked for at this moment.',
  interfaces,
})

builder.objectType(DatabaseUnavailableError, {
  name: 'DatabaseUnavailableError',
  description: 'The database does not answer.',
  interfaces,
})

builder.objectType(QueueUnavailableError, {
  name: 'QueueUnavailableError',
  description: 'The queue of background jobs does not answer.',
  interfaces,
})

builder.objectType(JobNotFoundError, {
  name: 'JobNotFoundError',
  description: 'No job has this id, or it is long over.',
  interfaces,
  fields: (t) => ({ jobId: t.exposeString('jobId', { description: 'The id that was asked for.' }) }),
})

builder.objectType(BatchNotFoundError, {
  name: 'BatchNotFoundError',
  description: 'No batch has this id, or it is long over.',
  interfaces,
  fields: (t) => ({ batchId: t.exposeString('batchId', { description: 'The id that was asked for.' }) }),
})

/** What can happen to whoever lists a run's packages. */
export const LISTING_ERRORS = [ArtifactsMissingError, ArtifactRetrievalTimeoutError, ArtifactRetrievalError]

/** What can happen to whoever asks for a diff. */
export const DIFF_ERRORS = [
  DiffNotReadyError,
  ...LISTING_ERRORS,
  InvalidPackageError,
  DiffCommandTimeoutError,
  DiffCommandMemoryError,
  DiffCommandError,
  OverloadedError,
  QueueUnavailableError,
]

/** What can end a job. Without Redis a job goes on, and nobody could say that it had failed for that. */
const JOB_ERRORS = [
  RunNotFoundError,
  RunNotSuccessfulError,
  DatabaseUnavailableError,
  ...LISTING_ERRORS,
  InvalidPackageError,
  DiffCommandTimeoutError,
  DiffCommandMemoryError,
  DiffCommandError,
  OverloadedError,
]

// Defined here, for the errors themselves lead to jobs. A union of its own: an error that is just returned counts as thrown.
builder.objectField(PrecacheJobType, 'error', (t) =>
  t.errorUnionField({
    types: JOB_ERRORS,
    union: { name: 'PrecacheJobError', description: 'What can end a job.' },
    nullable: true,
    description: 'As `failure`, with its type; null as well where it failed unexpectedly.',
    resolve: ({ error }) =>
      error !== null && JOB_ERRORS.some((type) => error instanceof type) ? (error as never) : null,
  }),
)
