/** The table of one node's diff: the two sides next to each other, cut where diffoscope cuts it. */

import { MAX_BLOCK_LINES, type PlacedLine, type Row, RowPairing } from '../report/pairing.ts'
import { changedSegments, type TextSegment } from '../report/pairing-segments.ts'
import type { Report, ReportHunk, ReportNode } from '../report/types.ts'
import { lineHtml, NO_NEWLINE_HTML } from './diffoscope-html-text.ts'
import { escapeAttribute } from './escape.ts'

/** Where a reader gets the lines of a hunk from line `line` (from 0) on, and all hunks behind it. */
export type RestUrl = (nodeOrdinal: number, hunk: number, line: number) => string

/** Rows of one table, those between hunks included. */
export const MAX_ROWS = 128
/** Characters shown of one line. */
const MAX_LINE_LENGTH = 16 * 1024
/** Lines read in search of a long block's other side; behind them its first side is shown alone. */
const MAX_LINES_AHEAD = 200_000
const HUNK_PAGE = MAX_ROWS

const TABLE_START =
  '<table class="diff">\n<colgroup><col class="colines"/><col class="coldiff"/>\n<col class="colines"/><col class="coldiff"/></colgroup>\n'
const ABSENT = '<td class="diffabsent" colspan="2">\u00a0</td>'
const LONG_BLOCK = `<tr class="diffnote"><td colspan="4">More than ${MAX_BLOCK_LINES} lines changed together: shown line by line</td></tr>\n`

/**
 * @param full says, after each piece, that the page has no room for more
 * @throws as Report's methods
 */
export async function* diffTable(
  report: Report,
  node: ReportNode,
  restUrl: RestUrl | undefined,
  full: () => boolean,
): AsyncGenerator<string, void, void> {
  const shown = { rows: 0, added: 0, removed: 0 }
  const isFull = () => shown.rows >= MAX_ROWS || full()
  yield TABLE_START
  const rest = yield* tableRows()
  if (rest !== null) yield restRow(rest.hunk, rest.line)
  yield '</table>'

  /** Returns where it stopped short. */
  async function* tableRows(): AsyncGenerator<string, { hunk: number; line: number } | null, void> {
    const total = node.diff?.hunks ?? 0
    for (let at = 0; at < total; at += HUNK_PAGE) {
      for (const hunk of await report.hunks(node.ordinal, at, HUNK_PAGE)) {
        if (isFull()) return { hunk: hunk.position, line: 0 }
        if (hunk.header !== null) yield hunkRow(hunk)
        shown.rows += 1
        const line = yield* hunkRows(hunk)
        if (line !== null) return { hunk: hunk.position, line }
      }
    }
    return null
  }

  /** Returns the line at which it stopped short. */
  async function* hunkRows(hunk: ReportHunk): AsyncGenerator<string, number | null, void> {
    const pairing = new RowPairing(MAX_ROWS)
    const place = (number: number) => restUrl?.(node.ordinal, hunk.position, number)
    let line = 0
    /** Where the lines begin that the next rows are made of. */
    let start = 0
    const empty: EmptyLines = { old: 0, new: 0 }
    function* put(rows: Iterable<Row>): Generator<string, boolean, void> {
      for (const row of rows) {
        if (isFull()) return false
        if (row.startsLongBlock) {
          yield LONG_BLOCK
          shown.rows += 1
        }
        yield rowHtml(row, empty, place(start))
        shown.rows += 1
        if (row.kind === 'unmodified') start += 1
        if (row.kind === 'deleted' || row.kind === 'changed') shown.removed += 1
        if (row.kind === 'added' || row.kind === 'changed') shown.added += 1
      }
      return true
    }
    for await (const batch of report.lines(hunk, { maxTextLength: MAX_LINE_LENGTH })) {
      let html = ''
      for (const read of batch) {
        const rows = [...pairing.add(read)]
        if (rows.length > 0) {
          const parts = put(rows)
          let part = parts.next()
          for (; !part.done; part = parts.next()) html += part.value
          if (!part.value) {
            yield html
            return start
          }
          start = line
        }
        line += 1
      }
      yield html
      if (line > MAX_LINES_AHEAD) break
    }
    return (yield* put(pairing.end())) && line >= hunk.lines ? null : start
  }

  function restRow(hunk: number, line: number): string {
    const removed = (node.diff?.removedLines ?? 0) - shown.removed
    const added = (node.diff?.addedLines ?? 0) - shown.added
    const what = `${removed.toLocaleString('en')} removed and ${added.toLocaleString('en')} added lines more`
    const url = restUrl?.(node.ordinal, hunk, line)
    const text = url === undefined ? what : `<a href="${escapeAttribute(url)}">${what}</a>`
    return `<tr class="ondemand"><td colspan="4">${text}</td></tr>\n`
  }
}

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
  old: number
  new: number
}

function rowHtml({ kind, old, new: fresh }: Row, empty: EmptyLines, url: string | undefined): string {
  const [a, b] = [old?.line.text ?? '', fresh?.line.text ?? '']
  const segments = kind === 'changed' ? changedSegments(a, b) : { old: whole(a), new: whole(b) }
  return `<tr class="diff${kind}">${cells(old, segments.old, 'old', empty, url)}${cells(fresh, segments.new, 'new', empty, url)}</tr>\n`
}

function whole(text: string): TextSegment[] {
  return [{ changed: false, text }]
}

function cells(
  placed: PlacedLine | null,
  segments: readonly TextSegment[],
  side: 'old' | 'new',
  empty: EmptyLines,
  url: string | undefined,
): string {
  if (placed === null) return ABSENT
  const { line, noNewline } = placed
  if (line.text === '' && !noNewline) {
    empty[side] += 1
    return ABSENT
  }
  const number = (side === 'old' ? line.oldNumber : line.newNumber) ?? 0
  let html = lineHtml(segments, side === 'old' ? 'del' : 'ins')
  if (line.textCut > 0) {
    const more = `… ${line.textCut.toLocaleString('en')} more characters`
    html += url === undefined ? `<em>${more}</em>` : `<a href="${escapeAttribute(url)}">${more}</a>`
  }
  if (noNewline) html += NO_NEWLINE_HTML
  return `<td class="diffline">${number - empty[side]} </td><td class="diffpresent">${html}</td>`
}
