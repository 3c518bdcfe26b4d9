import {
  DatabaseUnavailableError,
  OverloadedError,
  QueueUnavailableError,
  RunNotFoundError,
  RunNotSuccessfulError,
} from '../errors.ts'
import { type MadeDiffs, makeDiffs } from '../resolvers/make-diffs.ts'
import { builder, NULL_IF_FAILED } from './builder.ts'
import { ComparisonKeyType } from './comparison-key.ts'
import { ComparisonType } from './comparison-type.ts'
import { JobErrorType } from './errors.ts'
import { FileReportResultType } from './file-report.ts'
import { UNPAGED } from './page.ts'
import { PrecacheJobType } from './precache-job.ts'
import { resultType } from './results.ts'
import { DiffCommandType } from './tool-errors.ts'

const FileAddressInput = builder.inputType('FileAddressInput', {
  description: 'A file of a package, as `Summary.files` lists it.',
  fields: (t) => ({
    package: t.string({ required: true, description: 'Name of the package.' }),
    path: t.string({ required: true, description: 'Path of the file: `usr/bin/sudo`, `control/postinst`.' }),
    oldPath: t.string({ description: 'Path on the old side, if it is another one.' }),
    oldPackage: t.string({ description: 'Name of the package on the old side, if it is another one.' }),
  }),
})

const DiffSelectionInput = builder.inputType('DiffSelectionInput', {
  description: 'What to make: exactly one of these.',
  isOneOf: true,
  fields: (t) => ({
    tools: t.field({
      type: [DiffCommandType],
      description: 'The diffs of these tools, and the summary, which their fields need.',
    }),
    file: t.field({ type: FileAddressInput, description: 'The report of this file.' }),
  }),
})

const MakeDiffsInputType = builder.inputType('MakeDiffsInput', {
  description: 'Which diffs to make, and whether the response waits for them.',
  fields: (t) => ({
    comparison: t.field({ type: ComparisonKeyType, required: true, description: 'The comparison.' }),
    make: t.field({
      type: DiffSelectionInput,
      description: 'What to make. Omit it for the summary and both diffs.',
    }),
    wait: t.boolean({
      required: true,
      defaultValue: false,
      description:
        'True: the diffs are made now, under the limits of requests, and the response waits for them. False: a background job makes them, under higher limits.',
    }),
  }),
})

const MakeDiffsPayloadType = builder.objectRef<MadeDiffs>('MakeDiffsPayload').implement({
  description: 'Result of `makeDiffs`.',
  fields: (t) => ({
    comparison: t.field({
      type: ComparisonType,
      description:
        'The comparison. Its fields return what is cached now, so that caches of clients are right.',
      resolve: ({ pair }) => pair,
    }),
    job: t.field({
      type: PrecacheJobType,
      nullable: true,
      description: 'The job that makes what is missing; null if nothing is missing or no job was queued.',
      resolve: ({ job }) => job,
    }),
    errors: t.field({
      type: [JobErrorType],
      description: 'Why diffs could not be made, if `wait` is true; empty if all were.',
      complexity: { field: 1, multiplier: UNPAGED },
      resolve: ({ failures }) => [...failures] as never,
    }),
    report: t.field({
      type: FileReportResultType,
      nullable: true,
      description: 'The report of the file; null unless a file was requested.',
      resolve: ({ report }) => report as never,
    }),
  }),
})

const MakeDiffsResultType = resultType(
  'MakeDiffsResult',
  MakeDiffsPayloadType,
  [RunNotFoundError, RunNotSuccessfulError, DatabaseUnavailableError, QueueUnavailableError, OverloadedError],
  'The comparison with its diffs',
  'nothing was made or queued',
)

/** Cost of diffs that the client waits for. */
const WAIT_COST = 1000

builder.mutationField('makeDiffs', (t) =>
  t.field({
    type: MakeDiffsResultType,
    ...NULL_IF_FAILED,
    description:
      'Makes the summary and the diffs of a comparison, or the report of one of its files, or queues a job for it. ' +
      'What is cached is returned without the token.',
    args: {
      input: t.arg({ type: MakeDiffsInputType, required: true, description: 'What to make.' }),
    },
    complexity: ({ input }) => (input.wait ? WAIT_COST : 5),
    resolve: (_, { input }, context) => makeDiffs(input as never, context),
  }),
)
