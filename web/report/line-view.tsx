import { counted, visible } from '../ui/format.ts'
import type { Line } from './model.ts'

const SIGNS: Readonly<Record<Line['kind'], string>> = {
  ADDED: '+',
  REMOVED: '-',
  CONTEXT: ' ',
  ELIDED: ' ',
  NO_NEWLINE: ' ',
}

/** A line in a column of lines. @param place of it, for a link */
export function LineView({ line, place, isTarget }: { line: Line; place: string; isTarget: boolean }) {
  const { kind, oldNumber, newNumber } = line
  return (
    <div class={`line ${kind.toLowerCase()}${isTarget ? ' target' : ''}`} data-place={place}>
      <span class="number">{oldNumber}</span>
      <span class="number">{newNumber}</span>
      <span class="sign">{SIGNS[kind]}</span>
      <LineText line={line} />
    </div>
  )
}

/** What stands in a line, with what changed in it marked. */
export function LineText({ line }: { line: Line }) {
  const { kind, text, textCut, segments, elidedLines } = line
  if (kind === 'ELIDED') return <em class="text">{counted(elidedLines, 'line')} left out by the tool</em>
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
