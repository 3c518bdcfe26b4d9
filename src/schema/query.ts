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
import { orError } from './errors.ts'
import { checkedPage, MAX_PAGE, PageInfoType, pageArguments, pageCost, pageInfo } from './page.ts'
import { RunType } from './run.ts'

const RunFilterInput = builder.inputType('RunFilterInput', {
  description: 'Conditions for runs. A run must meet all that are given.',
  fields: (t) => ({
    codebase: t.string({ description: 'Name of the codebase.' }),
    campaign: t.string({ description: 'Name of the campaign.' }),
    source: t.string({ description: 'Name of the source package.' }),
    resultCode: t.string({ description: 'Result code, like `success`.' }),
    search: t.string({
      description:
        'Words, like `tea lintian`: at most 8, of 200 characters in all. Each word must occur in the codebase, the ' +
        'campaign, the source package or the run id; case is ignored.',
    }),
    finishedAfter: t.field({ type: 'DateTime', description: 'Earliest finish time (inclusive).' }),
    finishedBefore: t.field({ type: 'DateTime', description: 'Latest finish time (exclusive).' }),
  }),
})

const OLD_RUN_ID = 'The `Run.runId` of the run without the change.'
const NEW_RUN_ID = 'The `Run.runId` of the run with the change.'

const RunPairInput = builder.inputType('RunPairInput', {
  description: 'Two runs to compare.',
  fields: (t) => ({
    old: t.string({ required: true, description: OLD_RUN_ID }),
    new: t.string({ required: true, description: NEW_RUN_ID }),
  }),
})

const RunEdgeType = builder.objectRef<RunPage['edges'][number]>('RunEdge').implement({
  description: 'A run in a list.',
  fields: (t) => ({
    node: t.expose('node', { type: RunType, description: 'The run.' }),
    cursor: t.exposeString('cursor', { description: 'Cursor of the run, for `after`.' }),
  }),
})

const RunConnectionType = builder.objectRef<RunPage>('RunConnection').implement({
  description: 'A page of runs.',
  fields: (t) => ({
    edges: t.field({
      type: [RunEdgeType],
      description: 'The runs with their cursors.',
      resolve: ({ edges }) => [...edges],
    }),
    nodes: t.field({
      type: [RunType],
      description: 'The runs.',
      resolve: ({ edges }) => edges.map(({ node }) => node),
    }),
    totalCount: t.int({
      description:
        'Number of matching runs on all pages at this moment. Expensive; counted only if requested.',
      complexity: 50,
      resolve: ({ filter }, _, context) => countOfRuns(filter, context),
    }),
    pageInfo: t.field({
      type: PageInfoType,
      description: 'Position of this page.',
      resolve: async ({ edges, hasNextPage, hasPreviousPage }) =>
        pageInfo(
          edges.map(({ cursor }) => cursor),
          hasNextPage,
          await hasPreviousPage(),
        ),
    }),
  }),
})

/** A search may read two whole tables. */
const SEARCH_COST = 1000

const PAIR_ERRORS = [RunNotFoundError, RunNotSuccessfulError, DatabaseUnavailableError]

builder.queryFields((t) => ({
  run: t.field({
    type: RunType,
    description: 'A run by its `runId`.',
    args: { runId: t.arg.string({ required: true, description: 'The `Run.runId`.' }) },
    errors: orError('The run', [RunNotFoundError, DatabaseUnavailableError]),
    resolve: (_, { runId }, context) => loadRun(runId, context),
  }),
  runs: t.field({
    type: RunConnectionType,
    description: 'Runs, newest first. Runs that have not finished come before all others.',
    args: {
      filter: t.arg({ type: RunFilterInput, description: 'Conditions for the runs. Omit it for all runs.' }),
      ...pageArguments(t.arg),
    },
    complexity: (page) => ({ ...pageCost(page), field: page.filter?.search ? SEARCH_COST : 1 }),
    errors: orError('A page of runs', [DatabaseUnavailableError]),
    resolve: (_, { filter, ...page }, context) => pageOfRuns(filter, checkedPage(page), context),
  }),
  comparison: t.field({
    type: ComparisonType,
    description: 'Comparison of two successful runs.',
    args: {
      old: t.arg.string({ required: true, description: OLD_RUN_ID }),
      new: t.arg.string({ required: true, description: NEW_RUN_ID }),
    },
    errors: orError('The comparison', PAIR_ERRORS),
    resolve: (_, pair, context) => loadPair(pair.old, pair.new, context),
  }),
  comparisons: t.field({
    type: [ComparisonType],
    description: 'Several comparisons in the order of `pairs`. Each may fail independently of the others.',
    args: {
      pairs: t.arg({
        type: [RunPairInput],
        required: true,
        description: `Pairs of runs, at most ${MAX_PAGE}.`,
      }),
    },
    complexity: ({ pairs }) => pageCost({ first: pairs.length }),
    itemErrors: orError('The comparison', PAIR_ERRORS),
    resolve: (_, { pairs }, context) => {
      checkPairCount(pairs.length)
      return pairs.map((pair) => loadPair(pair.old, pair.new, context))
    },
  }),
}))

/** @throws QueryLimitError for more pairs than a page may have items */
function checkPairCount(count: number): void {
  if (count > MAX_PAGE)
    throw new QueryLimitError(
      'PAGE_TOO_LARGE',
      MAX_PAGE,
      `"pairs" has ${count} items; at most ${MAX_PAGE} are allowed`,
    )
}
