/** Finds the changed words of the lines of one page, where lines are in the order of the hunk. */

import type { Report, ReportHunk, ReportLine } from '../types.ts'
import { changedSegments, pageBudget } from './changed-segments.ts'
import type { TextSegment } from './changed-words.ts'
import { type Row, RowPairing } from './pairing.ts'
import { MAX_BLOCK_ROWS } from './pairing-rows.ts'

/**
 * The segments of those lines of a page that have a partner, by their position in the hunk. Lines around the
 * page are read too, because a block of changed lines is paired as a whole. They are as many as a block may
 * have whose lines are paired by similarity; lines of longer blocks get no segments.
 * @param page lines `from` to `to - 1` of the hunk, from 0
 * @throws the errors of Report's methods
 */
export async function changedWordsOfPage(
  report: Report,
  hunk: ReportHunk,
  page: { readonly from: number; readonly to: number },
  maxTextLength: number,
): Promise<ReadonlyMap<number, readonly TextSegment[]>> {
  const budget = pageBudget()
  const segmentsByPosition = new Map<number, readonly TextSegment[]>()
  const start = Math.max(0, page.from - MAX_BLOCK_ROWS)
  const count = page.to + MAX_BLOCK_ROWS - start
  /** Null within a long block, and within a block that began before `start`. */
  let pairing = start === 0 ? new RowPairing() : null
  let position = start
  let last: ReportLine | null = null
  for await (const batch of report.lines(hunk, { from: start, count, maxTextLength })) {
    for (const line of batch) {
      if (beginsBlock(last, line)) {
        await collect(pairing?.end())
        if (position >= page.to) return segmentsByPosition
        pairing = new RowPairing()
      }
      if (pairing) await collect(pairing.add(line, position))
      if (pairing?.longBlock != null) pairing = null
      if (line.kind !== 'noNewline') last = line
      position += 1
    }
  }
  // If reading stopped before the hunk's end, the last block may be incomplete.
  if (position === hunk.lines) await collect(pairing?.end())
  return segmentsByPosition

  async function collect(rows: Iterable<Row> = []): Promise<void> {
    for (const { kind, old, new: newer } of rows) {
      if (kind !== 'changed' || !old || !newer) continue
      const segments = await changedSegments(report, hunk, old, newer, budget)
      segmentsByPosition.set(old.position, segments.old)
      segmentsByPosition.set(newer.position, segments.new)
    }
  }
}

/** Whether a block begins at `line`, so that no line before it belongs to the same block. */
function beginsBlock(last: ReportLine | null, line: ReportLine): boolean {
  if (line.kind === 'noNewline') return false
  const isContext = line.oldNumber !== null && line.newNumber !== null
  if (isContext) return true
  if (last === null) return false
  const wasContext = last.oldNumber !== null && last.newNumber !== null
  return wasContext || (last.newNumber !== null && line.newNumber === null)
}
