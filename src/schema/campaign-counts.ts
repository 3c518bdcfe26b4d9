/** The sums of a campaign. */
import type { RulesEntry } from '../diff/rules-file/parse-rules-file.ts'
import { NOISE_CLASSES } from '../diff/summary/noise-classes.ts'
import type { KindCount, RuleCount, VerdictCount } from '../state/campaign-queries.ts'
import { builder } from './builder.ts'
import { SeverityType } from './findings.ts'
import { VerdictType } from './summary.ts'

export const VerdictCountType = builder.objectRef<VerdictCount>('VerdictCount').implement({
  description: 'How many comparisons of a campaign have a verdict.',
  fields: (t) => ({
    verdict: t.expose('verdict', { type: VerdictType, description: 'The verdict.' }),
    comparisons: t.exposeInt('comparisons', { description: 'Number of comparisons.' }),
  }),
})

export const FailureCountType = builder.objectRef<KindCount>('FailureCount').implement({
  description: 'How many summaries of a campaign could not be made for one reason.',
  fields: (t) => ({
    error: t.exposeString('name', { description: 'Name of the error, like `ArtifactsMissingError`.' }),
    comparisons: t.exposeInt('comparisons', { description: 'Number of comparisons.' }),
  }),
})

export const RuleCountType = builder.objectRef<RuleCount>('RuleCount').implement({
  description: 'How often the findings of one rule occur in a campaign.',
  fields: (t) => ({
    rule: t.exposeString('rule', { description: 'Name of the rule, like `MODE_SETUID`.' }),
    severity: t.expose('severity', { type: SeverityType, description: 'Severity of these findings.' }),
    expected: t.exposeBoolean('expected', {
      description: "Whether the service's rules file expects these findings.",
    }),
    comparisons: t.exposeInt('comparisons', { description: 'Number of comparisons with such a finding.' }),
    findings: t.exposeInt('findings', { description: 'Number of findings.' }),
  }),
})

export const CampaignNoiseType = builder.objectRef<KindCount>('CampaignNoise').implement({
  description: 'How often a class of noise occurs in a campaign.',
  fields: (t) => ({
    class: t.exposeString('name', { description: 'Name of the class, like `MTIME`.' }),
    description: t.string({
      description: 'What the class explains.',
      resolve: ({ name }) => NOISE_CLASSES[name] ?? '',
    }),
    comparisons: t.exposeInt('comparisons', { description: 'Number of comparisons with this noise.' }),
    files: t.float({ description: 'Number of files that it explains.', resolve: ({ items }) => items }),
  }),
})

export const PackageCountType = builder.objectRef<KindCount>('PackageCount').implement({
  description: 'How many packages of a campaign differ in one way.',
  fields: (t) => ({
    change: t.exposeString('name', { description: 'A value of `PackageChangeKind`.' }),
    comparisons: t.exposeInt('comparisons', { description: 'Number of comparisons with such a package.' }),
    packages: t.exposeInt('items', { description: 'Number of packages.' }),
  }),
})

export const CampaignExpectationType = builder.objectRef<RulesEntry>('CampaignExpectation').implement({
  description:
    "An entry of the service's rules file: which findings it expects of a campaign. An empty list matches everything.",
  fields: (t) => ({
    rules: t.stringList({ description: 'Rules of the findings.', resolve: ({ rules }) => [...rules] }),
    sources: t.stringList({
      description: 'Patterns of names of source packages.',
      resolve: ({ sources }) => [...sources],
    }),
    packages: t.stringList({
      description: 'Patterns of names of packages.',
      resolve: ({ packages }) => [...packages],
    }),
    paths: t.stringList({ description: 'Patterns of paths.', resolve: ({ paths }) => [...paths] }),
    reason: t.exposeString('reason', { description: 'The reason that the rules file gives.' }),
  }),
})
