/** Reads the lines of a hunk, from the checkpoint nearest to the first one wanted. */

import type { HunkRecord } from './index/records.ts'
import { type ContentLine, LINE_HEAD_LENGTH, parseLine } from './scan/diff-line.ts'
import type { Checkpoint } from './scan/diff-scanner.ts'
import { decodeText } from './scan/json-text.ts'
import type { LinePart, LineRange, ReportLine } from './types.ts'

/**
 * As Report.lines.
 * @param segments of the file from `start` to the hunk's end; each makes a batch
 * @param start where reading begins: a checkpoint of the hunk, or null for its beginning
 * @throws JsonTextError; what `segments` throws
 */
export async function* readLines(
  segments: AsyncIterable<Buffer>,
  hunk: HunkRecord,
  start: Checkpoint | null,
  range: LineRange,
): AsyncGenerator<ReportLine[]> {
  const { from = 0, count = Number.POSITIVE_INFINITY, maxTextLength = 65_536 } = range
  const counter = new LineCounter(hunk, start, maxTextLength)
  const collector = new LineCollector(Math.max(maxTextLength, LINE_HEAD_LENGTH) + 1)
  let headers = start === null && hasHeader(hunk) ? 1 : 0
  let skip = from - (start?.line ?? 0)
  let left = count
  const take = (line: { text: string; cut: number }, batch: ReportLine[]) => {
    if (headers > 0) return void headers--
    const read = counter.next(line)
    if (skip > 0) return void skip--
    batch.push(read)
    left--
  }
  if (left <= 0) return
  for await (const segment of segments) {
    const batch: ReportLine[] = []
    for (const line of collector.add(decodeText(segment, 0, segment.length))) {
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
 * As Report.lineText.
 * @param segments, start as of `readLines`
 * @throws RangeError where the hunk has no such line or the line no such place; JsonTextError; what `segments` throws
 */
export async function readLineText(
  segments: AsyncIterable<Buffer>,
  hunk: HunkRecord,
  start: Checkpoint | null,
  { line, from, length }: { readonly line: number; readonly from: number; readonly length: number },
): Promise<LinePart> {
  let feeds = line - (start?.line ?? 0) + (start === null && hasHeader(hunk) ? 1 : 0)
  /** Units of the line that are still to be read through; its mark is one of them, once it has been seen. */
  let skip = -1
  let text = ''
  for await (const segment of segments) {
    const piece = decodeText(segment, 0, segment.length)
    let at = 0
    for (; feeds > 0; feeds -= 1) {
      const feed = piece.indexOf('\n', at)
      if (feed < 0) break
      at = feed + 1
    }
    if (feeds > 0 || at === piece.length) continue
    if (skip < 0) skip = from + (parseLine(piece.slice(at, at + LINE_HEAD_LENGTH)) as ContentLine).signLength
    const feed = piece.indexOf('\n', at)
    const end = feed < 0 ? piece.length : feed
    const passed = Math.min(skip, end - at)
    skip -= passed
    at += passed
    // One unit more than wanted tells whether there is more.
    text += piece.slice(at, Math.min(end, at + length + 1 - text.length))
    if (feed >= 0 || text.length > length) break
  }
  if (skip !== 0 || text === '') throw new RangeError('the hunk has no such line, or not that much of it')
  const cut = textEnd(text, 0, 0, length)
  return { text: text.slice(0, cut), more: cut < text.length }
}

function hasHeader({ header, plainHeader }: HunkRecord): boolean {
  return header !== null || plainHeader
}

/** Puts lines together from pieces of text, keeping only the beginning of a long one. */
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

  /** The line that no line feed ends. */
  end(): { text: string; cut: number } | null {
    return this.#text === '' ? null : { text: this.#text, cut: this.#cut }
  }

  #append(text: string, from: number, to: number): void {
    const fits = Math.min(to - from, this.#limit - this.#text.length)
    if (fits > 0) this.#text += text.slice(from, from + fits)
    this.#cut += to - from - Math.max(0, fits)
  }
}

/** Knows the numbers of the next line. */
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
    const read = parseLine(text) as ContentLine
    const elidedLines = this.#hunk.cut ? read.elides : 0
    const steps = elidedLines > 0 ? elidedLines : 1
    const onOld = read.kind === 'context' || read.kind === 'removed'
    const onNew = read.kind === 'context' || read.kind === 'added'
    const oldNumber = onOld ? this.#old : null
    const newNumber = onNew ? this.#new : null
    if (onOld) this.#old += steps
    if (onNew) this.#new += steps
    const end = textEnd(text, cut, read.signLength, this.#maxLength)
    const kind = elidedLines > 0 ? 'elided' : read.kind
    return {
      kind,
      oldNumber,
      newNumber,
      text: text.slice(read.signLength, end),
      textCut: cut + text.length - end,
      elidedLines,
    }
  }
}

/** Where a text of at most `max` units behind the mark ends, not between the halves of a surrogate pair. */
function textEnd(line: string, cut: number, mark: number, max: number): number {
  const end = mark + max
  if (end > line.length || (end === line.length && cut === 0)) return line.length
  const before = line.charCodeAt(end - 1)
  const splits = end > mark && before >= 0xd800 && before < 0xdc00
  return splits ? end - 1 : end
}
