/** Parses lines in wdiff's notation: `[-removed-]`, `{+added+}` and the equal text between them. */

export type SegmentKind = 'equal' | 'removed' | 'added'

export interface Segment {
  readonly kind: SegmentKind
  /** Without the markers. */
  readonly text: string
}

/**
 * UTF-16 units at the beginning of a line that are searched for markers; the rest is one equal segment. The
 * limit protects the event loop: no genuine control field is that long.
 */
export const MAX_MARKED_LENGTH = 256 * 1024

/** A pair of markers. */
interface Marker {
  readonly kind: SegmentKind
  readonly open: string
  readonly close: string
  /** Index of the next opening marker; -1 if there is none. */
  at: number
}

/**
 * Splits a line at its markers; `printSegments` is the inverse. An opening marker without a closing one is
 * text. Linear, because a marker that was not found is not searched for again.
 */
export function parseSegments(line: string): Segment[] {
  const text = line.length > MAX_MARKED_LENGTH ? line.slice(0, MAX_MARKED_LENGTH) : line
  const removed: Marker = { kind: 'removed', open: '[-', close: '-]', at: text.indexOf('[-') }
  const added: Marker = { kind: 'added', open: '{+', close: '+}', at: text.indexOf('{+') }
  const segments: Segment[] = []
  let start = 0
  for (;;) {
    const marker = removed.at === -1 || (added.at !== -1 && added.at < removed.at) ? added : removed
    if (marker.at === -1) break
    const end = text.indexOf(marker.close, marker.at + 2)
    if (end === -1) {
      marker.at = -1
      continue
    }
    if (marker.at > start) segments.push({ kind: 'equal', text: text.slice(start, marker.at) })
    segments.push({ kind: marker.kind, text: text.slice(marker.at + 2, end) })
    start = end + 2
    for (const other of [removed, added]) {
      if (other.at !== -1 && other.at < start) other.at = text.indexOf(other.open, start)
    }
  }
  if (start < line.length || segments.length === 0) segments.push({ kind: 'equal', text: line.slice(start) })
  return segments
}

/** The line that `parseSegments` parsed. */
export function printSegments(segments: readonly Segment[]): string {
  let line = ''
  for (const { kind, text } of segments) {
    line += kind === 'equal' ? text : kind === 'removed' ? `[-${text}-]` : `{+${text}+}`
  }
  return line
}

/** A control field that differs. debdiff omits unchanged lines, even a field's first one. */
export interface ControlField {
  /** Null if the field's first line did not change, so that debdiff omitted it. */
  readonly name: string | null
  /** At least one; continuation lines keep their leading space. */
  readonly lines: readonly (readonly Segment[])[]
}

/** The name of the field that begins on the line; null if none begins there. */
export function fieldName(firstLine: readonly Segment[]): string | null {
  const start = firstLine.find((segment) => segment.text !== '')?.text ?? ''
  return /^([!-,.-9;-~][!-9;-~]*):/.exec(start.slice(0, 1024))?.[1] ?? null
}

/**
 * The field's value in the old or new package, its lines joined by newlines; null if it is not in that
 * package.
 */
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

/** wdiff prints the two versions of a word side by side: dropping one also drops a space next to it. */
function lineSide(line: readonly Segment[], dropped: SegmentKind): string {
  let text = ''
  line.forEach((segment, i) => {
    const next = line[i + 1]
    if (segment.kind !== dropped) text += segment.text
    else if (text.endsWith(' ') && (next === undefined || next.text.startsWith(' '))) text = text.slice(0, -1)
  })
  return text
}
