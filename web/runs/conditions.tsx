/** What the summaries of the listed runs have in common, and the way to list others, too. */
import { conditionsOf } from '../review/summary-filter.ts'
import { hasCampaigns, urlOf, urlOfRuns } from '../router.ts'
import { visible, words } from '../ui/format.ts'

const LABELS: Readonly<Record<string, string>> = {
  severity: 'severity',
  rule: 'rule',
  package: 'package',
  path: 'path',
  cluster: 'the same findings as group',
  expected: 'expected by the rules file',
  failed: 'without a summary',
}

export function Conditions({ query }: { query: URLSearchParams }) {
  const conditions = conditionsOf(query)
  const campaign = query.get('campaign')
  if (conditions.length === 0) return null
  const without = (name: string) =>
    urlOfRuns(Object.fromEntries([...query].filter(([other]) => other !== name)))
  return (
    <nav class="conditions" aria-label="Conditions for summaries">
      {hasCampaigns() && campaign && (
        <a href={urlOf(['campaigns', campaign])}>
          <span aria-hidden="true">‹ </span>
          {visible(campaign)}
        </a>
      )}
      <span>Runs with</span>
      {conditions.map(([name, value]) => (
        <span key={name} class="chip">
          {LABELS[name]} {name !== 'failed' && <strong>{textOf(name, value)}</strong>}{' '}
          <a href={without(name)} title="Remove this condition">
            <span aria-hidden="true">×</span>
            <span class="hidden">Remove the condition {LABELS[name]}</span>
          </a>
        </span>
      ))}
    </nav>
  )
}

function textOf(name: string, value: string): string {
  return visible(name === 'severity' ? words(value).replaceAll(',', ' or ') : value)
}
