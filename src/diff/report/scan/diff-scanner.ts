/**
 * Finds the hunks of a diff and counts their lines. The diff comes in fragments of a JSON string (see
 * json-text.ts). Of most lines, only the first two bytes are read, and the escapes, to find the beginning of
 * the next line.
 */

import { type HunkHeader, LINE_HEAD_LENGTH, parseLine } from './diff-line.ts'
import { decodeText, escapedUnit, escapeLength, fragmentEnd, trimmedEnd } from './json-text.ts'
import { countLines, cursor, INPUT_OFFSET, memory } from './simd-scan.ts'

const BACKSLASH = 0x5c
const LOWER_U = 0x75
const PLUS = 0x2b
const MINUS = 0x2d
const SPACE = 0x20
const BACKTICK = 0x60
const OPENING_BRACKET = 0x5b

/** Bytes that must be available at the beginning of a line: enough for `LINE_HEAD_LENGTH` escaped units. */
const HEAD_BYTES = 6 * (LINE_HEAD_LENGTH + 2)
/**
 * Bytes copied for one call of `countLines`. Hostile diffs have a hunk every few bytes, and each begins a new
 * call.
 */
const WINDOW_BYTES = 16 * 1024
/** Bytes at the beginning of a line that `countLines` needs. */
const PLAIN_HEAD_BYTES = 5
/** Distance between checkpoints, at which reading the lines of a long hunk may begin. */
const CHECKPOINT_BYTES = 64 * 1024

/** A hunk of the diff; see ReportHunk. `start` and `end` are offsets in the file. */
export interface ScannedHunk {
  header: string | null
  start: number
  end: number
  oldStart: number
  oldCount: number
  newStart: number
  newCount: number
  lines: number
  added: number
  removed: number
  cut: boolean
}

/** The beginning of a line within a hunk. */
export interface Checkpoint {
  /** Offset in the file. */
  offset: number
  /** Position of the line in the hunk, from 0. */
  line: number
  /** Lines before it on each side, where a line `[ 4900 lines removed ]` counts as one. */
  old: number
  new: number
  /** How many more lines come before it on each side if such lines stand for omitted ones. */
  oldElided: number
  newElided: number
}

export interface DiffVisitor {
  checkpoint(checkpoint: Checkpoint): void
  hunk(hunk: ScannedHunk): void
  inputCut(): void
}

export class DiffScanner {
  /** Offset in the file at which the diff ends without its trailing white space. */
  trimmedEnd = 0
  /** Longest run of backticks at the beginning of a line, after at most three spaces. */
  longestFence = 0

  readonly #visitor: DiffVisitor
  #isLineStart = true
  /** Length of the run of backticks at the end of the last fragment. */
  #openFence = 0
  #hunk: ScannedHunk | null = null
  #elidedLines: Record<'added' | 'removed', number> = { added: 0, removed: 0 }
  #at: Checkpoint = { offset: 0, line: 0, old: 0, new: 0, oldElided: 0, newElided: 0 }
  #lastCheckpoint = 0

  constructor(visitor: DiffVisitor) {
    this.#visitor = visitor
  }

  /** Implements `ReportVisitor.diff`. @throws JsonTextError for an invalid escape */
  consume(bytes: Buffer, from: number, to: number, offset: number, last: boolean): number {
    const end = this.#scan(to === bytes.length ? bytes : bytes.subarray(0, to), from, to, offset - from, last)
    const trimmed = trimmedEnd(bytes, from, end)
    if (trimmed > from) this.trimmedEnd = trimmed + offset - from
    if (last) this.#endHunk(offset - from + to)
    return end
  }

  #scan(bytes: Buffer, from: number, to: number, delta: number, last: boolean): number {
    let at = from
    if (this.#openFence > 0) at = this.#fence(bytes, at, to, last)
    for (;;) {
      if (this.#isLineStart) {
        if (at >= to) return at
        if (!last && to - at < HEAD_BYTES) return at
        this.#isLineStart = false
        this.#beginLine(bytes, at, to, delta, last)
      }
      at = this.#countPlainLines(bytes, at, to, delta)
      if (this.#isLineStart) continue
      if (at >= to) return to
      if (bytes[at] !== BACKSLASH) continue
      const unit = escapedUnit(bytes, at)
      if (unit === 13 && !last && to - at < HEAD_BYTES) return at
      at += escapeLength(bytes, at)
      if (unit === 10) this.#isLineStart = true
      // In Markdown a carriage return ends a line too.
      else if (unit === 13) this.#fence(bytes, at, to, last)
    }
  }

  /**
   * Skips the rest of a line and counts the ordinary lines after it. Stops at the beginning of another line,
   * which sets `#isLineStart`, at an escape that `countLines` leaves to its caller, or at the end of the
   * bytes.
   * @returns where it stopped
   */
  #countPlainLines(bytes: Buffer, from: number, to: number, delta: number): number {
    const end = Math.min(to, from + WINDOW_BYTES)
    bytes.copy(memory, INPUT_OFFSET, from, end)
    const shift = INPUT_OFFSET - from
    memory[end + shift] = BACKSLASH
    const nextCheckpoint = this.#lastCheckpoint + CHECKPOINT_BYTES - delta
    const limit = this.#hunk === null ? 0 : Math.min(end - PLAIN_HEAD_BYTES, nextCheckpoint)
    cursor.read = INPUT_OFFSET
    countLines(end + shift, Math.max(0, limit + shift))
    const { context, added, removed } = cursor
    if (this.#hunk !== null) this.#countMany(this.#hunk, context, added, removed)
    this.#isLineStart = cursor.lineBegins
    return cursor.read - shift
  }

  #beginLine(bytes: Buffer, at: number, to: number, delta: number, last: boolean): void {
    const first = bytes[at] as number
    const second = bytes[at + 1]
    const hasSign = first === PLUS || first === MINUS || first === SPACE
    if (hasSign && second !== OPENING_BRACKET && !(second === BACKSLASH && bytes[at + 2] === LOWER_U)) {
      if (first === SPACE && (second === SPACE || second === BACKTICK)) this.#fence(bytes, at, to, last)
      this.#count(first === PLUS ? 'added' : first === MINUS ? 'removed' : 'context', at + delta, 0)
      return
    }
    this.#fence(bytes, at, to, last)
    const head = Math.min(to, at + HEAD_BYTES)
    const text = decodeText(bytes, at, headEnd(bytes, at, head, last && head === to))
    const line = parseLine(text)
    if (line.kind === 'header') {
      this.#endHunk(at + delta)
      this.#beginHunk(text.slice(0, LINE_HEAD_LENGTH), line, at + delta)
    } else {
      if (line.inputCut) this.#visitor.inputCut()
      this.#count(line.kind, at + delta, line.elides)
    }
  }

  #beginHunk(header: string | null, numbers: Omit<HunkHeader, 'kind'>, offset: number): void {
    this.#hunk = {
      header,
      start: offset,
      end: offset,
      oldStart: numbers.oldStart,
      oldCount: numbers.oldCount,
      newStart: numbers.newStart,
      newCount: numbers.newCount,
      lines: 0,
      added: 0,
      removed: 0,
      cut: false,
    }
    this.#elidedLines = { added: 0, removed: 0 }
    this.#at = { offset, line: 0, old: 0, new: 0, oldElided: 0, newElided: 0 }
    this.#lastCheckpoint = offset
  }

  #count(kind: 'context' | 'added' | 'removed' | 'noNewline', offset: number, elides: number): void {
    if (this.#hunk === null)
      this.#beginHunk(null, { oldStart: 1, oldCount: 0, newStart: 1, newCount: 0 }, offset)
    const hunk = this.#hunk as ScannedHunk
    const here = this.#at
    if (offset - this.#lastCheckpoint >= CHECKPOINT_BYTES) {
      this.#visitor.checkpoint({ ...here, offset })
      this.#lastCheckpoint = offset
    }
    here.line++
    hunk.lines++
    if (kind === 'added') hunk.added++
    else if (kind === 'removed') hunk.removed++
    if (kind === 'added' || kind === 'context') here.new++
    if (kind === 'removed' || kind === 'context') here.old++
    if (elides > 0 && (kind === 'added' || kind === 'removed')) {
      this.#elidedLines[kind]++
      here[kind === 'added' ? 'newElided' : 'oldElided'] += elides - 1
    }
  }

  #countMany(hunk: ScannedHunk, context: number, added: number, removed: number): void {
    const here = this.#at
    here.line += context + added + removed
    here.old += context + removed
    here.new += context + added
    hunk.lines += context + added + removed
    hunk.added += added
    hunk.removed += removed
  }

  #endHunk(offset: number): void {
    const hunk = this.#hunk
    if (hunk === null) return
    hunk.end = offset
    const { added, removed } = this.#elidedLines
    // A package may contain lines that look like the tool's own. Then the header's counts match the lines.
    const isWhole = this.#at.old === hunk.oldCount && this.#at.new === hunk.newCount
    hunk.cut = added + removed > 0 && !isWhole
    if (hunk.cut) {
      hunk.added -= added
      hunk.removed -= removed
    }
    this.#visitor.hunk(hunk)
    this.#hunk = null
  }

  /**
   * Measures a run of backticks, which begins at `from` or continues there; at a line's beginning, after
   * spaces.
   * @returns the end of the run
   */
  #fence(bytes: Buffer, from: number, to: number, last: boolean): number {
    let at = from
    let run = this.#openFence
    let spaces = run > 0 ? 3 : 0
    this.#openFence = 0
    while (at < to) {
      const isEscape = bytes[at] === BACKSLASH
      const unit = isEscape ? escapedUnit(bytes, at) : (bytes[at] as number)
      if (unit === BACKTICK) run++
      else if (unit === SPACE && run === 0 && spaces < 3) spaces++
      else break
      at += isEscape ? escapeLength(bytes, at) : 1
    }
    if (run > this.longestFence) this.longestFence = run
    if (at === to && !last && run > 0) this.#openFence = run
    return at
  }
}

/**
 * The end of the line that begins at `from`, or a boundary of a character at which to cut it.
 * @param last whether the diff ends at `to`
 */
function headEnd(bytes: Buffer, from: number, to: number, last: boolean): number {
  for (let at = from; at < to; ) {
    if (bytes[at] !== BACKSLASH) {
      at++
      continue
    }
    const length = escapeLength(bytes, at)
    if (at + length <= to && escapedUnit(bytes, at) === 10) return at
    at += length
  }
  return last ? to : fragmentEnd(bytes, from, to)
}
