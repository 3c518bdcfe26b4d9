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

/** Runs as the query of the list's URL wants them. Only loaded ones can be sorted and filtered by verdict. */
export function runsInOrder({ query, runs, states }: RunListState): readonly RunRowFragment[] {
  const search = new URLSearchParams(query)
  const verdict = search.get('verdict')
  const isFiltered = hasCampaigns() && summaryFilterOf(search) !== null
  const isShown = (run: RunRowFragment) => {
    if (!search.has('control') && !search.get('campaign') && isControl(run)) return false
    if (isFiltered) return matchesRest(run, search)
    return !verdict || summaryOf(states.get(run.runId))?.verdict === verdict
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
