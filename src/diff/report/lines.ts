/** Reads lines of a hunk, beginning at the last checkpoint before the first requested line. */

import type { HunkRecord } from './index/records.ts'
import { type ContentLine, LINE_HEAD_LENGTH, parseLine } from './scan/diff-line.ts'
import type { Checkpoint } from './scan/diff-scanner.ts'
import { decodeText } from './scan/json-text.ts'
import type { LinePart, LineRange, ReportLine } from './types.ts'

/**
 * Implements `Report.lines`.
 * @param fragments of the file from `start` to the hunk's end (see string-fragments.ts); each gives one batch
 * @param start the checkpoint at which `fragments` begins; null for the hunk's beginning
 * @throws JsonTextError; what `fragments` throws
 */
export async function* readLines(
  fragments: AsyncIterable<Buffer>,
  hunk: HunkRecord,
  start: Checkpoint | null,
  range: LineRange,
): AsyncGenerator<ReportLine[]> {
  const { from = 0, count = Number.POSITIVE_INFINITY, maxTextLength = 65_536 } = range
  const counter = new LineCounter(hunk, start, maxTextLength)
  const collector = new LineCollector(Math.max(maxTextLength, LINE_HEAD_LENGTH) + 1)
  let headersLeft = start === null && hasHeader(hunk) ? 1 : 0
  let skip = from - (start?.line ?? 0)
  let left = count
  const take = (line: { text: string; cut: number }, batch: ReportLine[]) => {
    if (headersLeft > 0) return void headersLeft--
    // Lines to skip are counted too: they determine the numbers of the lines after them.
    const numbered = counter.next(line)
    if (skip > 0) return void skip--
    batch.push(numbered)
    left--
  }
  if (left <= 0) return
  for await (const fragment of fragments) {
    const batch: ReportLine[] = []
    for (const line of collector.add(decodeText(fragment))) {
      take(line, batch)
      if (left <= 0) break
    }
    if (batch.length > 0) yield batch
    if (left <= 0) return
  }
  const last = collector.end()
  const batch: ReportLine[] = []
  if (last !== null) take(last, batch)
  if (batch.length > 0) yield batch
}

/**
 * Implements `Report.lineText`. See `readLines` for `fragments` and `start`.
 * @throws RangeError if the hunk has no such line or the line ends before `from`; JsonTextError; what
 *   `fragments` throws
 */
export async function readLineText(
  fragments: AsyncIterable<Buffer>,
  hunk: HunkRecord,
  start: Checkpoint | null,
  { line, from, length }: { readonly line: number; readonly from: number; readonly length: number },
): Promise<LinePart> {
  let feedsLeft = line - (start?.line ?? 0) + (start === null && hasHeader(hunk) ? 1 : 0)
  /** Units of the line to skip, its sign included; -1 until the line has begun. */
  let skip = -1
  let text = ''
  for await (const fragment of fragments) {
    const piece = decodeText(fragment)
    let at = 0
    for (; feedsLeft > 0; feedsLeft -= 1) {
      const feed = piece.indexOf('\n', at)
      if (feed < 0) break
      at = feed + 1
    }
    if (feedsLeft > 0 || at === piece.length) continue
    if (skip < 0) skip = from + (parseLine(piece.slice(at, at + LINE_HEAD_LENGTH)) as ContentLine).signLength
    const feed = piece.indexOf('\n', at)
    const end = feed < 0 ? piece.length : feed
    const skipped = Math.min(skip, end - at)
    skip -= skipped
    at += skipped
    // One unit more than requested shows whether there is more.
    text += piece.slice(at, Math.min(end, at + length + 1 - text.length))
    if (feed >= 0 || text.length > length) break
  }
  if (skip !== 0 || text === '')
    throw new RangeError(`the hunk has no line ${line}, or that line ends before ${from}`)
  const cut = textEnd(text, 0, 0, length)
  return { text: text.slice(0, cut), more: cut < text.length }
}

function hasHeader({ header, plainHeader }: HunkRecord): boolean {
  return header !== null || plainHeader
}

/** Joins pieces of text to lines, and drops the rest of a line that exceeds the limit. */
class LineCollector {
  readonly #limit: number
  #text = ''
  #cut = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  *add(text: string): Generator<{ text: string; cut: number }> {
    let from = 0
    for (;;) {
      const feed = text.indexOf('\n', from)
      if (feed < 0) break
      this.#append(text, from, feed)
      yield { text: this.#text, cut: this.#cut }
      this.#text = ''
      this.#cut = 0
      from = feed + 1
    }
    this.#append(text, from, text.length)
  }

  /** The last line if no line feed ends it, else null. */
  end(): { text: string; cut: number } | null {
    return this.#text === '' ? null : { text: this.#text, cut: this.#cut }
  }

  #append(text: string, from: number, to: number): void {
    const fits = Math.min(to - from, this.#limit - this.#text.length)
    if (fits > 0) this.#text += text.slice(from, from + fits)
    this.#cut += to - from - Math.max(0, fits)
  }
}

/** Gives lines their numbers on both sides. */
class LineCounter {
  readonly #hunk: HunkRecord
  readonly #maxLength: number
  #old: number
  #new: number

  constructor(hunk: HunkRecord, start: Checkpoint | null, maxLength: number) {
    this.#hunk = hunk
    this.#maxLength = maxLength
    this.#old = hunk.oldStart + (start?.old ?? 0) + (hunk.cut ? (start?.oldElided ?? 0) : 0)
    this.#new = hunk.newStart + (start?.new ?? 0) + (hunk.cut ? (start?.newElided ?? 0) : 0)
  }

  next({ text, cut }: { text: string; cut: number }): ReportLine {
    const parsed = parseLine(text) as ContentLine
    const elidedLines = this.#hunk.cut ? parsed.elides : 0
    const step = elidedLines > 0 ? elidedLines : 1
    const onOld = parsed.kind === 'context' || parsed.kind === 'removed'
    const onNew = parsed.kind === 'context' || parsed.kind === 'added'
    const oldNumber = onOld ? this.#old : null
    const newNumber = onNew ? this.#new : null
    if (onOld) this.#old += step
    if (onNew) this.#new += step
    const end = textEnd(text, cut, parsed.signLength, this.#maxLength)
    const kind = elidedLines > 0 ? 'elided' : parsed.kind
    return {
      kind,
      oldNumber,
      newNumber,
      text: text.slice(parsed.signLength, end),
      textCut: cut + text.length - end,
      elidedLines,
    }
  }
}

/** The end of a text of at most `max` units after the sign; it does not split a surrogate pair. */
function textEnd(line: string, cut: number, signLength: number, max: number): number {
  const end = signLength + max
  if (end > line.length || (end === line.length && cut === 0)) return line.length
  const before = line.charCodeAt(end - 1)
  const splits = end > signLength && before >= 0xd800 && before < 0xdc00
  return splits ? end - 1 : end
}
