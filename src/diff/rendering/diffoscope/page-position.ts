/**
 * Positions in a report at which a page of the HTML format begins, if it shows what another page omits. They
 * are part of URLs, so they are untrusted: they are checked against the report before anything is read for
 * them. As text:
 *
 * - `NODE`: that node and those after it;
 * - `NODE.HUNK.LINE.ROWS.NEWLINE.OLDEMPTY.NEWEMPTY.REMOVED.ADDED`, without trailing zeros: the rest of the
 *   node's table;
 * - `NODE.HUNK.LINE-UNIT`: the rest of one line's text.
 */
import { UsageError } from '../../../errors.ts'
import { isRowPosition, type RowPosition } from '../../report/pairing/pairing-rows.ts'
import type { Report, ReportHunk, ReportNode } from '../../report/types.ts'

export interface NodePosition {
  readonly kind: 'node'
  /** The node's ordinal. */
  readonly node: number
}

export interface TablePosition {
  readonly kind: 'table'
  readonly node: number
  readonly hunk: number
  /** Null before the hunk's header. */
  readonly row: RowPosition | null
  /** What earlier pages have shown. Affects only the numbers on the page, not which rows it shows. */
  readonly shown: TableCounts
}

export interface TableCounts {
  /** Empty lines of the hunk so far, which have no number and are not counted. */
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

export function formatPosition(position: PagePosition): string {
  if (position.kind === 'node') return String(position.node)
  if (position.kind === 'line') return `${position.node}.${position.hunk}.${position.line}-${position.unit}`
  const { node, hunk, row, shown } = position
  // Lines count from 1 here; 0 is the header.
  const line = row === null ? [0, 0, 0] : [row.line + 1, row.rows, row.newLine === null ? 0 : row.newLine + 1]
  const numbers = [hunk, ...line, shown.oldEmpty, shown.newEmpty, shown.removed, shown.added]
  return `${node}.${numbers.join('.').replace(/(\.0)+$/, '')}`
}

/** @throws UsageError for a text that `formatPosition` cannot have written */
export function parsePosition(text: string): PagePosition {
  const [, head, unit] = /^((?:\d{1,10}\.){0,8}\d{1,10})(?:-(\d{1,10}))?$/.exec(text) ?? []
  const [node, ...numbers] = head?.split('.').map(Number) ?? []
  if (node === undefined) throw unknownPosition(text)
  const [hunk, line = 0, rows = 0, newLine = 0, oldEmpty = 0, newEmpty = 0, removed = 0, added = 0] = numbers
  if (unit !== undefined) {
    if (hunk === undefined || numbers.length !== 2) throw unknownPosition(text)
    return { kind: 'line', node, hunk, line, unit: Number(unit) }
  }
  if (hunk === undefined) return { kind: 'node', node }
  const row = line === 0 ? null : { line: line - 1, rows, newLine: newLine === 0 ? null : newLine - 1 }
  return { kind: 'table', node, hunk, row, shown: { oldEmpty, newEmpty, removed, added } }
}

/**
 * The node at a position, and its hunk if the position is inside one. Costs a lookup in the index.
 * @throws UsageError if the report has no such position; as Report's methods
 */
export async function resolvePosition(
  report: Report,
  position: PagePosition,
): Promise<{ readonly node: ReportNode; readonly hunk: ReportHunk | null }> {
  // No page omits the root, so none continues there.
  if (position.node >= report.counts.nodes || (position.kind === 'node' && position.node === 0))
    throw unknownPosition(position)
  const node = await report.node(position.node)
  if (position.kind === 'node') return { node, hunk: null }
  const [hunk] = await report.hunks(position.node, position.hunk, 1)
  const line = position.kind === 'line' ? position.line : (position.row?.line ?? 0)
  if (hunk === undefined || (line > 0 && line >= hunk.lines)) throw unknownPosition(position)
  // A unit takes at least a byte, so a larger number cannot be in the line.
  if (position.kind === 'line' && position.unit >= hunk.sizeBytes) throw unknownPosition(position)
  if (position.kind === 'table' && position.row && !(await isRowPosition(report, hunk, position.row)))
    throw unknownPosition(position)
  return { node, hunk }
}

const MAX_SHOWN_LENGTH = 100

export function unknownPosition(position: PagePosition | string): UsageError {
  const text = typeof position === 'string' ? position : formatPosition(position)
  return new UsageError(
    `The report has no position ${JSON.stringify(text.slice(0, MAX_SHOWN_LENGTH))}; start at the report's beginning`,
  )
}
