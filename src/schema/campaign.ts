/** Campaigns: what thousands of runs do. */
import {
  CampaignNotFoundError,
  DatabaseUnavailableError,
  OverloadedError,
  StateNotConfiguredError,
} from '../errors.ts'
import {
  countRunsOf,
  countsOf,
  loadCampaign,
  loadCampaignById,
  pageOfCampaigns,
  pageOfClusters,
  pageOfComparisons,
  rulesOf,
  watchReady,
} from '../resolvers/campaigns.ts'
import { stateOf } from '../resolvers/watched.ts'
import type { RuleOrder } from '../services/campaign-service.ts'
import type { CampaignOverview, KindCount } from '../state/campaign-queries.ts'
import { builder, NULL_IF_FAILED } from './builder.ts'
import { ClusterConnectionType } from './campaign-clusters.ts'
import {
  CampaignComparisonConnectionType,
  CampaignComparisonFilter,
  CampaignComparisonType,
} from './campaign-comparisons.ts'
import {
  CampaignExpectationType,
  CampaignNoiseType,
  FailureCountType,
  PackageCountType,
  RuleCountType,
  VerdictCountType,
} from './campaign-counts.ts'
import { ErrorInterface } from './error-interface.ts'
import { SeverityType } from './findings.ts'
import { checkedSlice, connectionType, pageCost, sliceArguments, UNPAGED } from './page.ts'
import { resultType } from './results.ts'

builder.objectType(CampaignNotFoundError, {
  name: 'CampaignNotFoundError',
  description: 'No summary of a run of this campaign is known.',
  interfaces: [ErrorInterface],
  fields: (t) => ({ campaign: t.exposeString('campaign', { description: 'The requested name.' }) }),
})

builder.objectType(StateNotConfiguredError, {
  name: 'StateNotConfiguredError',
  description: 'The operator has given the service no database in which it could keep what summaries say.',
  interfaces: [ErrorInterface],
})

const RuleOrderType = builder.enumType('CampaignRuleOrder', {
  description: 'Order of the rules of a campaign.',
  values: {
    RAREST: { description: 'By number of comparisons, the fewest first: what only few runs do.' },
    MOST_COMMON: { description: 'By number of comparisons, the most first.' },
  } satisfies Record<RuleOrder, object>,
})

const byKind = (kind: KindCount['kind']) => (counts: readonly KindCount[]) =>
  counts.filter((one) => one.kind === kind)
const itemsOf = (kind: KindCount['kind'], name: string) => (counts: readonly KindCount[]) =>
  counts.find((one) => one.kind === kind && one.name === name)?.items ?? 0

const CampaignType = builder.objectRef<CampaignOverview>('Campaign')

builder.node(CampaignType, {
  description:
    'What the runs of a campaign do, according to their summaries. A run that is compared with several control runs ' +
    'counts once for each. Only comparisons whose summary was requested or precached are known.',
  id: {
    description: 'Global id, for `Query.node`. `Query.campaign` takes `name`.',
    resolve: ({ name }) => name,
  },
  loadOne: loadCampaignById,
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name of the campaign, like `lintian-fixes`.' }),
    runCount: t.int({
      ...NULL_IF_FAILED,
      description: 'Number of successful runs, compared or not. Expensive; counted only if requested.',
      complexity: 50,
      resolve: (campaign, _, context) => countRunsOf(campaign, context),
    }),
    comparisonCount: t.int({
      description: 'Number of comparisons that have a verdict.',
      resolve: ({ verdicts }) => verdicts.reduce((sum, { comparisons }) => sum + comparisons, 0),
    }),
    failureCount: t.int({
      description: 'Number of comparisons whose summary could not be made.',
      resolve: ({ failures }) => failures.reduce((sum, { comparisons }) => sum + comparisons, 0),
    }),
    verdicts: t.field({
      type: [VerdictCountType],
      description: 'Comparisons by verdict, without verdicts that none has.',
      complexity: { field: 1, multiplier: UNPAGED },
      resolve: ({ verdicts }) => [...verdicts],
    }),
    newestRunTime: t.field({
      type: 'DateTime',
      description: 'When the newest of the compared runs finished.',
      resolve: ({ newestMs }) => new Date(newestMs),
    }),
    lagSeconds: t.float({
      description:
        'How long the oldest summary of this process has waited to be counted here, in seconds; 0 if none waits.',
      resolve: (_, __, { services }) => services.campaigns.lagSeconds,
    }),
  }),
})

/** What the summaries of a campaign say together. */
builder.objectFields(CampaignType, (t) => ({
  failures: t.field({
    type: [FailureCountType],
    ...NULL_IF_FAILED,
    description: 'Why summaries could not be made, the most frequent reason first.',
    complexity: { field: 1, multiplier: UNPAGED },
    resolve: async (campaign, _, context) => byKind('failure')(await countsOf(campaign, context)),
  }),
  undecidedComparisons: t.int({
    ...NULL_IF_FAILED,
    description: 'Number of comparisons in which something could not be compared, whatever their verdict.',
    resolve: async (campaign, _, context) =>
      byKind('undecided')(await countsOf(campaign, context))[0]?.comparisons ?? 0,
  }),
  incompleteComparisons: t.int({
    ...NULL_IF_FAILED,
    description: 'Number of comparisons with so many findings that filters by finding do not see all.',
    resolve: async (campaign, _, context) =>
      byKind('omitted')(await countsOf(campaign, context))[0]?.comparisons ?? 0,
  }),
  outdatedComparisons: t.int({
    description:
      'Number of comparisons, among all that are counted here, that were judged before the rules changed. They are made ' +
      'anew in the background, after everything else.',
    resolve: (campaign, _, { services }) => services.campaigns.outdatedIn(campaign),
  }),
  expected: t.field({
    type: [CampaignExpectationType],
    description: "What the service's rules file expects of the campaign; empty without such a file.",
    complexity: { field: 1, multiplier: UNPAGED },
    resolve: ({ name }, _, { services }) => [...services.campaigns.expectationsOf(name)],
  }),
  rules: t.field({
    type: [RuleCountType],
    ...NULL_IF_FAILED,
    description: 'Findings by rule, severity and whether they are expected.',
    args: {
      orderBy: t.arg({ type: RuleOrderType, description: 'Order of the rules. Default: `RAREST`.' }),
    },
    complexity: { field: 1, multiplier: UNPAGED },
    resolve: async (campaign, { orderBy }, context) => [
      ...(await rulesOf(campaign, orderBy ?? 'RAREST', context)),
    ],
  }),
  noise: t.field({
    type: [CampaignNoiseType],
    ...NULL_IF_FAILED,
    description: 'Noise by class, the most common first.',
    complexity: { field: 1, multiplier: UNPAGED },
    resolve: async (campaign, _, context) => byKind('noise')(await countsOf(campaign, context)),
  }),
  packages: t.field({
    type: [PackageCountType],
    ...NULL_IF_FAILED,
    description: 'Packages by how they differ, the most common first.',
    complexity: { field: 1, multiplier: UNPAGED },
    resolve: async (campaign, _, context) => byKind('package')(await countsOf(campaign, context)),
  }),
  oldSize: t.field({
    type: 'ByteCount',
    ...NULL_IF_FAILED,
    description: 'Size of all packages of the old runs together.',
    resolve: async (campaign, _, context) => itemsOf('size', 'old')(await countsOf(campaign, context)),
  }),
  newSize: t.field({
    type: 'ByteCount',
    ...NULL_IF_FAILED,
    description: 'Size of all packages of the new runs together.',
    resolve: async (campaign, _, context) => itemsOf('size', 'new')(await countsOf(campaign, context)),
  }),
}))

/** What the sums are made of. */
builder.objectFields(CampaignType, (t) => ({
  clusters: t.field({
    type: ClusterConnectionType,
    ...NULL_IF_FAILED,
    description: 'Clusters, the largest first.',
    args: sliceArguments(t.arg),
    complexity: pageCost,
    resolve: (campaign, page, context) => pageOfClusters(campaign, checkedSlice(page), context),
  }),
  comparisons: t.field({
    type: CampaignComparisonConnectionType,
    ...NULL_IF_FAILED,
    description: 'Comparisons, those with the newest runs first.',
    args: {
      filter: t.arg({
        type: CampaignComparisonFilter,
        description: 'Conditions for the comparisons. Omit it for all.',
      }),
      ...sliceArguments(t.arg),
    },
    complexity: pageCost,
    resolve: (campaign, { filter, ...page }, context) =>
      pageOfComparisons(campaign, filter, checkedSlice(page), context),
  }),
}))

const CampaignConnectionType = connectionType('Campaign', CampaignType, {
  noun: 'campaign',
  totalCount: 'Always null: campaigns are not counted.',
})

builder.queryFields((t) => ({
  campaigns: t.field({
    type: CampaignConnectionType,
    ...NULL_IF_FAILED,
    description: 'Campaigns with known summaries, ordered by name.',
    args: sliceArguments(t.arg),
    complexity: pageCost,
    resolve: (_, page, context) => pageOfCampaigns(checkedSlice(page), context),
  }),
  campaign: t.field({
    type: resultType(
      'CampaignResult',
      CampaignType,
      [CampaignNotFoundError, StateNotConfiguredError, DatabaseUnavailableError],
      'The campaign',
    ),
    ...NULL_IF_FAILED,
    description: 'A campaign by its name.',
    args: { name: t.arg.string({ required: true, description: 'Name of the campaign.' }) },
    resolve: (_, { name }, context) => loadCampaign(name, context),
  }),
}))

builder.subscriptionFields((t) => ({
  comparisonReady: t.field({
    type: resultType(
      'ComparisonReadyResult',
      CampaignComparisonType,
      [StateNotConfiguredError, OverloadedError],
      'The comparison',
    ),
    ...NULL_IF_FAILED,
    description:
      'Each comparison whose summary is made from now on, on any machine, or says something new. One that ' +
      'could not be made is not ready. Completes only after an error: a client that reads too slowly gets ' +
      '`OverloadedError`, and lists with `runs` what it missed.',
    args: {
      campaign: t.arg.string({ description: 'Only comparisons of this campaign.' }),
      minimumSeverity: t.arg({
        type: SeverityType,
        description:
          'Only comparisons with a finding of this severity or a worse one that the rules file does not expect.',
      }),
    },
    subscribe: (_, filter, context) => watchReady(filter, context),
    resolve: stateOf,
  }),
}))
