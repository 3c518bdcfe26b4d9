/** Which parts of the lines of one page changed, in the order of the file. */

import type { Report, ReportHunk, ReportLine } from '../types.ts'
import { diffWords, type TextSegment } from './changed-words.ts'
import { type Row, RowPairing } from './pairing.ts'
import { MAX_BLOCK_ROWS } from './pairing-rows.ts'

/**
 * The segments of those lines of a page that are one of a changed pair, by their place in the hunk. A block of changed lines is paired as a
 * whole, so lines around the page are read too, as many as a block may have whose lines are searched for their like. In a longer
 * block nothing is searched, and its lines have none.
 * @param page lines `from … to - 1` of the hunk, from 0
 * @throws as Report's methods
 */
export async function changedWordsOfPage(
  report: Report,
  hunk: ReportHunk,
  page: { readonly from: number; readonly to: number },
  maxTextLength: number,
): Promise<ReadonlyMap<number, readonly TextSegment[]>> {
  const found = new Map<number, readonly TextSegment[]>()
  const start = Math.max(0, page.from - MAX_BLOCK_ROWS)
  const count = page.to + MAX_BLOCK_ROWS - start
  /** Null within a block whose beginning is not known, or that is a long one. */
  let pairing = start === 0 ? new RowPairing() : null
  let position = start
  let last: ReportLine | null = null
  for await (const batch of report.lines(hunk, { from: start, count, maxTextLength })) {
    for (const line of batch) {
      if (beginsBlock(last, line)) {
        keep(pairing?.end())
        if (position >= page.to) return found
        pairing = new RowPairing()
      }
      if (pairing) keep(pairing.add(line, position))
      if (pairing?.longBlock != null) pairing = null
      if (line.kind !== 'noNewline') last = line
      position += 1
    }
  }
  // Where reading stopped short of the hunk's end, what the last block is made of is not known.
  if (position === hunk.lines) keep(pairing?.end())
  return found

  function keep(rows: Iterable<Row> = []): void {
    for (const { kind, old, new: fresh } of rows) {
      if (kind !== 'changed' || !old || !fresh) continue
      const segments = diffWords(old.line.text, fresh.line.text)
      found.set(old.position, segments.old)
      found.set(fresh.position, segments.new)
    }
  }
}

/** Whether nothing before `line` belongs to the block that it is in. */
function beginsBlock(last: ReportLine | null, line: ReportLine): boolean {
  if (line.kind === 'noNewline') return false
  const isContext = line.oldNumber !== null && line.newNumber !== null
  if (isContext) return true
  if (last === null) return false
  const wasContext = last.oldNumber !== null && last.newNumber !== null
  return wasContext || (last.newNumber !== null && line.newNumber === null)
}
