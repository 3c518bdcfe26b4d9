import type { Line, Row } from './items.ts'
import { LineText } from './line-view.tsx'

/**
 * Two lines side by side; one of them may be missing.
 * @param positionOf the position of a line, as the URL has it
 */
export function RowView({
  row: { kind, old, new: newer },
  positionOf,
  isTarget,
}: {
  row: Row
  positionOf: (line: number) => string
  isTarget: boolean
}) {
  return (
    <div class={`row ${kind.toLowerCase()}${isTarget ? ' target' : ''}`}>
      <Half line={old} number={old?.oldNumber ?? null} positionOf={positionOf} />
      <Half line={newer} number={newer?.newNumber ?? null} positionOf={positionOf} />
    </div>
  )
}

function Half({
  line,
  number,
  positionOf,
}: {
  line: (Line & { readonly noNewline: boolean }) | null
  number: number | null
  positionOf: (line: number) => string
}) {
  if (!line) return <span class="half nothing" />
  return (
    <span class={`half ${line.kind.toLowerCase()}`} data-position={positionOf(line.position)}>
      <span class="number">{number}</span>
      <span class="sign" />
      <LineText line={line} />
      {line.noNewline && (
        <em class="mark" title="No newline at the end of the file">
          ⏎̸
        </em>
      )}
    </span>
  )
}
