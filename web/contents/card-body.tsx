/** The report of a file in its card, or why there is none. */
import { useEffect, useState } from 'preact/hooks'
import { NotReady } from '../jobs/not-ready.tsx'
import type { Pair } from '../pair.ts'
import { InlineReport } from '../report/inline-report.tsx'
import type { Mode } from '../report/items.ts'
import type { ReportPosition } from '../report/position.ts'
import { Failure } from '../ui/failure.tsx'
import type { FileAddress } from '../ui/file-address.ts'
import { counted } from '../ui/format.ts'
import { useLoaded } from '../ui/use-loaded.ts'
import { type FileAnswer, loadFile, makeFile } from './load-file.ts'
import { Pictures } from './pictures.tsx'

/** How a card shows its report. */
export interface CardView {
  readonly mode: Mode
  readonly wrap: boolean
  readonly target: ReportPosition | null
  /** What a class of noise is, by its name. */
  readonly classes: ReadonlyMap<string, string>
}

export interface Counts {
  readonly added: number
  readonly removed: number
}

export interface CardBodyProps extends CardView {
  readonly file: FileAddress
  readonly pair: Pair
  readonly filter: boolean
  readonly linkTo: (position: ReportPosition) => string
  readonly choose: (position: ReportPosition, line: string | null) => void
  readonly ready: () => void
  /** Gets the number of changed lines. */
  readonly counted: (stat: Counts) => void
}

export function CardBody(props: CardBodyProps) {
  const { file, pair, filter, ready, counted: countedLines, classes, ...view } = props
  const [showsNoise, setShowsNoise] = useState(false)
  const hides = filter && !showsNoise
  const { data, error, reload } = useLoaded(
    (signal) => loadFile(pair, file, hides, signal),
    `${JSON.stringify(file)}\n${hides}`,
  )
  const answer = data?.__typename === 'Comparison' ? data.file : null
  const isReport = answer?.__typename === 'FileReport'
  const hasEnded = error !== null || (data !== null && (!isReport || answer.stat.nodes <= 1))
  // biome-ignore lint/correctness/useExhaustiveDependencies(ready): it is a new function in every rendering
  useEffect(() => {
    if (hasEnded) ready()
  }, [hasEnded])
  const stat = isReport ? answer.stat : null
  useEffect(() => {
    if (stat) countedLines(stat)
  }, [stat, countedLines])
  if (error) return <Failure of={error} retry={reload} />
  if (data === null) return <div class="card-coming" role="status" aria-label="Loading" />
  if (data.__typename !== 'Comparison') return <Failure of={data} retry={reload} />
  const report = data.file
  if (report.__typename !== 'FileReport')
    return (
      <div class="card-missing">
        <NotReady
          of={report}
          pair={pair}
          text="This is no text. diffoscope compares it on request, which takes some seconds."
          start={() => makeFile(pair, file)}
          reload={reload}
        />
      </div>
    )
  return (
    <>
      <Pictures old={report.oldPicture ?? null} newer={report.newPicture ?? null} />
      {report.stat.nodes > 1 ? (
        <InlineReport key={report.id} report={report} ready={ready} gone={reload} {...view} />
      ) : (
        <p class="empty">No differences{hides && ' apart from noise'}.</p>
      )}
      {filter && <HiddenNoise of={report.hidden} classes={classes} shown={showsNoise} show={setShowsNoise} />}
    </>
  )
}

interface HiddenNoiseProps {
  readonly of: Extract<FileAnswer, { __typename: 'FileReport' }>['hidden']
  readonly classes: ReadonlyMap<string, string>
  readonly shown: boolean
  readonly show: (shown: boolean) => void
}

/** One grey line for each class of noise that the report leaves out; it shows them again. */
function HiddenNoise({ of, classes, shown, show }: HiddenNoiseProps) {
  if (shown)
    return (
      <button type="button" class="folded-hunk" onClick={() => show(false)}>
        Noise is shown · hide
      </button>
    )
  return (
    <>
      {of.map((one) => (
        <button key={one.class} type="button" class="folded-hunk" onClick={() => show(true)}>
          {classes.get(one.class) ?? one.class} · {counted(one.hunks, 'hunk')} · show
        </button>
      ))}
    </>
  )
}
