/** The findings of a summary. */
import type { ExpectedFindings, Finding, Severity } from '../diff/summary/types.ts'
import { builder } from './builder.ts'
import { connectionType } from './page.ts'

export const SeverityType = builder.enumType('Severity', {
  description: 'How much attention a finding needs.',
  values: {
    BAD: { description: 'Most likely a defect or a danger.' },
    VERIFY: { description: 'A person should confirm that it is intended.' },
    INFO: { description: 'Good to know; no action is expected.' },
  } satisfies Record<Severity, object>,
})

const ExpectationType = builder.objectRef<NonNullable<Finding['expected']>>('Expectation').implement({
  description: "Why the service's rules file expects a finding.",
  fields: (t) => ({
    reason: t.exposeString('reason', { description: 'The reason that the rules file gives.' }),
  }),
})

const SeverityChangeType = builder
  .objectRef<NonNullable<Finding['severityChange']>>('SeverityChange')
  .implement({
    description: "Why the service's rules file gives a finding another severity.",
    fields: (t) => ({
      from: t.field({
        type: SeverityType,
        description: 'The severity that its rule gave it.',
        resolve: ({ from }) => from,
      }),
      reason: t.exposeString('reason', { description: 'The reason that the rules file gives.' }),
    }),
  })

export const ExpectedFindingsType = builder.objectRef<ExpectedFindings>('ExpectedFindings').implement({
  description:
    "An entry of the service's rules file: which findings it expects. An empty list matches everything.",
  fields: (t) => ({
    rules: t.stringList({ description: 'Rules of the findings.', resolve: ({ rules }) => [...rules] }),
    packages: t.stringList({
      description: 'Patterns of names of packages.',
      resolve: ({ packages }) => [...packages],
    }),
    paths: t.stringList({ description: 'Patterns of paths.', resolve: ({ paths }) => [...paths] }),
    reason: t.exposeString('reason', { description: 'The reason that the rules file gives.' }),
    findings: t.exposeInt('findings', {
      description: 'Number of findings of this summary that match.',
    }),
  }),
})

const FindingType = builder.objectRef<Finding>('Finding').implement({
  description:
    'A fact about a change that people should know, found by one rule. Its texts come from packages, ' +
    'so escape them.',
  fields: (t) => ({
    rule: t.exposeString('rule', {
      description: 'Name of the rule, like `MODE_SETUID`. docs/rules.md describes all rules.',
    }),
    severity: t.field({
      type: SeverityType,
      description: 'How much attention it needs.',
      resolve: ({ severity }) => severity,
    }),
    package: t.exposeString('package', {
      description:
        'Name of the package; with its architecture, like `libc6:i386`, if the name occurs more than once.',
    }),
    path: t.exposeString('path', {
      description:
        'The file; `control/MEMBER` for a file of the control archive, `control:FIELD` for a field, ' +
        'empty for the package itself.',
    }),
    old: t.exposeString('old', {
      description: 'What the old package has there, shortened; empty if it has nothing.',
    }),
    new: t.exposeString('new', {
      description: 'What the new package has there, shortened; empty if it has nothing.',
    }),
    message: t.exposeString('message', { description: 'The finding as a sentence.' }),
    expected: t.field({
      type: ExpectationType,
      nullable: true,
      description: "Why the service's rules file expects the finding; null if it does not.",
      resolve: ({ expected }) => expected ?? null,
    }),
    severityChange: t.field({
      type: SeverityChangeType,
      nullable: true,
      description: "Why the service's rules file changed the severity; null if it did not.",
      resolve: ({ severityChange }) => severityChange ?? null,
    }),
  }),
})

export const FindingConnectionType = connectionType('Finding', FindingType, {
  noun: 'finding',
  totalCount: 'Number of findings that match the arguments, on all pages.',
  isCounted: true,
})
