/** The summary of a comparison: what changed, and whether it matters. */
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { NotReady } from '../jobs/not-ready.tsx'
import type { Pair } from '../pair.ts'
import { Chip } from '../ui/chip.tsx'
import { Failure } from '../ui/failure.tsx'
import { counted, visible } from '../ui/format.ts'
import { useLoaded } from '../ui/use-loaded.ts'
import { WhenLoaded } from '../ui/when-loaded.tsx'
import { ChangedFiles } from './changed-files.tsx'
import { Findings } from './findings.tsx'
import { Noise } from './noise.tsx'
import { PackageList } from './package-list.tsx'
import { loadSummary, type Summary } from './summary.ts'

export interface SummaryViewProps {
  readonly pair: Pair
  /** Whether the summary has probably not been made. */
  readonly isMissing: boolean
  /** Shown while the packages are being read. */
  readonly reading: ComponentChildren
}

export function SummaryView({ pair, isMissing, reading }: SummaryViewProps) {
  const about = `${pair.old}\n${pair.new}`
  const [isReading, setIsReading] = useState(false)
  const loaded = useLoaded(
    (signal) =>
      loadSummary(pair, {
        isMissing: isMissing && !isReading,
        reading: () => setIsReading(true),
        signal,
      }),
    about,
  )
  const { reload } = loaded
  return (
    <WhenLoaded of={loaded} {...(isReading && { waiting: reading })}>
      {(comparison) => {
        if (comparison.__typename !== 'Comparison') return <Failure of={comparison} retry={reload} />
        const { summary } = comparison
        if (summary.__typename !== 'Summary') return <NotReady of={summary} pair={pair} reload={reload} />
        return (
          <div class="page answer" key={about}>
            <VerdictStrip of={summary} />
            <Undecided reasons={summary.undecided} />
            <Findings of={summary} pair={pair} />
            <PackageList packages={summary.packages} />
            <ChangedFiles of={summary} pair={pair} />
            <Noise of={summary.noise} pair={pair} />
          </div>
        )
      }}
    </WhenLoaded>
  )
}

const VERDICTS: Readonly<Record<Summary['verdict'], string>> = {
  IDENTICAL: 'The packages are identical, byte for byte.',
  NOISE_ONLY: 'The packages differ by rebuild noise alone.',
  EXPECTED: 'Everything that differs is expected.',
  SUBSTANTIVE: 'The packages differ by more than noise.',
  UNDECIDED: 'Differ cannot say: it could not read everything.',
}

function VerdictStrip({ of }: { of: Summary }) {
  const differing = of.packages.filter(({ verdict }) => verdict === 'SUBSTANTIVE').length
  const chips: readonly (readonly [string, string, number])[] = [
    ['bad', 'bad', of.bad.totalCount],
    ['verify', 'to verify', of.verify.totalCount],
    ['info', 'for information', of.info.totalCount],
    ['expected', 'expected', of.expectedFindings.totalCount],
  ]
  return (
    <section class="verdict" aria-label="Verdict">
      <h2 class={`verdict-text ${of.verdict.toLowerCase()}`}>{VERDICTS[of.verdict]}</h2>
      <ul class="chips">
        {chips
          .filter(([, , number]) => number > 0)
          .map(([name, label, number]) => (
            <li key={name}>
              <Chip kind={name}>
                <strong>{number}</strong> {label}
              </Chip>
            </li>
          ))}
      </ul>
      {of.verdict === 'SUBSTANTIVE' && (
        <p>
          {differing} of {counted(of.packages.length, 'package')} {differing === 1 ? 'differs' : 'differ'} by
          more than noise. {codeSentence(of)}
        </p>
      )}
    </section>
  )
}

function codeSentence({ code, otherBuildId }: Summary): string {
  const [changed, others] = [code.totalCount, otherBuildId.totalCount]
  const sentence =
    changed === 0 ? 'No machine code changed' : `Machine code changed in ${counted(changed, 'file')}`
  if (others === 0) return `${sentence}.`
  return `${sentence}; ${counted(others, 'file differs', 'files differ')} by the build id alone.`
}

function Undecided({ reasons }: { reasons: readonly string[] }) {
  if (reasons.length === 0) return null
  return (
    <section class="undecided" aria-label="Not compared">
      <h2>What Differ could not read or compare</h2>
      <ul>
        {reasons.map((reason) => (
          <li key={reason}>{visible(reason)}</li>
        ))}
      </ul>
    </section>
  )
}
