/**
 * Numbers for what filters combine: the verdict of a comparison with the severities of its findings. Indexes have
 * the rows of each number in the order of lists, so a filter finds what is rare without reading what is common.
 *
 * - The `kind` of a finding is the verdict of its comparison, and its weight: 8 * verdict + weight.
 * - The `profile` of a comparison is its verdict, and which weights its findings have: 64 * verdict + sum of 2 ^ weight.
 *
 * The database computes both when it writes a row, so that processes of earlier versions may write, too.
 * See `state-tables.ts` and the migration `0003_kinds.sql`; a change of these lists needs a migration.
 */
import type { Severity, Verdict } from '../diff/summary/types.ts'

/** From 1 on, because rows that are only reserved have 0. `null` stands for a summary that could not be made. */
const VERDICTS: readonly (Verdict | null)[] = [
  null,
  'IDENTICAL',
  'NOISE_ONLY',
  'SUBSTANTIVE',
  'UNDECIDED',
  'EXPECTED',
]
const SEVERITIES: readonly Severity[] = ['BAD', 'VERIFY', 'INFO']

/** Of a finding: its severity, and whether the rules file expects it. */
const WEIGHTS = SEVERITIES.flatMap((severity) => [
  { severity, expected: false },
  { severity, expected: true },
])
const KINDS_PER_VERDICT = 8
const PROFILES_PER_VERDICT = 64

/** The conditions that the numbers decide. An omitted one is met by everything. */
export interface KindFilter {
  readonly verdict?: readonly (Verdict | null)[]
  readonly severity?: readonly Severity[]
  readonly expected?: boolean
}

/** The kinds of findings that match. A summary that could not be made has none. */
export function kindsMatching(filter: KindFilter): number[] {
  const verdicts = verdictsMatching(filter).filter((verdict) => verdict !== verdictNumber(null))
  return verdicts.flatMap((verdict) =>
    weightsMatching(filter).map((weight) => verdict * KINDS_PER_VERDICT + weight),
  )
}

/** The profiles of comparisons that match: those with a matching finding, if the filter is about findings. */
export function profilesMatching(filter: KindFilter): number[] {
  const isAboutFindings = filter.severity !== undefined || filter.expected !== undefined
  const wanted = weightsMatching(filter).reduce((sum, weight) => sum | (1 << weight), 0)
  const sets = Array.from({ length: PROFILES_PER_VERDICT }, (_, set) => set).filter(
    (set) => !isAboutFindings || (set & wanted) !== 0,
  )
  return verdictsMatching(filter).flatMap((verdict) =>
    sets.map((set) => verdict * PROFILES_PER_VERDICT + set),
  )
}

function verdictsMatching({ verdict }: KindFilter): number[] {
  return VERDICTS.filter((one) => verdict?.includes(one) ?? true).map(verdictNumber)
}

function verdictNumber(verdict: Verdict | null): number {
  return VERDICTS.indexOf(verdict) + 1
}

function weightsMatching({ severity, expected }: KindFilter): number[] {
  return [...WEIGHTS.entries()].flatMap(([number, one]) =>
    (severity?.includes(one.severity) ?? true) && one.expected === (expected ?? one.expected) ? [number] : [],
  )
}
