/**
 * Places in a report at which a page of the HTML format begins that shows what another one leaves out. As text they stand in addresses, so they
 * may be anybody's invention: they are checked against the report before anything is read for them.
 *
 * - `NODE`: that node and those behind it;
 * - `NODE.HUNK.LINE.ROWS.NEWLINE.OLDEMPTY.NEWEMPTY.REMOVED.ADDED`, zeros at the end left out: the node's table from there on;
 * - `NODE.HUNK.LINE-UNIT`: the text of one line from there on.
 */
import { UsageError } from '../../../errors.ts'
import { isRowPosition, type RowPosition } from '../../report/pairing/pairing-rows.ts'
import type { Report, ReportHunk, ReportNode } from '../../report/types.ts'

export interface NodePosition {
  readonly kind: 'node'
  /** Ordinal, and so in the others. */
  readonly node: number
}

export interface TablePosition {
  readonly kind: 'table'
  readonly node: number
  readonly hunk: number
  /** Null ahead of the hunk's header. */
  readonly row: RowPosition | null
  /** What other pages have shown; only what is said about the place depends on it, not what is shown there. */
  readonly shown: TableCounts
}

export interface TableCounts {
  /** Empty lines of the hunk so far: they have no number and are not counted. */
  readonly oldEmpty: number
  readonly newEmpty: number
  /** Lines of the node so far. */
  readonly removed: number
  readonly added: number
}

export interface LinePosition {
  readonly kind: 'line'
  readonly node: number
  readonly hunk: number
  readonly line: number
  /** UTF-16 unit of the line's text. */
  readonly unit: number
}

export type PagePosition = NodePosition | TablePosition | LinePosition

export const NOTHING_SHOWN: TableCounts = { oldEmpty: 0, newEmpty: 0, removed: 0, added: 0 }
export const TABLE_START = { hunk: 0, row: null, shown: NOTHING_SHOWN } as const

export function formatPosition(place: PagePosition): string {
  if (place.kind === 'node') return String(place.node)
  if (place.kind === 'line') return `${place.node}.${place.hunk}.${place.line}-${place.unit}`
  const { node, hunk, row, shown } = place
  // Lines count from 1 here, as if the header were line 0.
  const line = row === null ? [0, 0, 0] : [row.line + 1, row.rows, row.newLine === null ? 0 : row.newLine + 1]
  const numbers = [hunk, ...line, shown.oldEmpty, shown.newEmpty, shown.removed, shown.added]
  return `${node}.${numbers.join('.').replace(/(\.0)+$/, '')}`
}

/** @throws UsageError for a text that `formatPlace` does not write */
export function parsePosition(text: string): PagePosition {
  const [, head, unit] = /^((?:\d{1,10}\.){0,8}\d{1,10})(?:-(\d{1,10}))?$/.exec(text) ?? []
  const [node, ...numbers] = head?.split('.').map(Number) ?? []
  if (node === undefined) throw unknownPosition()
  const [hunk, line = 0, rows = 0, newLine = 0, oldEmpty = 0, newEmpty = 0, removed = 0, added = 0] = numbers
  if (unit !== undefined) {
    if (hunk === undefined || numbers.length !== 2) throw unknownPosition()
    return { kind: 'line', node, hunk, line, unit: Number(unit) }
  }
  if (hunk === undefined) return { kind: 'node', node }
  const row = line === 0 ? null : { line: line - 1, rows, newLine: newLine === 0 ? null : newLine - 1 }
  return { kind: 'table', node, hunk, row, shown: { oldEmpty, newEmpty, removed, added } }
}

/**
 * The node of a place, and its hunk where it has one. Costs a look into the index.
 * @throws UsageError where the report has no such place; as Report's methods
 */
export async function resolvePosition(
  report: Report,
  place: PagePosition,
): Promise<{ readonly node: ReportNode; readonly hunk: ReportHunk | null }> {
  // The root is where a report begins, never where it goes on.
  if (place.node >= report.counts.nodes || (place.kind === 'node' && place.node === 0))
    throw unknownPosition()
  const node = await report.node(place.node)
  if (place.kind === 'node') return { node, hunk: null }
  const [hunk] = await report.hunks(place.node, place.hunk, 1)
  const line = place.kind === 'line' ? place.line : (place.row?.line ?? 0)
  if (hunk === undefined || (line > 0 && line >= hunk.lines)) throw unknownPosition()
  // A unit takes at least a byte: what is behind that need not be looked for.
  if (place.kind === 'line' && place.unit >= hunk.sizeBytes) throw unknownPosition()
  if (place.kind === 'table' && place.row !== null && !(await isRowPosition(report, hunk, place.row)))
    throw unknownPosition()
  return { node, hunk }
}

export function unknownPosition(): UsageError {
  return new UsageError('The report has no such place; go back to its beginning')
}
