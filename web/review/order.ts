/** Which runs of the list are shown, and in which order: the reviewer goes through them in it. */
import type { RunRowFragment } from '../generated/graphql.ts'
import { hasCampaigns } from '../router.ts'
import { isControl, type RunListState, type RunState } from './run-list.ts'
import { matchesRest, summaryFilterOf } from './summary-filter.ts'

/** The values of `verdict` in the URL of the list, and their labels. */
export const VERDICTS: Readonly<Record<string, string>> = {
  SUBSTANTIVE: 'more than noise',
  UNDECIDED: 'undecided',
  EXPECTED: 'expected',
  NOISE_ONLY: 'noise only',
  IDENTICAL: 'identical',
}

/** Runs as the query of the list's URL wants them. Only loaded ones are sorted, and without a state filtered by what summaries say. */
export function runsInOrder({ query, runs, states }: RunListState): readonly RunRowFragment[] {
  const search = new URLSearchParams(query)
  const isFiltered = hasCampaigns() && summaryFilterOf(search) !== null
  const isShown = (run: RunRowFragment) => {
    if (!search.has('control') && !search.get('campaign') && isControl(run)) return false
    if (isFiltered) return matchesRest(run, search)
    return matchesSummary(summaryOf(states.get(run.runId)), search)
  }
  const shown = runs.filter(isShown)
  if (search.get('sort') !== 'worst') return shown
  return shown.toSorted((a, b) => weightOf(states.get(b.runId)) - weightOf(states.get(a.runId)))
}

export type RunSummary = Extract<RunState['summary'], { __typename: 'Summary' }>

/** Null while there is none. */
export function summaryOf(state: RunState | undefined): RunSummary | null {
  return state?.summary.__typename === 'Summary' ? state.summary : null
}

/** Findings of which the list knows whether a run has them, by the severity or the rule that the URL names. */
const FINDINGS: ReadonlyMap<string, (of: RunSummary) => boolean> = new Map([
  ['BAD', ({ bad }) => bad.totalCount > 0],
  ['VERIFY', ({ verify }) => verify.totalCount > 0],
  ['PACKAGE_REMOVED', ({ packages }) => packages.some(({ change }) => change === 'REMOVED')],
  ['ELF_CODE_CHANGED', ({ code }) => code.totalCount > 0],
])

/** Whether a loaded run matches what the service does not filter by: it needs a state for that. */
function matchesSummary(summary: RunSummary | null, search: URLSearchParams): boolean {
  const verdict = search.get('verdict')
  const findings = ['severity', 'rule'].flatMap((name) => FINDINGS.get(search.get(name) ?? '') ?? [])
  if (!verdict && findings.length === 0) return true
  if (!summary) return false
  return (!verdict || summary.verdict === verdict) && findings.every((has) => has(summary))
}

const BAD = 1_000_000
const VERIFY = 10

function weightOf(state: RunState | undefined): number {
  const summary = summaryOf(state)
  if (!summary) return -1
  return (
    summary.bad.totalCount * BAD +
    summary.verify.totalCount * VERIFY +
    (summary.verdict === 'SUBSTANTIVE' ? 1 : 0)
  )
}
