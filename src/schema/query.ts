import { DatabaseUnavailableError, RunNotFoundError, RunNotSuccessfulError } from '../errors.ts'
import { loadPair } from '../resolvers/comparison.ts'
import { loadRun, pageOfRuns, type RunPage } from '../resolvers/runs.ts'
import { builder } from './builder.ts'
import { ComparisonType } from './comparison.ts'
import { MAX_PAGE, PageInfoType, pageInfo, pageSize } from './page.ts'
import { RunType } from './run.ts'

const RunFilterInput = builder.inputType('RunFilterInput', {
  description: 'Which runs; all that is given must hold.',
  fields: (t) => ({
    codebase: t.string({ description: 'Name of the codebase.' }),
    campaign: t.string({ description: 'Name of the campaign.' }),
    source: t.string({ description: 'Name of the source package.' }),
    resultCode: t.string({ description: 'Like `success`.' }),
    finishedAfter: t.field({ type: 'DateTime', description: 'Finished at or after.' }),
    finishedBefore: t.field({ type: 'DateTime', description: 'Finished before.' }),
  }),
})

const RunEdgeType = builder.objectRef<RunPage['edges'][number]>('RunEdge').implement({
  description: 'A run in a list.',
  fields: (t) => ({
    node: t.expose('node', { type: RunType, description: 'The run.' }),
    cursor: t.exposeString('cursor', { description: 'Its place in the list, for `after`.' }),
  }),
})

const RunConnectionType = builder.objectRef<RunPage>('RunConnection').implement({
  description: 'A page of runs.',
  fields: (t) => ({
    edges: t.field({
      type: [RunEdgeType],
      description: 'The runs and their places.',
      resolve: ({ edges }) => [...edges],
    }),
    nodes: t.field({
      type: [RunType],
      description: 'The runs.',
      resolve: ({ edges }) => edges.map(({ node }) => node),
    }),
    pageInfo: t.field({
      type: PageInfoType,
      description: 'Where the page ends.',
      resolve: ({ edges, hasNextPage, after }) =>
        pageInfo(
          edges.map(({ cursor }) => cursor),
          hasNextPage,
          after,
        ),
    }),
  }),
})

builder.queryFields((t) => ({
  run: t.field({
    type: RunType,
    description: "A run by the farm's id.",
    args: { runId: t.arg.string({ required: true, description: "The farm's id." }) },
    errors: { types: [RunNotFoundError, DatabaseUnavailableError] },
    resolve: (_, { runId }, context) => loadRun(runId, context),
  }),
  runs: t.field({
    type: RunConnectionType,
    description: 'Runs, newest first; those that have not finished ahead of all.',
    args: {
      filter: t.arg({ type: RunFilterInput, description: 'Which; all where left out.' }),
      first: t.arg.int({
        required: true,
        defaultValue: 50,
        description: `How many at most, from 1 to ${MAX_PAGE}.`,
      }),
      after: t.arg.string({ description: 'A cursor: the page begins behind it.' }),
    },
    errors: { types: [DatabaseUnavailableError] },
    resolve: (_, { filter, first, after }, context) =>
      pageOfRuns(given(filter ?? {}), { first: pageSize(first), after }, context),
  }),
  comparison: t.field({
    type: ComparisonType,
    description: 'Two successful runs side by side.',
    args: {
      old: t.arg.string({ required: true, description: "The farm's id of the run without the change." }),
      new: t.arg.string({ required: true, description: "The farm's id of the run with the change." }),
    },
    errors: { types: [RunNotFoundError, RunNotSuccessfulError, DatabaseUnavailableError] },
    resolve: (_, { old, new: fresh }, context) => loadPair(old, fresh, context),
  }),
}))

/** GraphQL's null means "not given" here. */
function given<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value != null)) as {
    [K in keyof T]?: NonNullable<T[K]>
  }
}
