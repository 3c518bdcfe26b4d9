/** The wdiff notation of one line: `[-removed-]`, `{+added+}` and what stands between. */

export type SegmentKind = 'equal' | 'removed' | 'added'

export interface Segment {
  readonly kind: SegmentKind
  /** Without the marks. */
  readonly text: string
}

/**
 * Characters of one line that are searched for marks; what lies behind them is one equal segment. A control field that long is
 * an attack on the event loop, not a text.
 */
export const MAX_MARKED_LENGTH = 256 * 1024

interface Mark {
  readonly kind: SegmentKind
  readonly open: string
  readonly close: string
  /** Where it opens next; -1 where it does not again. */
  at: number
}

/**
 * Cuts a line at its marks; `printSegments` gives the line back. A mark that never closes is text. Linear: what was
 * once searched in vain is not searched again.
 */
export function parseSegments(line: string): Segment[] {
  const text = line.length > MAX_MARKED_LENGTH ? line.slice(0, MAX_MARKED_LENGTH) : line
  const removed: Mark = { kind: 'removed', open: '[-', close: '-]', at: text.indexOf('[-') }
  const added: Mark = { kind: 'added', open: '{+', close: '+}', at: text.indexOf('{+') }
  const segments: Segment[] = []
  let start = 0
  for (;;) {
    const mark = removed.at === -1 || (added.at !== -1 && added.at < removed.at) ? added : removed
    if (mark.at === -1) break
    const end = text.indexOf(mark.close, mark.at + 2)
    if (end === -1) {
      mark.at = -1
      continue
    }
    if (mark.at > start) segments.push({ kind: 'equal', text: text.slice(start, mark.at) })
    segments.push({ kind: mark.kind, text: text.slice(mark.at + 2, end) })
    start = end + 2
    for (const other of [removed, added]) {
      if (other.at !== -1 && other.at < start) other.at = text.indexOf(other.open, start)
    }
  }
  if (start < line.length || segments.length === 0) segments.push({ kind: 'equal', text: line.slice(start) })
  return segments
}

/** The line that `parseSegments` read. */
export function printSegments(segments: readonly Segment[]): string {
  let line = ''
  for (const { kind, text } of segments) {
    line += kind === 'equal' ? text : kind === 'removed' ? `[-${text}-]` : `{+${text}+}`
  }
  return line
}

/** One control field that differs, as far as debdiff shows it: it leaves unchanged lines out, a field's first line too. */
export interface ControlField {
  /** Null where the first line shown continues a field whose own first line did not change. */
  readonly name: string | null
  /** At least one; continuation lines keep their leading space. */
  readonly lines: readonly (readonly Segment[])[]
}

/** The field's name, from its first line. */
export function fieldName(firstLine: readonly Segment[]): string | null {
  const start = firstLine.find((segment) => segment.text !== '')?.text ?? ''
  return /^([!-,.-9;-~][!-9;-~]*):/.exec(start.slice(0, 1024))?.[1] ?? null
}

/** One side of a field: its value in the old or new package, lines joined by newlines; null where it is not there. */
export function fieldSide(field: ControlField, side: 'old' | 'new'): string | null {
  const dropped = side === 'old' ? 'added' : 'removed'
  const lines = field.lines.filter((line) =>
    line.some(({ kind, text }) => kind !== dropped && text.trim() !== ''),
  )
  if (lines.length === 0) return null
  const value = lines.map((line) => lineSide(line, dropped)).join('\n')
  const prefix = `${field.name}:`
  return field.name !== null && value.startsWith(prefix) ? value.slice(prefix.length).trimStart() : value
}

/** wdiff sets the two versions of a word side by side: with the word goes one of the blanks around it. */
function lineSide(line: readonly Segment[], dropped: SegmentKind): string {
  let out = ''
  line.forEach((segment, i) => {
    const next = line[i + 1]
    if (segment.kind !== dropped) out += segment.text
    else if (out.endsWith(' ') && (next === undefined || next.text.startsWith(' '))) out = out.slice(0, -1)
  })
  return out
}
