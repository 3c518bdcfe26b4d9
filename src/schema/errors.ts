/** GraphQL types of the errors in `errors.ts`. Every expected failure is a member of its field's union. */
import {
  ArtifactRetrievalError,
  ArtifactRetrievalTimeoutError,
  ArtifactsMissingError,
  BatchNotFoundError,
  DatabaseUnavailableError,
  DiffCommandError,
  DiffCommandMemoryError,
  DiffCommandTimeoutError,
  FileNotFoundError,
  InvalidPackageError,
  JobNotFoundError,
  OverloadedError,
  PackageNotFoundError,
  QueueUnavailableError,
  RunNotFoundError,
  RunNotSuccessfulError,
  SearchPatternError,
  WorkerLostError,
} from '../errors.ts'
import { DiffNotReadyError } from '../services/diff-service.ts'
import { builder } from './builder.ts'
import { MissingPackageType } from './diffoscope.ts'
import { ErrorInterface } from './error-interface.ts'
import { PrecacheJobType } from './precache-job.ts'
import { LISTING_ERRORS } from './results.ts'
import './tool-errors.ts'

const interfaces = [ErrorInterface]

builder.objectType(RunNotFoundError, {
  name: 'RunNotFoundError',
  description: 'No run has this id.',
  interfaces,
  fields: (t) => ({ runId: t.exposeID('runId', { description: 'The requested run id.' }) }),
})

builder.objectType(RunNotSuccessfulError, {
  name: 'RunNotSuccessfulError',
  description: 'The run has nothing to compare: it failed, or has not finished.',
  interfaces,
  fields: (t) => ({
    runId: t.exposeID('runId', { description: 'Id of the run.' }),
    resultCode: t.exposeString('resultCode', {
      nullable: true,
      description: 'Why the run failed; null if it has not finished.',
    }),
  }),
})

builder.objectType(ArtifactsMissingError, {
  name: 'ArtifactsMissingError',
  description: 'The artifact store has no packages of the run.',
  interfaces,
  fields: (t) => ({ runId: t.exposeID('runId', { description: 'Id of the run.' }) }),
})

builder.objectType(ArtifactRetrievalTimeoutError, {
  name: 'ArtifactRetrievalTimeoutError',
  description: 'The artifact store did not respond in time.',
  interfaces,
  fields: (t) => ({
    runId: t.exposeID('runId', { description: 'Id of the run.' }),
    limitMs: t.exposeInt('limitMs', { description: 'The time limit, in milliseconds.' }),
  }),
})

builder.objectType(ArtifactRetrievalError, {
  name: 'ArtifactRetrievalError',
  description: 'The artifact store failed to provide the packages of the run.',
  interfaces,
  fields: (t) => ({ runId: t.exposeID('runId', { description: 'Id of the run.' }) }),
})

builder.objectType(InvalidPackageError, {
  name: 'InvalidPackageError',
  description: 'A file of a run is not a valid Debian binary package. No tool was started on it.',
  interfaces,
  fields: (t) => ({
    filename: t.exposeString('filename', { description: 'Name of the file in the artifact store.' }),
    reason: t.exposeString('reason', { description: 'What is wrong with the file.' }),
  }),
})

builder.objectType(PackageNotFoundError, {
  name: 'PackageNotFoundError',
  description: 'Neither run has a package of this name.',
  interfaces,
  fields: (t) => ({ package: t.exposeString('package', { description: 'The requested name.' }) }),
})

builder.objectType(FileNotFoundError, {
  name: 'FileNotFoundError',
  description: 'The package has no such file.',
  interfaces,
  fields: (t) => ({
    package: t.exposeString('package', { description: 'Name of the package.' }),
    path: t.exposeString('path', { description: 'The path that was not found.' }),
  }),
})

builder.objectType(DiffNotReadyError, {
  name: 'DiffNotReadyError',
  description:
    'The diff is not cached. The mutation `makeDiffs` makes it. If the last attempt failed, `message` and ' +
    '`retryable` describe that failure.',
  interfaces,
  fields: (t) => ({
    job: t.field({
      type: PrecacheJobType,
      nullable: true,
      description:
        'The job that makes the diff, or the last one if it failed or was cancelled, according to its ' +
        '`status`; null if there is none.',
      resolve: ({ job }) => job,
    }),
  }),
})

builder.objectType(SearchPatternError, {
  name: 'SearchPatternError',
  description: 'The regular expression is invalid, or takes too long for one line.',
  interfaces,
  fields: (t) => ({
    position: t.exposeInt('position', {
      nullable: true,
      description: 'Index of the character at which it goes wrong, in UTF-16 units; null if there is none.',
    }),
  }),
})

builder.objectType(OverloadedError, {
  name: 'OverloadedError',
  description: 'The service has too much to do at this moment.',
  interfaces,
})

builder.objectType(DatabaseUnavailableError, {
  name: 'DatabaseUnavailableError',
  description: 'The database does not respond.',
  interfaces,
})

builder.objectType(QueueUnavailableError, {
  name: 'QueueUnavailableError',
  description: 'The queue of background jobs does not respond.',
  interfaces,
})

builder.objectType(JobNotFoundError, {
  name: 'JobNotFoundError',
  description: 'No job has this id, or it ended so long ago that it was deleted.',
  interfaces,
  fields: (t) => ({ jobId: t.exposeID('jobId', { description: 'The requested job id.' }) }),
})

builder.objectType(WorkerLostError, {
  name: 'WorkerLostError',
  description: 'The worker process died during each attempt of the job, for example for lack of memory.',
  interfaces,
})

builder.objectType(BatchNotFoundError, {
  name: 'BatchNotFoundError',
  description: 'No batch has this id, or it ended so long ago that it was deleted.',
  interfaces,
  fields: (t) => ({ batchId: t.exposeID('batchId', { description: 'The requested batch id.' }) }),
})

/** Expected failures of a job. QueueUnavailableError is not one: a job continues while Redis is away. */
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
  WorkerLostError,
]

export const JobErrorType = builder.errorUnion('PrecacheJobError', {
  description: 'An expected failure of making diffs.',
  types: JOB_ERRORS,
  omitDefaultTypes: true,
})

// Defined here because some errors have a job.
builder.objectField(PrecacheJobType, 'error', (t) =>
  t.field({
    type: JobErrorType,
    nullable: true,
    description:
      'Typed reason why the job, or its last attempt, failed; null if it has not failed, or failed for ' +
      'an unexpected reason.',
    resolve: ({ error }) =>
      error !== null && JOB_ERRORS.some((type) => error instanceof type) ? (error as never) : null,
  }),
)

/** Expected failures of comparing one package. */
const PACKAGE_ERRORS = [
  InvalidPackageError,
  DiffCommandTimeoutError,
  DiffCommandMemoryError,
  DiffCommandError,
]

builder.objectField(MissingPackageType, 'error', (t) =>
  t.errorUnionField({
    types: PACKAGE_ERRORS,
    union: { name: 'MissingPackageError', description: 'Why a package could not be compared.' },
    nullable: true,
    description: 'Typed reason; null for a reason that this version does not know.',
    resolve: ({ error }) => (PACKAGE_ERRORS.some((type) => error instanceof type) ? (error as never) : null),
  }),
)
