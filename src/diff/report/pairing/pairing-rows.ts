/**
 * The rows of a hunk from any place on, as a stream: each row says where to go on from it later, and going on costs what is read from there, not
 * what lies ahead.
 */

import type { Report, ReportHunk } from '../types.ts'
import { MAX_BLOCK_LINES, type PositionedLine, type Row, RowPairing, toRow } from './pairing.ts'

/** Where rows go on. Lines are places in the hunk, from 0. */
export interface RowPosition {
  /** Where reading begins: at a context line or a block's beginning. Within a long block: where its removed lines go on. */
  readonly line: number
  /** Rows made of the lines from there on that come ahead of the place. */
  readonly rows: number
  /** Within a long block, whose lines are paired in order: where its added lines go on. Else null. */
  readonly newLine: number | null
}

/** Whether a hunk has such a place: texts that name one may be anybody's invention. @throws as Report's methods */
export async function isRowPosition(report: Report, hunk: ReportHunk, place: RowPosition): Promise<boolean> {
  const { line, rows, newLine } = place
  if ((line > 0 && line >= hunk.lines) || rows > MAX_BLOCK_ROWS) return false
  if (newLine === null) return true
  // One of the added lines, or the line behind them, that follow the removed lines from `line` on.
  const middle = await report.nextLineOn(hunk, 'new', line)
  return newLine >= middle && newLine <= (await report.nextLineOn(hunk, 'old', middle))
}

/** A row, and the place at which it comes first. */
export interface PositionedRow {
  readonly row: Row
  readonly position: RowPosition
}

/** The rows that a block has at most in which lines are searched for their like. */
export const MAX_BLOCK_ROWS = 2 * MAX_BLOCK_LINES

/**
 * Rows in batches. Of a long block they are those that `pairLines` makes of it.
 * @param from a place that a row had
 * @param maxTextLength as of LineRange
 * @throws as Report's methods
 */
export async function* hunkRows(
  report: Report,
  hunk: ReportHunk,
  from: RowPosition,
  maxTextLength: number,
): AsyncGenerator<readonly PositionedRow[], void, void> {
  let at = from.line
  let skip = from.rows
  if (from.newLine !== null) at = yield* longBlock({ old: at, new: from.newLine })
  for (let start: number | null; at < hunk.lines; at = yield* longBlock({ old: start, new: null })) {
    start = yield* shortBlocks(at)
    if (start === null) return
  }

  /** Returns where a long block begins; null at the hunk's end. */
  async function* shortBlocks(start: number): AsyncGenerator<readonly PositionedRow[], number | null, void> {
    const pairing = new RowPairing()
    let position = start
    for await (const batch of report.lines(hunk, { from: start, maxTextLength })) {
      const rows: PositionedRow[] = []
      for (const line of batch) {
        rows.push(...wanted([...pairing.add(line, position)]))
        if (pairing.longBlock !== null) break
        position += 1
      }
      yield rows
      if (pairing.longBlock !== null) return pairing.longBlock
    }
    yield wanted([...pairing.end()])
    return null
  }

  /** @param rows of one block, or of context lines */
  function wanted(rows: readonly Row[]): PositionedRow[] {
    const line = Math.min(...rows.map(firstLine))
    const left = rows.map(
      (row, i): PositionedRow => ({
        row,
        position:
          row.kind === 'unmodified'
            ? { line: firstLine(row), rows: 0, newLine: null }
            : { line, rows: i, newLine: null },
      }),
    )
    const skipped = Math.min(skip, left.length)
    skip -= skipped
    return left.slice(skipped)
  }

  /** From the lines of both sides on, or from its beginning. Returns the line behind it. */
  async function* longBlock(begin: {
    readonly old: number
    readonly new: number | null
  }): AsyncGenerator<readonly PositionedRow[], number, void> {
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
          const [old, fresh] = [removed.next(), added.next()]
          const position = { line: old?.position ?? middle, rows: 0, newLine: fresh?.position ?? end }
          if (isFirst) {
            // Begun anew from there, so that it is announced again.
            const first = { line: begin.old, rows: 0, newLine: null }
            rows.push({ row: { ...toRow(old, fresh), startsLongBlock: true }, position: first })
          } else rows.push({ row: toRow(old, fresh), position })
          isFirst = false
        }
        yield rows
      }
    } finally {
      await removed.close()
      await added.close()
    }
  }
}

function firstLine({ old, new: fresh }: Row): number {
  return Math.min(old?.position ?? Number.POSITIVE_INFINITY, fresh?.position ?? Number.POSITIVE_INFINITY)
}

/** The lines of one side of a long block, read ahead by a batch. */
class Side {
  readonly #batches: AsyncGenerator<PositionedLine[], void, void>
  #batch: PositionedLine[] = []
  #at = 0

  constructor(report: Report, hunk: ReportHunk, from: number, to: number, maxTextLength: number) {
    this.#batches = placedLines(report, hunk, { from, count: to - from, maxTextLength })
  }

  /** How many lines are there at once; 0 at the end. */
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

/** Lines with what stands behind them about a missing newline. */
async function* placedLines(
  report: Report,
  hunk: ReportHunk,
  range: { readonly from: number; readonly count: number; readonly maxTextLength: number },
): AsyncGenerator<PositionedLine[], void, void> {
  let position = range.from
  /** The last line may still turn out to end without a newline. */
  let held: PositionedLine[] = []
  for await (const batch of report.lines(hunk, range)) {
    const placed = held
    for (const line of batch) {
      const last = placed.at(-1)
      if (line.kind !== 'noNewline') placed.push({ line, position, noNewline: false })
      else if (last !== undefined) placed[placed.length - 1] = { ...last, noNewline: true }
      position += 1
    }
    held = placed.splice(-1)
    yield placed
  }
  yield held
}
