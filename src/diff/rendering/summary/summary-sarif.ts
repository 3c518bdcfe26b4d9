/** A summary as SARIF 2.1.0 (OASIS), which code forges show beside a change. */
import { RULE_TEXTS } from '../../summary/rules/index.ts'
import type { Finding, Severity, Summary } from '../../summary/types.ts'

const LEVELS: Readonly<Record<Severity, string>> = { BAD: 'error', VERIFY: 'warning', INFO: 'note' }

export function summarySarif(summary: Summary): string {
  const ids = [...new Set(summary.findings.map(({ rule }) => rule))]
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Differ', version: summary.rulesVersion, rules: ids.map(ruleOf) } },
        results: summary.findings.map((finding) => resultOf(finding, ids)),
        properties: { verdict: summary.verdict, noise: summary.noise, undecided: summary.undecided },
      },
    ],
  }
  return `${JSON.stringify(log, null, 2)}\n`
}

function ruleOf(id: string): object {
  const rule = RULE_TEXTS.find((one) => one.id === id)
  if (!rule) return { id }
  return {
    id,
    shortDescription: { text: rule.finds },
    fullDescription: { text: rule.why },
    defaultConfiguration: { level: LEVELS[rule.severity] },
  }
}

function resultOf(finding: Finding, ids: readonly string[]): object {
  const { rule, severity, package: name, path, old, new: newer, message } = finding
  const { expected, severityChange } = finding
  const uri = encodeURI(path === '' ? name : `${name}/${path}`)
  return {
    ruleId: rule,
    ruleIndex: ids.indexOf(rule),
    level: LEVELS[severity],
    message: { text: message },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri } },
        logicalLocations: [{ name: path === '' ? name : path, kind: 'resource' }],
      },
    ],
    // Code forges show such a result as dismissed, with the justification.
    ...(expected && {
      suppressions: [{ kind: 'external', status: 'accepted', justification: expected.reason }],
    }),
    properties: { package: name, path, old, new: newer, ...(severityChange && { severityChange }) },
  }
}
