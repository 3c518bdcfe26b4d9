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
  loadPairOf,
  pageOfCampaigns,
  pageOfClusters,
  pageOfComparisons,
  rulesOf,
  watchReady,
} from '../resolvers/campaigns.ts'
import { stateOf } from '../resolvers/watched.ts'
import type { RuleOrder } from '../services/campaign-service.ts'
import type { CampaignOverview, Cluster, KindCount } from '../state/campaign-queries.ts'
import type { MatchingComparison } from '../state/matching-comparisons.ts'
import { builder, NULL_IF_FAILED } from './builder.ts'
import {
  CampaignExpectationType,
  CampaignNoiseType,
  FailureCountType,
  PackageCountType,
  RuleCountType,
  VerdictCountType,
} from './campaign-counts.ts'
import { ComparisonResultType } from './comparison-type.ts'
import { ErrorInterface } from './error-interface.ts'
import { SeverityType } from './findings.ts'
import { checkedPage, connectionType, pageArguments, pageCost, UNPAGED } from './page.ts'
import { resultType } from './results.ts'
import { VerdictType } from './summary.ts'

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

const ClusterFindingType = builder.objectRef<Cluster['findings'][number]>('ClusterFinding').implement({
  description: 'A finding of the example of a cluster. Its texts come from packages, so escape them.',
  fields: (t) => ({
    rule: t.exposeString('rule', { description: 'Name of the rule.' }),
    severity: t.expose('severity', { type: SeverityType, description: 'How much attention it needs.' }),
    expected: t.exposeBoolean('expected', { description: 'Whether the rules file expects it.' }),
    package: t.exposeString('package', { description: 'Name of the package.' }),
    path: t.exposeString('path', { description: 'The file, as `Finding.path` says.' }),
  }),
})

const ClusterType = builder.objectRef<Cluster>('Cluster').implement({
  description:
    'Comparisons of a campaign whose findings are the same but for names and versions of packages. What is undecided ' +
    'is never in one cluster with what is known.',
  fields: (t) => ({
    clusterId: t.exposeID('signature', {
      description: 'Identifies the cluster within its campaign, for `CampaignComparisonFilter.cluster`.',
    }),
    comparisonCount: t.exposeInt('comparisons', { description: 'Number of comparisons.' }),
    verdict: t.expose('verdict', { type: VerdictType, description: 'Verdict of each of them.' }),
    example: t.field({
      type: ComparisonResultType,
      ...NULL_IF_FAILED,
      description: 'The comparison with the newest run.',
      resolve: ({ example }, _, context) => loadPairOf(example, context),
    }),
    findings: t.field({
      type: [ClusterFindingType],
      description: 'Findings of the example, the worst first, at most 20. Its summary has all.',
      complexity: { field: 1, multiplier: UNPAGED },
      resolve: ({ findings }) => [...findings],
    }),
  }),
})

/** Its position in a list is not a part of it. */
type ListedComparison = Omit<MatchingComparison, 'cursor'>

const CampaignComparisonType = builder.objectRef<ListedComparison>('CampaignComparison').implement({
  description: 'What the summary of one comparison says, as the list of a campaign shows it.',
  fields: (t) => ({
    oldRunId: t.exposeID('oldId', { description: 'Id of the run without the change.' }),
    newRunId: t.exposeID('newId', { description: 'Id of the run with the change.' }),
    codebase: t.exposeString('codebase', { description: 'Name of the codebase.' }),
    verdict: t.expose('verdict', {
      type: VerdictType,
      nullable: true,
      description: 'The verdict; null if the summary could not be made.',
    }),
    failure: t.exposeString('failure', {
      nullable: true,
      description: 'Name of the error, like `ArtifactsMissingError`; null if there is a verdict.',
    }),
    bad: t.exposeInt('bad', { description: 'Number of findings of severity `BAD` that are not expected.' }),
    verify: t.exposeInt('verify', {
      description: 'Number of findings of severity `VERIFY` that are not expected.',
    }),
    info: t.exposeInt('info', {
      description: 'Number of findings of severity `INFO` that are not expected.',
    }),
    expected: t.exposeInt('expected', { description: 'Number of findings that the rules file expects.' }),
    outdated: t.boolean({
      description: 'Whether the rules have changed since. The summary is made anew in the background.',
      resolve: (one, _, { services }) => services.campaigns.isOutdated(one),
    }),
    clusterId: t.exposeID('signature', {
      nullable: true,
      description: 'The cluster; null if the summary could not be made.',
    }),
    comparison: t.field({
      type: ComparisonResultType,
      ...NULL_IF_FAILED,
      description: 'The comparison itself.',
      resolve: (pair, _, context) => loadPairOf(pair, context),
    }),
  }),
})

const ClusterConnectionType = connectionType('Cluster', ClusterType, {
  noun: 'cluster',
  totalCount:
    'Number of clusters of the campaign; null, with the reason among the errors, if they cannot be counted.',
  countCost: 50,
})

const CampaignComparisonConnectionType = connectionType('CampaignComparison', CampaignComparisonType, {
  noun: 'comparison',
  totalCount:
    'Number of comparisons that match, on all pages; null, with the reason among the errors, if they cannot be counted. ' +
    'Expensive; counted only if requested.',
  countCost: 50,
})

const CampaignComparisonFilter = builder.inputType('CampaignComparisonFilter', {
  description:
    'Conditions for comparisons of a campaign. All that are given must be met, and those about findings by one and ' +
    'the same finding. A list matches any of its values.',
  fields: (t) => ({
    verdict: t.field({ type: [VerdictType], description: 'Verdicts.' }),
    failed: t.boolean({
      description: 'Only comparisons whose summary could not be made (true), or has been made (false).',
    }),
    rule: t.stringList({ description: 'Rules of the finding.' }),
    severity: t.field({ type: [SeverityType], description: 'Severities of the finding.' }),
    package: t.string({ description: 'Package of the finding.' }),
    path: t.string({ description: 'Path of the finding, as `Finding.path` says.' }),
    expected: t.boolean({
      description: 'Whether the rules file expects the finding. Omit it for both.',
    }),
    cluster: t.id({ description: 'A `Cluster.clusterId`.' }),
  }),
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

const CampaignType = builder.objectRef<CampaignOverview>('Campaign').implement({
  description:
    'What the runs of a campaign do, according to their summaries. A run that is compared with several control runs ' +
    'counts once for each. Only comparisons whose summary was requested or precached are known.',
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
    clusters: t.field({
      type: ClusterConnectionType,
      ...NULL_IF_FAILED,
      description: 'Clusters, the largest first.',
      args: pageArguments(t.arg),
      complexity: pageCost,
      resolve: (campaign, page, context) => pageOfClusters(campaign, checkedPage(page), context),
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
        ...pageArguments(t.arg),
      },
      complexity: pageCost,
      resolve: (campaign, { filter, ...page }, context) =>
        pageOfComparisons(campaign, filter, checkedPage(page), context),
    }),
  }),
})

const CampaignConnectionType = connectionType('Campaign', CampaignType, {
  noun: 'campaign',
  totalCount: 'Always null: campaigns are not counted.',
})

builder.queryFields((t) => ({
  campaigns: t.field({
    type: CampaignConnectionType,
    ...NULL_IF_FAILED,
    description: 'Campaigns with known summaries, ordered by name.',
    args: pageArguments(t.arg),
    complexity: pageCost,
    resolve: (_, page, context) => pageOfCampaigns(checkedPage(page), context),
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
