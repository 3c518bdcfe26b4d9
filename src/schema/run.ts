import { DatabaseUnavailableError, RunNotFoundError } from '../errors.ts'
import type { Run } from '../model.ts'
import { farmUrl } from '../resolvers/run-fields.ts'
import { SUCCESS } from '../run-pair.ts'
import { builder } from './builder.ts'
import { connectionType } from './page.ts'
import { resultType } from './results.ts'

export const RunType = builder.objectRef<Run>('Run')

builder.node(RunType, {
  description: 'One build of a codebase.',
  id: { resolve: ({ id }) => id, description: 'Global id, for `Query.node`. Other queries take `runId`.' },
  loadOne: (id, { resources }) => resources.loaders.run.load(id),
  fields: (t) => ({
    runId: t.exposeID('id', {
      description: 'Id of the run in the build system, as `run`, `comparison` and REST URLs take it.',
    }),
    codebase: t.exposeString('codebase', {
      description: 'Name of the codebase that was built: a repository and branch.',
    }),
    campaign: t.exposeString('campaign', {
      description: 'Campaign of the change, like `lintian-fixes`; `unchanged` for a control run.',
    }),
    source: t.exposeString('source', {
      nullable: true,
      description: 'Name of the source package; null if no Debian package was built.',
    }),
    version: t.exposeString('version', {
      nullable: true,
      description: 'Debian version of the source package; null if no Debian package was built.',
    }),
    resultCode: t.exposeString('resultCode', {
      nullable: true,
      description: '`success`, or a code for the failure; null if the run has not finished.',
    }),
    successful: t.boolean({
      description: 'Whether the run succeeded, so that it can be compared.',
      resolve: ({ resultCode }) => resultCode === SUCCESS,
    }),
    startTime: t.expose('startTime', {
      type: 'DateTime',
      nullable: true,
      description: 'When the run started; null if unknown.',
    }),
    finishTime: t.expose('finishTime', {
      type: 'DateTime',
      nullable: true,
      description: 'When the run finished; null if it has not finished.',
    }),
    revision: t.exposeString('revision', {
      nullable: true,
      description: 'Revision that was built, including the change.',
    }),
    mainBranchRevision: t.exposeString('mainBranchRevision', {
      nullable: true,
      description: 'Revision of the main branch on which the change is based.',
    }),
    url: t.string({
      nullable: true,
      description: "The build farm's page of the run; null unless the operator has set its address.",
      resolve: (run, _, { services }) => farmUrl(run, services.facts.runUrl),
    }),
    baseline: t.field({
      type: RunType,
      nullable: true,
      description: 'The control run that this run is compared with; null if there is none.',
      complexity: 2,
      resolve: (run, _, { resources }) => resources.loaders.baseline.load(run),
    }),
  }),
})

export const RunResultType = resultType(
  'RunResult',
  RunType,
  [RunNotFoundError, DatabaseUnavailableError],
  'The run',
)

export const RunConnectionType = connectionType('Run', RunType, {
  noun: 'run',
  totalCount:
    'Number of matching runs on all pages at this moment; null, with the reason among the errors, if the database ' +
    'cannot count them. Expensive; counted only if requested.',
  countCost: 50,
})
