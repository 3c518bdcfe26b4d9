/** Queries for runs and comparisons. */
import type { RunOrder } from '../db/run-order.ts'
import { QueryLimitError } from '../errors.ts'
import { loadPair } from '../resolvers/comparison.ts'
import { orFailure } from '../resolvers/or-failure.ts'
import { loadRun, pageOfRuns } from '../resolvers/runs.ts'
import { builder, ITEMS_NULL_IF_FAILED, NULL_IF_FAILED } from './builder.ts'
import { NEW_RUN_ID, OLD_RUN_ID, RunPairInput } from './comparison-key.ts'
import { ComparisonResultType } from './comparison-type.ts'
import { SeverityType } from './findings.ts'
import { checkedSlice, MAX_PAGE, pageCost, sliceArguments } from './page.ts'
import { RunConnectionType, RunResultType } from './run.ts'
import { VerdictType } from './summary.ts'

const RunFilterInput = builder.inputType('RunFilterInput', {
  description:
    'Conditions for runs. A run must meet all that are given. A list matches any of its values. Those from `verdict` on ' +
    'are about the summaries of the run: they must be met by one and the same comparison, and those about a finding by ' +
    'one and the same finding. They need the state, know only runs whose summary was made, and cannot be combined ' +
    'with `source`, `resultCode` and `search`.',
  fields: (t) => ({
    codebase: t.stringList({ description: 'Names of codebases.' }),
    campaign: t.stringList({ description: 'Names of campaigns.' }),
    source: t.stringList({ description: 'Names of source packages.' }),
    resultCode: t.stringList({ description: 'Result codes, like `success`.' }),
    successful: t.boolean({
      description: 'Whether the run succeeded; false also matches runs that have not finished.',
    }),
    search: t.string({
      description:
        'Words, like `tea lintian`: at most 8, of 200 characters in all. Each word must occur in the codebase, the ' +
        'campaign, the source package or the run id, begin with a digit and occur in the version, or be the name of a ' +
        'binary package; case is ignored.',
    }),
    finishedAfter: t.field({ type: 'DateTime', description: 'Earliest finish time (inclusive).' }),
    finishedBefore: t.field({ type: 'DateTime', description: 'Latest finish time (exclusive).' }),
    verdict: t.field({ type: [VerdictType], description: 'Verdicts of the summary.' }),
    summaryFailed: t.boolean({
      description: 'Only runs whose summary could not be made (true), or has been made (false).',
    }),
    rule: t.stringList({ description: 'Rules of the finding.' }),
    severity: t.field({ type: [SeverityType], description: 'Severities of the finding.' }),
    package: t.string({ description: 'Package of the finding.' }),
    path: t.string({ description: 'Path of the finding, as `Finding.path` says.' }),
    expected: t.boolean({ description: 'Whether the rules file expects the finding. Omit it for both.' }),
    cluster: t.id({ description: 'A `Cluster.clusterId`.' }),
  }),
})

const RunOrderType = builder.enumType('RunOrder', {
  description: 'Order of a list of runs.',
  values: {
    NEWEST_FIRST: {
      description: 'By finish time, the latest first. Runs that have not finished come before all others.',
    },
    OLDEST_FIRST: {
      description: 'By finish time, the earliest first. Runs that have not finished come after all others.',
    },
  } satisfies Record<RunOrder, object>,
})

/** A search may read two whole tables. */
const SEARCH_COST = 1000

builder.queryFields((t) => ({
  run: t.field({
    type: RunResultType,
    ...NULL_IF_FAILED,
    description: 'A run by its `runId`.',
    args: { runId: t.arg.id({ required: true, description: 'The `Run.runId`.' }) },
    resolve: (_, { runId }, context) => loadRun(runId, context),
  }),
  runsByIds: t.field({
    type: [RunResultType],
    ...ITEMS_NULL_IF_FAILED,
    description: 'Several runs in the order of `runIds`. Each may be missing independently of the others.',
    args: {
      runIds: t.arg.idList({ required: true, description: `At most ${MAX_PAGE} of \`Run.runId\`.` }),
    },
    complexity: ({ runIds }) => pageCost({ first: runIds.length }),
    resolve: (_, { runIds }, context) => {
      checkItemCount('runIds', runIds.length)
      return runIds.map((runId) => orFailure(loadRun(runId, context)))
    },
  }),
  runs: t.field({
    type: RunConnectionType,
    ...NULL_IF_FAILED,
    description: 'Runs, newest first. Runs that have not finished come before all others.',
    args: {
      filter: t.arg({ type: RunFilterInput, description: 'Conditions for the runs. Omit it for all runs.' }),
      orderBy: t.arg({ type: RunOrderType, description: 'Order of the runs. Default: `NEWEST_FIRST`.' }),
      ...sliceArguments(t.arg),
    },
    complexity: (page) => ({ ...pageCost(page), field: page.filter?.search ? SEARCH_COST : 1 }),
    resolve: (_, { filter, orderBy, ...page }, context) =>
      pageOfRuns(filter, orderBy ?? 'NEWEST_FIRST', checkedSlice(page), context),
  }),
  comparison: t.field({
    type: ComparisonResultType,
    ...NULL_IF_FAILED,
    description: 'Comparison of two successful runs.',
    args: {
      old: t.arg.id({ required: true, description: OLD_RUN_ID }),
      new: t.arg.id({ required: true, description: NEW_RUN_ID }),
    },
    resolve: (_, pair, context) => loadPair(pair.old, pair.new, context),
  }),
  comparisons: t.field({
    type: [ComparisonResultType],
    ...ITEMS_NULL_IF_FAILED,
    description: 'Several comparisons in the order of `pairs`. Each may fail independently of the others.',
    args: {
      pairs: t.arg({
        type: [RunPairInput],
        required: true,
        description: `Pairs of runs, at most ${MAX_PAGE}.`,
      }),
    },
    complexity: ({ pairs }) => pageCost({ first: pairs.length }),
    resolve: (_, { pairs }, context) => {
      checkItemCount('pairs', pairs.length)
      return pairs.map((pair) => orFailure(loadPair(pair.old, pair.new, context)))
    },
  }),
}))

/** @throws QueryLimitError for more items than a page may have */
function checkItemCount(name: string, count: number): void {
  if (count > MAX_PAGE)
    throw new QueryLimitError(
      'PAGE_TOO_LARGE',
      MAX_PAGE,
      `"${name}" has ${count} items; at most ${MAX_PAGE} are allowed`,
    )
}
