/**
 * Two long texts, with short marks for the lines that both have: normalisers look at each line several times, and most lines of a long text are the
 * same on both sides, where they explain nothing.
 */

import { commonRuns } from './line-difference.ts'

export interface Condensed {
  readonly old: string
  readonly new: string
  /** The text with its lines again, also after normalisers have changed or removed others. */
  restore(text: string): string
}

/** Shorter texts are not worth it. */
const MIN_LENGTH = 32_768
/** Lines at the beginning, from which normalisers learn what the text is. */
const HEAD_LINES = 200
/** The end of an entry of a changelog. */
const TRAILER = ' -- '
const MARK = '\u0001'
const MIN_LINE_LENGTH = 8

export function condense(old: string, newer: string): Condensed {
  const isShort = Math.max(old.length, newer.length) < MIN_LENGTH
  // In the text itself, a mark could stand for a line that is not there.
  if (isShort || old.includes(MARK) || newer.includes(MARK))
    return { old, new: newer, restore: (text) => text }
  const [oldLines, newLines] = withJoinedRuns(old.split('\n'), newer.split('\n'))
  const head = new Set([...oldLines.slice(0, HEAD_LINES), ...newLines.slice(0, HEAD_LINES)])
  const inNew = new Set(newLines)
  const marks = new Map<string, string>()
  for (const line of oldLines)
    if (line.length >= MIN_LINE_LENGTH && inNew.has(line) && !head.has(line) && !line.startsWith(TRAILER))
      marks.set(line, marks.get(line) ?? MARK + marks.size.toString(36))
  const lines = new Map([...marks].map(([line, mark]) => [mark, line]))
  const replaced = (text: readonly string[], by: ReadonlyMap<string, string>) =>
    text.map((line) => by.get(line) ?? line).join('\n')
  return {
    old: replaced(oldLines, marks),
    new: replaced(newLines, marks),
    restore: (text) => replaced(text.split('\n'), lines),
  }
}

/**
 * The lines of both texts, of which those that stand together on both sides, after the head, count as one line. The ends of entries, and lines before
 * and after others that are too short to be marked, stay apart.
 */
function withJoinedRuns(old: readonly string[], newer: readonly string[]): [string[], string[]] {
  const runs = commonRuns(old, newer)
  const pieces: [string[], string[]] = [[], []]
  let [oldAt, newAt] = [0, 0]
  for (const run of [...runs, { old: old.length, new: newer.length, length: 0 }]) {
    const inHead = Math.min(run.length, Math.max(0, HEAD_LINES - Math.min(run.old, run.new)))
    const together = joined(old.slice(run.old + inHead, run.old + run.length))
    appendTo(pieces[0], old.slice(oldAt, run.old + inHead), together)
    appendTo(pieces[1], newer.slice(newAt, run.new + inHead), together)
    oldAt = run.old + run.length
    newAt = run.new + run.length
  }
  return pieces
}

function appendTo(pieces: string[], ...lists: readonly (readonly string[])[]): void {
  for (const list of lists) for (const one of list) pieces.push(one)
}

function joined(lines: readonly string[]): string[] {
  const pieces: string[] = []
  for (let from = 0; from < lines.length; ) {
    let to = from
    // A piece ends before the end of an entry, with the last of its lines that can be marked.
    while (to < lines.length && !lines[to]?.startsWith(TRAILER)) to += 1
    const isLong = (line: string) => line.length >= MIN_LINE_LENGTH
    const block = lines.slice(from, to)
    const start = block.findIndex(isLong)
    const end = block.findLastIndex(isLong) + 1
    const isWorthIt = end - start > 1
    if (isWorthIt)
      appendTo(pieces, block.slice(0, start), [block.slice(start, end).join('\n')], block.slice(end))
    else appendTo(pieces, block)
    appendTo(pieces, lines.slice(to, to + 1))
    from = to + 1
  }
  return pieces
}
