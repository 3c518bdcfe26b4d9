/** What a comparison of a campaign can be, from what needs a person to what needs none. */
import type { CampaignOverviewQuery, Verdict } from '../generated/graphql.ts'

export type Campaign = Extract<CampaignOverviewQuery['campaign'], { __typename: 'Campaign' }>

export interface Outcome {
  /** Its style: `outcome-substantive`. */
  readonly style: string
  readonly label: string
  /** The values of `verdict` and `failed` in the URL of the list of its runs. */
  readonly query: Readonly<Record<string, string>>
  readonly comparisons: number
}

interface Counts {
  readonly failureCount: number
  readonly verdicts: readonly { readonly verdict: Verdict; readonly comparisons: number }[]
}

const LABELS: Readonly<Record<Verdict, string>> = {
  UNDECIDED: 'Undecided',
  SUBSTANTIVE: 'More than noise',
  EXPECTED: 'Only what is expected',
  NOISE_ONLY: 'Noise only',
  IDENTICAL: 'Identical',
}

const NEED_A_LOOK: readonly Verdict[] = ['UNDECIDED', 'SUBSTANTIVE']

/** The outcomes that comparisons of a campaign have. */
export function outcomesOf({ failureCount, verdicts }: Counts): Outcome[] {
  const failed = { style: 'failed', label: 'No summary', query: { failed: '1' }, comparisons: failureCount }
  const others = (Object.keys(LABELS) as Verdict[]).map((verdict) => ({
    style: verdict.toLowerCase().replace('_', '-'),
    label: LABELS[verdict],
    query: { verdict },
    comparisons: verdicts.find((one) => one.verdict === verdict)?.comparisons ?? 0,
  }))
  return [failed, ...others].filter(({ comparisons }) => comparisons > 0)
}

/** Comparisons that do more than noise and what is expected, or of which that is not known. */
export function needingALook({ failureCount, verdicts }: Counts): number {
  const found = verdicts.filter(({ verdict }) => NEED_A_LOOK.includes(verdict))
  return found.reduce((sum, { comparisons }) => sum + comparisons, failureCount)
}

export function allOf({ failureCount, verdicts }: Counts): number {
  return verdicts.reduce((sum, { comparisons }) => sum + comparisons, failureCount)
}
