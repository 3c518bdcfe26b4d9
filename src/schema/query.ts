import {
  DatabaseUnavailableError,
  QueryLimitError,
  RunNotFoundError,
  RunNotSuccessfulError,
} from '../errors.ts'
import { loadPair } from '../resolvers/comparison.ts'
import { countOfRuns, loadRun, pageOfRuns, type RunPage } from '../resolvers/runs.ts'
import { builder } from './builder.ts'
import { ComparisonType } from './comparison-type.ts'
import { checkedPage, MAX_PAGE, PageInfoType, pageArguments, pageCost, pageInfo } from './page.ts'
import { RunType } from './run.ts'

const RunFilterInput = builder.inputType('RunFilterInput', {
  description: 'Which runs; all that is given must hold.',
  fields: (t) => ({
    codebase: t.string({ description: 'Name of the codebase.' }),
    campaign: t.string({ description: 'Name of the campaign.' }),
    source: t.string({ description: 'Name of the source package.' }),
    resultCode: t.string({ description: 'Like `success`.' }),
    search: t.string({
      description:
        'Words, like `tea lintian`: each must be part of the codebase, the campaign, the source package or the run’s id, in upper or lower case; at most 200 characters.',
    }),
    finishedAfter: t.field({ type: 'DateTime', description: 'Finished at or after.' }),
    finishedBefore: t.field({ type: 'DateTime', description: 'Finished before.' }),
  }),
})

const RunPairInput = builder.inputType('RunPairInput', {
  description: 'Two runs to compare.',
  fields: (t) => ({
    old: t.string({ required: true, description: "The farm's id of the run without the change." }),
    new: t.string({ required: true, description: "The farm's id of the run with the change." }),
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
    totalCount: t.int({
      description: 'How many on all pages at this moment. Counted when asked for.',
      complexity: 50,
      resolve: ({ filter }, _, context) => countOfRuns(filter, context),
    }),
    pageInfo: t.field({
      type: PageInfoType,
      description: 'Where the page ends.',
      resolve: ({ edges, hasNextPage, after }) =>
        pageInfo(
          edges.map(({ cursor }) => cursor),
          hasNextPage,
          after !== null,
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
      ...pageArguments(t.arg),
    },
    complexity: pageCost,
    errors: { types: [DatabaseUnavailableError] },
    resolve: (_, { filter, ...page }, context) => pageOfRuns(given(filter ?? {}), checkedPage(page), context),
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
  comparisons: t.field({
    type: [ComparisonType],
    description: 'Several at once, in the order of `pairs`; each may fail by itself.',
    args: {
      pairs: t.arg({
        type: [RunPairInput],
        required: true,
        description: `At most ${MAX_PAGE}.`,
      }),
    },
    complexity: ({ pairs }) => pageCost({ first: pairs.length }),
    itemErrors: {
      types: [RunNotFoundError, RunNotSuccessfulError, DatabaseUnavailableError],
      union: { description: 'One of them, or the expected failure that keeps it away.' },
    },
    resolve: (_, { pairs }, context) => {
      checkedCount('pairs', pairs.length)
      return pairs.map((pair) => loadPair(pair.old, pair.new, context))
    },
  }),
}))

/** @throws QueryLimitError for a list of more entries than a page has */
function checkedCount(name: string, count: number): void {
  if (count > MAX_PAGE)
    throw new QueryLimitError(
      'PAGE_TOO_LARGE',
      MAX_PAGE,
      `"${name}" has ${count} entries; it may have ${MAX_PAGE}`,
    )
}

/** GraphQL's null means "not given" here. */
function given<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value != null)) as {
    [K in keyof T]?: NonNullable<T[K]>
  }
}
