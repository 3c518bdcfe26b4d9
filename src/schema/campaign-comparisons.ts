/** Comparisons as the list of a campaign shows them. */
import { loadPairOf } from '../resolvers/campaigns.ts'
import type { MatchingComparison } from '../state/matching-comparisons.ts'
import { builder, NULL_IF_FAILED } from './builder.ts'
import { ComparisonResultType } from './comparison-type.ts'
import { SeverityType } from './findings.ts'
import { connectionType } from './page.ts'
import { VerdictType } from './summary.ts'

/** Its position in a list is not a part of it. */
type ListedComparison = Omit<MatchingComparison, 'cursor'>

export const CampaignComparisonType = builder.objectRef<ListedComparison>('CampaignComparison').implement({
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

export const CampaignComparisonConnectionType = connectionType('CampaignComparison', CampaignComparisonType, {
  noun: 'comparison',
  totalCount:
    'Number of comparisons that match, on all pages; null, with the reason among the errors, if they cannot be counted. ' +
    'Expensive; counted only if requested.',
  countCost: 50,
})

export const CampaignComparisonFilter = builder.inputType('CampaignComparisonFilter', {
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
