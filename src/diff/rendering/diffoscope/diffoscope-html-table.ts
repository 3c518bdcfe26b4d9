/** The table of one node's diff: the two sides next to each other, cut where diffoscope cuts it, and gone on with where it was cut. */

import { diffWords, type TextSegment } from '../../report/pairing/changed-words.ts'
import { MAX_BLOCK_LINES, type PositionedLine, type Row } from '../../report/pairing/pairing.ts'
import { hunkRows, type RowPosition } from '../../report/pairing/pairing-rows.ts'
import type { Report, ReportHunk, ReportNode } from '../../report/types.ts'
import { type PositionUrl, restLink } from './diffoscope-html-rest-link.ts'
import { lineHtml, NO_NEWLINE_HTML } from './diffoscope-html-text.ts'
import { type LinePosition, TABLE_START, type TablePosition } from './page-position.ts'

/** Rows of one table, those between hunks included. */
export const MAX_ROWS = 128
/** UTF-16 units shown of one line. */
export const MAX_LINE_LENGTH = 16 * 1024
const HUNK_PAGE = 128

const TABLE_HEAD =
  '<table class="diff">\n<colgroup><col class="colines"/><col class="coldiff"/>\n<col class="colines"/><col class="coldiff"/></colgroup>\n'
const ABSENT = '<td class="diffabsent" colspan="2">\u00a0</td>'
const LONG_BLOCK = `<tr class="diffnote"><td colspan="4">More than ${MAX_BLOCK_LINES} lines changed together: shown line by line</td></tr>\n`

export interface TableOptions {
  /** Where what is left out can be read. */
  readonly url: PositionUrl | undefined
  /** Where it begins. Default: at the diff's beginning. */
  readonly from?: Pick<TablePosition, 'hunk' | 'row' | 'shown'>
  readonly maxRows: number
  /** Says, after each piece, that the page has no room for more. At least one row is written. */
  readonly full: () => boolean
}

/** @throws as Report's methods */
export async function* diffTable(
  report: Report,
  node: ReportNode,
  { url, from = TABLE_START, maxRows, full }: TableOptions,
): AsyncGenerator<string, void, void> {
  let rows = 0
  const shown = { ...from.shown }
  const isFull = () => rows >= maxRows || (rows > 0 && full())
  yield TABLE_HEAD
  const rest = yield* hunks()
  if (rest !== null) yield restRow(rest)
  yield '</table>'

  /** Returns where it stopped short. */
  async function* hunks(): AsyncGenerator<string, TablePosition | null, void> {
    const total = node.diff?.hunks ?? 0
    for (let at = from.hunk; at < total; at += HUNK_PAGE) {
      for (const hunk of await report.hunks(node.ordinal, at, HUNK_PAGE)) {
        const begin = hunk.position === from.hunk ? from.row : null
        if (begin === null) {
          if (isFull()) return place(hunk, null)
          if (hunk.header !== null) yield hunkRow(hunk)
          rows += 1
        }
        const stop = yield* linesOf(hunk, begin ?? { line: 0, rows: 0, newLine: null })
        if (stop !== null) return place(hunk, stop)
        shown.oldEmpty = shown.newEmpty = 0
      }
    }
    return null
  }

  /** Returns the row at which it stopped short. */
  async function* linesOf(
    hunk: ReportHunk,
    begin: RowPosition,
  ): AsyncGenerator<string, RowPosition | null, void> {
    const lineUrl: LineUrl = (line, unit) =>
      url?.({ kind: 'line', node: node.ordinal, hunk: hunk.position, line, unit })
    for await (const batch of hunkRows(report, hunk, begin, MAX_LINE_LENGTH)) {
      let html = ''
      for (const { row, position } of batch) {
        if (isFull()) {
          yield html
          return position
        }
        if (row.startsLongBlock) {
          html += LONG_BLOCK
          rows += 1
        }
        html += rowHtml(row, shown, lineUrl)
        rows += 1
        if (row.kind === 'deleted' || row.kind === 'changed') shown.removed += 1
        if (row.kind === 'added' || row.kind === 'changed') shown.added += 1
      }
      yield html
    }
    return null
  }

  function place(hunk: ReportHunk, row: RowPosition | null): TablePosition {
    return { kind: 'table', node: node.ordinal, hunk: hunk.position, row, shown: { ...shown } }
  }

  function restRow(rest: TablePosition): string {
    const left = (all: number | undefined, seen: number) =>
      Math.max(0, (all ?? 0) - seen).toLocaleString('en')
    const removed = left(node.diff?.removedLines, shown.removed)
    const added = left(node.diff?.addedLines, shown.added)
    const what = `${removed} removed and ${added} added lines more`
    return `<tr class="ondemand"><td colspan="4">${restLink('rows', url?.(rest), what)}</td></tr>\n`
  }
}

/** Where the rest of a line's text can be read. */
type LineUrl = (line: LinePosition['line'], unit: LinePosition['unit']) => string | undefined

function hunkRow({ oldStart, oldCount, newStart, newCount }: ReportHunk): string {
  const side = (start: number, count: number) =>
    `<td colspan="2">Offset ${start}, ${count} lines modified</td>`
  return `<tr class="diffhunk">${side(oldStart, oldCount)}${side(newStart, newCount)}</tr>\n`
}

/**
 * Empty lines of the hunk so far. diffoscope shows them without a number and does not count them, and its numbers are what
 * readers compare with, so ours are the same.
 */
interface EmptyLines {
  oldEmpty: number
  newEmpty: number
}

function rowHtml({ kind, old, new: fresh }: Row, empty: EmptyLines, url: LineUrl): string {
  const [a, b] = [old?.line.text ?? '', fresh?.line.text ?? '']
  const segments = kind === 'changed' ? diffWords(a, b) : { old: whole(a), new: whole(b) }
  return `<tr class="diff${kind}">${cells(old, segments.old, 'old', empty, url)}${cells(fresh, segments.new, 'new', empty, url)}</tr>\n`
}

function whole(text: string): TextSegment[] {
  return [{ changed: false, text }]
}

function cells(
  placed: PositionedLine | null,
  segments: readonly TextSegment[],
  side: 'old' | 'new',
  empty: EmptyLines,
  url: LineUrl,
): string {
  if (placed === null) return ABSENT
  const { line, position, noNewline } = placed
  const count = side === 'old' ? 'oldEmpty' : 'newEmpty'
  if (line.text === '' && !noNewline) {
    empty[count] += 1
    return ABSENT
  }
  const number = (side === 'old' ? line.oldNumber : line.newNumber) ?? 0
  let html = lineHtml(segments, side === 'old' ? 'del' : 'ins')
  if (line.textCut > 0) {
    const more = `… ${line.textCut.toLocaleString('en')} more characters`
    const address = url(position, line.text.length)
    html += address === undefined ? `<em>${more}</em>` : restLink('line', address, more)
  }
  if (noNewline) html += NO_NEWLINE_HTML
  return `<td class="diffline">${number - empty[count]} </td><td class="diffpresent">${html}</td>`
}
