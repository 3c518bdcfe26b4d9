import type { Run } from '../model.ts'
import { SUCCESS } from '../run-pair.ts'
import { builder } from './builder.ts'

export const RunType = builder.objectRef<Run>('Run')

builder.node(RunType, {
  description: 'One build of one codebase by the farm.',
  id: { resolve: ({ id }) => id, description: 'Global id, for `node`. The farm’s own id is `runId`.' },
  loadOne: (id, { loaders }) => loaders.run.load(id),
  fields: (t) => ({
    runId: t.exposeString('id', {
      description: "The farm's own id: what `run`, `comparison` and the REST URLs take.",
    }),
    codebase: t.exposeString('codebase', {
      description: 'What was built: the name of a repository and branch.',
    }),
    campaign: t.exposeString('campaign', {
      description: 'Why it was built: `lintian-fixes`, or `unchanged` for a control run.',
    }),
    source: t.exposeString('source', {
      nullable: true,
      description: 'Source package; null where no Debian package was built.',
    }),
    version: t.exposeString('version', {
      nullable: true,
      description: 'Debian version of the source package; null as `source`.',
    }),
    resultCode: t.exposeString('resultCode', {
      nullable: true,
      description: '`success`, or why it failed; null while it runs.',
    }),
    successful: t.boolean({
      description: 'Whether it succeeded, and so can be compared.',
      resolve: ({ resultCode }) => resultCode === SUCCESS,
    }),
    startTime: t.expose('startTime', {
      type: 'DateTime',
      nullable: true,
      description: 'Null where it is not known.',
    }),
    finishTime: t.expose('finishTime', {
      type: 'DateTime',
      nullable: true,
      description: 'Null while it runs.',
    }),
    revision: t.exposeString('revision', { nullable: true, description: 'What was built, with the change.' }),
    mainBranchRevision: t.exposeString('mainBranchRevision', {
      nullable: true,
      description: 'What the change was made upon.',
    }),
    baseline: t.field({
      type: RunType,
      nullable: true,
      description: 'The unchanged run that this one is to be compared with; null where there is none.',
      complexity: 2,
      resolve: (run, _, { loaders }) => loaders.baseline.load(run),
    }),
  }),
})
