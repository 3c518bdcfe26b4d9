/** Clusters: comparisons of a campaign that do the same. */
import { loadPairOf } from '../resolvers/campaigns.ts'
import type { Cluster } from '../state/campaign-queries.ts'
import { builder, NULL_IF_FAILED } from './builder.ts'
import { ComparisonResultType } from './comparison-type.ts'
import { SeverityType } from './findings.ts'
import { connectionType, UNPAGED } from './page.ts'
import { VerdictType } from './summary.ts'

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

export const ClusterConnectionType = connectionType('Cluster', ClusterType, {
  noun: 'cluster',
  totalCount:
    'Number of clusters of the campaign; null, with the reason among the errors, if they cannot be counted.',
  countCost: 50,
})
