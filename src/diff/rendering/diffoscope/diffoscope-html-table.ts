/**
 * The table of one node's diff, with the two sides next to each other. It ends after as many rows as
 * diffoscope's table, and the rest begins there on another page.
 */
import {
  changedSegments,
  differsBeyond,
  type PairSegments,
  pageBudget,
} from '../../report/pairing/changed-segments.ts'
import { diffWords, type TextSegment } from '../../report/pairing/changed-words.ts'
import { MAX_BLOCK_LINES, type PositionedLine, type Row } from '../../report/pairing/pairing.ts'
import { hunkRows, type RowPosition } from '../../report/pairing/pairing-rows.ts'
import type { Report, ReportHunk, ReportNode } from '../../report/types.ts'
import { type PositionUrl, restLink } from './diffoscope-html-rest-link.ts'
import { lineHtml, NO_NEWLINE_HTML } from './diffoscope-html-text.ts'
import { type LinePosition, TABLE_START, type TablePosition } from './page-position.ts'

/** Rows of one table, including those between hunks. */
export const MAX_ROWS = 128
/** UTF-16 units shown of one line. */
export const MAX_LINE_LENGTH = 16 * 1024
const HUNK_PAGE_SIZE = 128

const TABLE_HEAD =
  '<table class="diff">\n<colgroup><col class="colines"/><col class="coldiff"/>\n<col class="colines"/><col class="coldiff"/></colgroup>\n'
const ABSENT = '<td class="diffabsent" colspan="2">\u00a0</td>'
const LONG_BLOCK = `<tr class="diffnote"><td colspan="4">More than ${MAX_BLOCK_LINES} lines changed together: shown line by line</td></tr>\n`

export interface TableOptions {
  /** URLs of the pages with the omitted parts. */
  readonly url: PositionUrl | undefined
  /** First row. Default: the diff's first. */
  readonly from?: Pick<TablePosition, 'hunk' | 'row' | 'shown'>
  readonly maxRows: number
  /** Asked before each row whether the page is full. At least one row is written even then. */
  readonly isPageFull: () => boolean
}

/** @throws as Report's methods */
export async function* diffTable(
  report: Report,
  node: ReportNode,
  { url, from = TABLE_START, maxRows, isPageFull }: TableOptions,
): AsyncGenerator<string, void, void> {
  let rows = 0
  const budget = pageBudget()
  const shown = { ...from.shown }
  const isFull = () => rows >= maxRows || (rows > 0 && isPageFull())
  yield TABLE_HEAD
  const rest = yield* hunks()
  if (rest !== null) yield restRow(rest)
  yield '</table>'

  /** Returns the position of the first omitted row, or null. */
  async function* hunks(): AsyncGenerator<string, TablePosition | null, void> {
    const total = node.diff?.hunks ?? 0
    for (let at = from.hunk; at < total; at += HUNK_PAGE_SIZE) {
      for (const hunk of await report.hunks(node.ordinal, at, HUNK_PAGE_SIZE)) {
        const begin = hunk.position === from.hunk ? from.row : null
        if (begin === null) {
          if (isFull()) return positionAt(hunk, null)
          if (hunk.header !== null) yield hunkRow(hunk)
          rows += 1
        }
        const stop = yield* linesOf(hunk, begin ?? { line: 0, rows: 0, newLine: null })
        if (stop !== null) return positionAt(hunk, stop)
        shown.oldEmpty = shown.newEmpty = 0
      }
    }
    return null
  }

  /** Returns the first omitted row of the hunk, or null. */
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
        html += rowHtml(row, await segmentsOf(hunk, row), shown, lineUrl)
        rows += 1
        if (row.kind === 'deleted' || row.kind === 'changed') shown.removed += 1
        if (row.kind === 'added' || row.kind === 'changed') shown.added += 1
      }
      yield html
    }
    return null
  }

  /** Awaits only where something must be read. */
  function segmentsOf(
    hunk: ReportHunk,
    { kind, old, new: newer }: Row,
  ): PairSegments | Promise<PairSegments> {
    if (kind === 'changed' && old && newer)
      return differsBeyond(old, newer)
        ? changedSegments(report, hunk, old, newer, budget)
        : diffWords(old.line.text, newer.line.text)
    return { old: whole(old?.line.text ?? ''), new: whole(newer?.line.text ?? '') }
  }

  function positionAt(hunk: ReportHunk, row: RowPosition | null): TablePosition {
    return { kind: 'table', node: node.ordinal, hunk: hunk.position, row, shown: { ...shown } }
  }

  function restRow(rest: TablePosition): string {
    const remaining = (all: number | undefined, seen: number) =>
      Math.max(0, (all ?? 0) - seen).toLocaleString('en')
    const removed = remaining(node.diff?.removedLines, shown.removed)
    const added = remaining(node.diff?.addedLines, shown.added)
    const text = `${removed} removed and ${added} added lines more`
    return `<tr class="ondemand"><td colspan="4">${restLink('rows', url?.(rest), text)}</td></tr>\n`
  }
}

/** Returns the URL of the page with the rest of a line's text. */
type LineUrl = (line: LinePosition['line'], unit: LinePosition['unit']) => string | undefined

function hunkRow({ oldStart, oldCount, newStart, newCount }: ReportHunk): string {
  const side = (start: number, count: number) =>
    `<td colspan="2">Offset ${start}, ${count} lines modified</td>`
  return `<tr class="diffhunk">${side(oldStart, oldCount)}${side(newStart, newCount)}</tr>\n`
}

/**
 * Empty lines of the hunk so far. diffoscope shows them without a number and does not count them. The numbers
 * here are the same as diffoscope's, because readers compare the two.
 */
interface EmptyLines {
  oldEmpty: number
  newEmpty: number
}

function rowHtml(
  { kind, old, new: newer }: Row,
  segments: PairSegments,
  empty: EmptyLines,
  url: LineUrl,
): string {
  return `<tr class="diff${kind}">${cells(old, segments.old, 'old', empty, url)}${cells(newer, segments.new, 'new', empty, url)}</tr>\n`
}

function whole(text: string): TextSegment[] {
  return [{ changed: false, text }]
}

function cells(
  positioned: PositionedLine | null,
  segments: readonly TextSegment[],
  side: 'old' | 'new',
  empty: EmptyLines,
  url: LineUrl,
): string {
  if (positioned === null) return ABSENT
  const { line, position, noNewline } = positioned
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
