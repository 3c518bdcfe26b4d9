/**
 * Streams the rows of a hunk. Each row has a position at which a later call can resume, at a cost that does
 * not depend on how many rows come before it.
 */

import type { Report, ReportHunk } from '../types.ts'
import { MAX_BLOCK_LINES, type PositionedLine, type Row, RowPairing, toRow } from './pairing.ts'

/** Where to resume. Lines are given as positions in the hunk, from 0. */
export interface RowPosition {
  /**
   * Where reading resumes: at a context line, or at the beginning of a block. Within a long block: at a
   * removed line.
   */
  readonly line: number
  /** Number of rows to skip from there. */
  readonly rows: number
  /**
   * Within a long block, whose lines are paired in order: the added line at which reading resumes. Else null.
   */
  readonly newLine: number | null
}

/**
 * Whether the hunk has this position. Positions come from clients, who can make them up.
 * @throws the errors of Report's methods
 */
export async function isRowPosition(
  report: Report,
  hunk: ReportHunk,
  position: RowPosition,
): Promise<boolean> {
  const { line, rows, newLine } = position
  if ((line > 0 && line >= hunk.lines) || rows > MAX_BLOCK_ROWS) return false
  if (newLine === null) return true
  // It must be one of the added lines that follow the removed lines from `line` on, or the line after them.
  const middle = await report.nextLineOn(hunk, 'new', line)
  return newLine >= middle && newLine <= (await report.nextLineOn(hunk, 'old', middle))
}

/** A row, and the position at which it is the first one. */
export interface PositionedRow {
  readonly row: Row
  readonly position: RowPosition
}

/** Largest number of rows of a block whose lines are paired by similarity. */
export const MAX_BLOCK_ROWS = 2 * MAX_BLOCK_LINES

/**
 * Rows in batches: the same rows as `pairLines` returns, but a long block is not held in memory.
 * @param from the position of a row
 * @param maxTextLength see LineRange
 * @throws the errors of Report's methods
 */
export async function* hunkRows(
  report: Report,
  hunk: ReportHunk,
  from: RowPosition,
  maxTextLength: number,
): AsyncGenerator<readonly PositionedRow[], void, void> {
  let at = from.line
  let skip = from.rows
  if (from.newLine !== null)
    at = yield* longBlockRows(report, hunk, { old: at, new: from.newLine }, maxTextLength)
  while (at < hunk.lines) {
    const start = yield* shortBlocks(at)
    if (start === null) return
    at = yield* longBlockRows(report, hunk, { old: start, new: null }, maxTextLength)
  }

  /** @returns the position at which a long block begins; null at the hunk's end */
  async function* shortBlocks(start: number): AsyncGenerator<readonly PositionedRow[], number | null, void> {
    const pairing = new RowPairing()
    let position = start
    for await (const batch of report.lines(hunk, { from: start, maxTextLength })) {
      const rows: PositionedRow[] = []
      for (const line of batch) {
        rows.push(...positioned([...pairing.add(line, position)]))
        if (pairing.longBlock !== null) break
        position += 1
      }
      yield rows
      if (pairing.longBlock !== null) return pairing.longBlock
    }
    yield positioned([...pairing.end()])
    return null
  }

  /**
   * Adds positions, and skips the rows that come before the requested one.
   * @param rows of one block, or of context lines
   */
  function positioned(rows: readonly Row[]): PositionedRow[] {
    const line = Math.min(...rows.map(firstLine))
    const all = rows.map((row, i): PositionedRow => {
      const [start, skipped] = row.kind === 'unmodified' ? [firstLine(row), 0] : [line, i]
      return { row, position: { line: start, rows: skipped, newLine: null } }
    })
    const skipped = Math.min(skip, all.length)
    skip -= skipped
    return all.slice(skipped)
  }
}

/**
 * The rows of a long block, from its beginning or, if `begin.new` is given, from within it.
 * @returns the position of the line after the block
 */
async function* longBlockRows(
  report: Report,
  hunk: ReportHunk,
  begin: { readonly old: number; readonly new: number | null },
  maxTextLength: number,
): AsyncGenerator<readonly PositionedRow[], number, void> {
  const middle = await report.nextLineOn(hunk, 'new', begin.old)
  const end = await report.nextLineOn(hunk, 'old', middle)
  const newLine = begin.new ?? middle
  const removed = new Side(report, hunk, begin.old, middle, maxTextLength)
  const added = new Side(report, hunk, newLine, end, maxTextLength)
  let isFirst = begin.new === null
  try {
    for (;;) {
      const [left, right] = [await removed.ready(), await added.ready()]
      const count = left > 0 && right > 0 ? Math.min(left, right) : Math.max(left, right)
      if (count === 0) return end
      const rows: PositionedRow[] = []
      for (let i = 0; i < count; i += 1) {
        const [old, newer] = [removed.next(), added.next()]
        const position = { line: old?.position ?? middle, rows: 0, newLine: newer?.position ?? end }
        if (isFirst) {
          // A page that resumes at the block's first row begins the block again, and must say so again.
          const first = { line: begin.old, rows: 0, newLine: null }
          rows.push({ row: { ...toRow(old, newer), startsLongBlock: true }, position: first })
        } else rows.push({ row: toRow(old, newer), position })
        isFirst = false
      }
      yield rows
    }
  } finally {
    await removed.close()
    await added.close()
  }
}

function firstLine({ old, new: newer }: Row): number {
  return Math.min(old?.position ?? Number.POSITIVE_INFINITY, newer?.position ?? Number.POSITIVE_INFINITY)
}

/** The lines of one side of a long block. Reads one batch at once. */
class Side {
  readonly #batches: AsyncGenerator<PositionedLine[], void, void>
  #batch: PositionedLine[] = []
  #at = 0

  constructor(report: Report, hunk: ReportHunk, from: number, to: number, maxTextLength: number) {
    this.#batches = positionedLines(report, hunk, { from, count: to - from, maxTextLength })
  }

  /** Number of lines that `next` can return without reading; 0 at the end. */
  async ready(): Promise<number> {
    while (this.#at === this.#batch.length) {
      const { done, value } = await this.#batches.next()
      if (done) return 0
      this.#batch = value
      this.#at = 0
    }
    return this.#batch.length - this.#at
  }

  next(): PositionedLine | undefined {
    return this.#at < this.#batch.length ? this.#batch[this.#at++] : undefined
  }

  async close(): Promise<void> {
    await this.#batches.return()
  }
}

/** Lines with their positions. A line `\ No newline at end of file` becomes a flag of the line before it. */
async function* positionedLines(
  report: Report,
  hunk: ReportHunk,
  range: { readonly from: number; readonly count: number; readonly maxTextLength: number },
): AsyncGenerator<PositionedLine[], void, void> {
  let position = range.from
  /** The last line of the batch before, because the next line may be about its missing newline. */
  let held: PositionedLine[] = []
  for await (const batch of report.lines(hunk, range)) {
    const lines = held
    for (const line of batch) {
      const last = lines.at(-1)
      if (line.kind !== 'noNewline') lines.push({ line, position, noNewline: false })
      else if (last !== undefined) lines[lines.length - 1] = { ...last, noNewline: true }
      position += 1
    }
    held = lines.splice(-1)
    yield lines
  }
  yield held
}
