/** The changed words of two lines side by side, also where only the beginnings of the lines are shown. */
import type { Report, ReportHunk } from '../types.ts'
import { commonStart, diffWords, type TextSegment } from './changed-words.ts'
import type { PositionedLine } from './pairing.ts'

export interface PairSegments {
  readonly old: readonly TextSegment[]
  readonly new: readonly TextSegment[]
}

/** How many UTF-16 units may still be read of lines that are not shown as a whole. One for each page. */
export interface SearchBudget {
  left: number
}

/** A line of some megabytes can be searched to its end. A search reads about 10 million units in a second. */
const PAGE_BUDGET = 16_000_000
const FIRST_READ = 128 * 1024
/** In UTF-16 units: what is shown before the change, and from there on. */
const CONTEXT_LENGTH = 20
const EXCERPT_LENGTH = 200
const ELLIPSIS: TextSegment = { changed: false, text: '…' }
/** Something differs, but it was not searched for that long. */
const NOT_FOUND: readonly TextSegment[] = [{ changed: true, text: '…' }]

export function pageBudget(): SearchBudget {
  return { left: PAGE_BUDGET }
}

/** Whether two changed lines look the same, because they differ only beyond what is shown of them. */
export function differsBeyond({ line: old }: PositionedLine, { line: newer }: PositionedLine): boolean {
  return old.text === newer.text && (old.textCut > 0 || newer.textCut > 0)
}

/**
 * The segments of two changed lines. Joined, each list is what is shown of its line. If the lines differ only
 * beyond that, each list ends in an ellipsis and an excerpt with the first difference.
 * @throws the errors of Report's methods
 */
export async function changedSegments(
  report: Report,
  hunk: ReportHunk,
  old: PositionedLine,
  newer: PositionedLine,
  budget: SearchBudget,
): Promise<PairSegments> {
  if (!differsBeyond(old, newer)) return diffWords(old.line.text, newer.line.text)
  const excerpt = await firstDifference(report, hunk, old, newer, budget)
  const shown = { changed: false, text: old.line.text }
  return { old: [shown, ...excerpt.old], new: [shown, ...excerpt.new] }
}

async function firstDifference(
  report: Report,
  hunk: ReportHunk,
  old: PositionedLine,
  newer: PositionedLine,
  budget: SearchBudget,
): Promise<PairSegments> {
  let at = old.line.text.length
  let length = FIRST_READ
  for (; budget.left > 0; length *= 2) {
    // Reading a part reads what comes before it, too.
    budget.left -= at + length
    const [a, b] = await Promise.all([
      partOf(report, hunk, old, at, length),
      partOf(report, hunk, newer, at, length),
    ])
    const common = commonStart(a.text, b.text)
    if (common < a.text.length || common < b.text.length) return excerptOf(a.text, b.text, common)
    // The lines are equal as far as the report has them.
    if (!a.more || !b.more) break
    at += common
  }
  return { old: NOT_FOUND, new: NOT_FOUND }
}

/** A part of a line; empty beyond its end. */
async function partOf(
  report: Report,
  hunk: ReportHunk,
  { line, position }: PositionedLine,
  from: number,
  length: number,
): Promise<{ readonly text: string; readonly more: boolean }> {
  if (line.text.length + line.textCut <= from) return { text: '', more: false }
  return report.lineText(hunk, position, from, length)
}

function excerptOf(old: string, newer: string, common: number): PairSegments {
  const start = Math.max(0, common - CONTEXT_LENGTH)
  const end = common + EXCERPT_LENGTH
  const words = diffWords(old.slice(start, end), newer.slice(start, end))
  return { old: [ELLIPSIS, ...words.old], new: [ELLIPSIS, ...words.new] }
}
