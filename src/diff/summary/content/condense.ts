/**
 * Two long texts, with short marks for the lines that both have: normalisers look at each line several times, and most lines of a long text are the
 * same on both sides, where they explain nothing.
 */

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
  const [oldLines, newLines] = [old.split('\n'), newer.split('\n')]
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
