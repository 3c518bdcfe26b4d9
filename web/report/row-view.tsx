import { LineText } from './line-view.tsx'
import type { Line, Row } from './model.ts'

/** Two lines side by side, one of which may be missing. @param place of a line by its position, for a link */
export function RowView({
  row: { kind, old, new: fresh },
  place,
  isTarget,
}: {
  row: Row
  place: (position: number) => string
  isTarget: boolean
}) {
  return (
    <div class={`row ${kind.toLowerCase()}${isTarget ? ' target' : ''}`}>
      <Half line={old} number={old?.oldNumber ?? null} sign="-" place={place} />
      <Half line={fresh} number={fresh?.newNumber ?? null} sign="+" place={place} />
    </div>
  )
}

function Half({
  line,
  number,
  sign,
  place,
}: {
  line: (Line & { readonly noNewline: boolean }) | null
  number: number | null
  sign: string
  place: (position: number) => string
}) {
  if (!line) return <span class="half nothing" />
  const isChange = line.kind === 'ADDED' || line.kind === 'REMOVED'
  return (
    <span class={`half ${line.kind.toLowerCase()}`} data-place={place(line.position)}>
      <span class="number">{number}</span>
      <span class="sign">{isChange ? sign : ' '}</span>
      <LineText line={line} />
      {line.noNewline && (
        <em class="mark" title="No newline at the end of the file">
          ⏎̸
        </em>
      )}
    </span>
  )
}
