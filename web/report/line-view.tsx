import { counted, visible } from '../ui/format.ts'
import type { Line } from './items.ts'

/** A line in unified mode. @param position for a link, as the URL has it */
export function LineView({ line, position, isTarget }: { line: Line; position: string; isTarget: boolean }) {
  const { kind, oldNumber, newNumber } = line
  return (
    <div class={`line ${kind.toLowerCase()}${isTarget ? ' target' : ''}`} data-position={position}>
      <span class="number">{oldNumber}</span>
      <span class="number">{newNumber}</span>
      <span class="sign" />
      <LineText line={line} />
    </div>
  )
}

/** The text of a line, with the changed words marked. */
export function LineText({ line }: { line: Line }) {
  const { kind, text, textCut, segments, elidedLines } = line
  if (kind === 'ELIDED') return <em class="text">{counted(elidedLines, 'line')} omitted by diffoscope</em>
  if (kind === 'NO_NEWLINE') return <em class="text">No newline at the end of the file</em>
  const Changed = kind === 'REMOVED' ? 'del' : 'ins'
  return (
    <code class="text">
      {segments === null
        ? visible(text)
        : segments.map((segment, index) =>
            segment.changed ? <Changed key={index}>{visible(segment.text)}</Changed> : visible(segment.text),
          )}
      {textCut > 0 && <em> … {counted(textCut, 'character')} more</em>}
    </code>
  )
}
