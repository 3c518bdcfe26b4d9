/** Findings by rule: what few runs do, and what most do. */
import { urlOfRuns } from '../router.ts'
import { count } from '../ui/format.ts'
import { type Bar, BarTable } from './bars.tsx'
import type { Campaign } from './verdicts.ts'

type Rule = Campaign['rules'][number]

/** A rule is rare if less than this part of the comparisons has it. */
const RARE_PART = 0.02
const MAX_RARE = 8

export function Rules({ of }: { of: Campaign }) {
  if (of.rules.length === 0) return null
  const limit = Math.max(1, of.comparisonCount * RARE_PART)
  const rare = of.rules
    .filter(({ comparisons, expected, severity }) => comparisons <= limit && !expected && severity !== 'INFO')
    .toSorted((a, b) => a.comparisons - b.comparisons || rank(a) - rank(b))
    .slice(0, MAX_RARE)
  const bars = (rules: readonly Rule[]) => rules.map((rule) => barOf(rule, of.name))
  return (
    <>
      {rare.length > 0 && rare.length < of.rules.length && (
        <section aria-labelledby="campaign-outliers">
          <h2 id="campaign-outliers">Outliers: what few runs do</h2>
          <BarTable
            caption="The rarest rules of this campaign, with comparisons that have such findings"
            columns={COLUMNS}
            bars={bars(rare)}
          />
        </section>
      )}
      <section aria-labelledby="campaign-rules">
        <h2 id="campaign-rules">
          Findings by rule <small class="total">{count(of.rules.length)}</small>
        </h2>
        <BarTable
          caption="Comparisons by rule, the most common first"
          columns={COLUMNS}
          bars={bars(of.rules)}
          full={of.comparisonCount}
        />
      </section>
    </>
  )
}

const COLUMNS = ['Rule', 'Severity', 'Comparisons']
const SEVERITIES = ['BAD', 'VERIFY', 'INFO']
const LABELS: Readonly<Record<Rule['severity'], string>> = {
  BAD: 'bad',
  VERIFY: 'to verify',
  INFO: 'information',
}

function rank({ severity }: Rule): number {
  return SEVERITIES.indexOf(severity)
}

function barOf({ rule, severity, expected, comparisons }: Rule, campaign: string): Bar {
  const style = expected ? 'expected' : severity.toLowerCase()
  return {
    key: `${rule} ${severity} ${expected}`,
    style: `severity-${style}`,
    label: <code>{rule}</code>,
    href: urlOfRuns({ campaign, rule, severity, expected: expected ? 'yes' : 'no' }),
    value: comparisons,
    cells: [
      <span key="severity" class={`chip ${style}`}>
        {expected ? 'expected' : LABELS[severity]}
      </span>,
    ],
  }
}
