/**
 * Finds hunks and counts lines in a diff that comes in segments of a JSON string. Of most lines it looks at the first two bytes only, and
 * at the escapes to find the next line's beginning.
 */

import { type HunkHeader, LINE_HEAD_LENGTH, parseLine } from './diff-line.ts'
import { decodeText, escapedUnit, fragmentEnd, trimmedEnd } from './json-text.ts'
import { countLines, cursor, INPUT_OFFSET, memory } from './simd-scan.ts'

/** Bytes of a segment that must be there when a line begins: enough for `LINE_HEAD` units, all of them escaped. */
const HEAD_BYTES = 6 * (LINE_HEAD_LENGTH + 2)
/** How much of a segment lines are counted in at once: hostile diffs have a hunk every few bytes, and all of it is copied each time. */
const WINDOW_BYTES = 16 * 1024
/** What `countLines` wants to see of a line. */
const PLAIN_HEAD_BYTES = 5
/** A long hunk has a checkpoint every so many bytes, where reading its lines may begin. */
const CHECKPOINT_BYTES = 64 * 1024

/** A hunk as found; see ReportHunk. Offsets are those of the file. */
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

/** A line's beginning within a hunk. */
export interface Checkpoint {
  offset: number
  /** Place of the line in the hunk, from 0. */
  line: number
  /** Lines before it on each side, if lines like `[ 4900 lines removed ]` are taken as they stand … */
  old: number
  new: number
  /** … and how many more there are if they are what the tool put in place of others. */
  oldElided: number
  newElided: number
}

export interface DiffVisitor {
  checkpoint(checkpoint: Checkpoint): void
  hunk(hunk: ScannedHunk): void
  inputCut(): void
}

export class DiffScanner {
  /** Where the diff's text ends without the white space at its end. */
  trimmedEnd = 0
  /** Longest run of backticks that a line begins with, behind at most three blanks. */
  longestFence = 0

  readonly #visitor: DiffVisitor
  #lineStart = true
  /** Length of the run of backticks that the last segment ended in; 0 for none. */
  #openFence = 0
  #hunk: ScannedHunk | null = null
  #elidedLines: Record<'added' | 'removed', number> = { added: 0, removed: 0 }
  #at: Checkpoint = { offset: 0, line: 0, old: 0, new: 0, oldElided: 0, newElided: 0 }
  #lastCheckpoint = 0

  constructor(visitor: DiffVisitor) {
    this.#visitor = visitor
  }

  /** As ReportVisitor.diff. */
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
      if (this.#lineStart) {
        if (at >= to) return at
        if (!last && to - at < HEAD_BYTES) return at
        this.#lineStart = false
        this.#beginLine(bytes, at, to, delta, last)
      }
      at = this.#countPlainLines(bytes, at, to, delta)
      if (this.#lineStart) continue
      if (at >= to) return to
      if (bytes[at] !== 0x5c) continue
      const unit = escapedUnit(bytes, at)
      if (unit === 13 && !last && to - at < HEAD_BYTES) return at
      at += bytes[at + 1] === 0x75 ? 6 : 2
      if (unit === 10) this.#lineStart = true
      // Markdown takes a carriage return for a line's end.
      else if (unit === 13) this.#fence(bytes, at, to, last)
    }
  }

  /**
   * Goes on within a line, through those behind it that are like most, to where one begins that is not (`#lineStart` is then set), to an escape that
   * needs a closer look, or as far as can be seen. Returns where that is.
   */
  #countPlainLines(bytes: Buffer, from: number, to: number, delta: number): number {
    const end = Math.min(to, from + WINDOW_BYTES)
    bytes.copy(memory, INPUT_OFFSET, from, end)
    const moved = INPUT_OFFSET - from
    memory[end + moved] = 0x5c
    const seen = end - PLAIN_HEAD_BYTES
    const limit = this.#hunk === null ? 0 : Math.min(seen, this.#lastCheckpoint + CHECKPOINT_BYTES - delta)
    cursor.read = INPUT_OFFSET
    countLines(end + moved, Math.max(0, limit + moved))
    const { context, added, removed } = cursor
    if (this.#hunk !== null) this.#countMany(this.#hunk, context, added, removed)
    this.#lineStart = cursor.lineBegins
    return cursor.read - moved
  }

  #beginLine(bytes: Buffer, at: number, to: number, delta: number, last: boolean): void {
    const first = bytes[at] as number
    const second = bytes[at + 1]
    const marked = first === 0x2b || first === 0x2d || first === 0x20
    if (marked && second !== 0x5b && !(second === 0x5c && bytes[at + 2] === 0x75)) {
      if (first === 0x20 && (second === 0x20 || second === 0x60)) this.#fence(bytes, at, to, last)
      this.#count(first === 0x2b ? 'added' : first === 0x2d ? 'removed' : 'context', at + delta, 0)
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
    // A package may hold lines that read like the tool's own; then the header's counts agree with the lines there.
    const whole = this.#at.old === hunk.oldCount && this.#at.new === hunk.newCount
    hunk.cut = added + removed > 0 && !whole
    if (hunk.cut) {
      hunk.added -= added
      hunk.removed -= removed
    }
    this.#visitor.hunk(hunk)
    this.#hunk = null
  }

  /** Measures the run of backticks that begins at `at` (behind blanks, if a line begins there). Returns where it ends. */
  #fence(bytes: Buffer, from: number, to: number, last: boolean): number {
    let at = from
    let run = this.#openFence
    let blanks = run > 0 ? 3 : 0
    this.#openFence = 0
    while (at < to) {
      const escaped = bytes[at] === 0x5c
      const unit = escaped ? escapedUnit(bytes, at) : (bytes[at] as number)
      if (unit === 0x60) run++
      else if (unit === 0x20 && run === 0 && blanks < 3) blanks++
      else break
      at += escaped ? (bytes[at + 1] === 0x75 ? 6 : 2) : 1
    }
    if (run > this.longestFence) this.longestFence = run
    if (at === to && !last && run > 0) this.#openFence = run
    return at
  }
}

/** Where the line ends that begins at `from`, or where its head may be cut; `last` says that nothing follows `to`. */
function headEnd(bytes: Buffer, from: number, to: number, last: boolean): number {
  for (let at = from; at < to; ) {
    if (bytes[at] !== 0x5c) {
      at++
      continue
    }
    const wide = bytes[at + 1] === 0x75
    if (at + (wide ? 6 : 2) <= to && escapedUnit(bytes, at) === 10) return at
    at += wide ? 6 : 2
  }
  return last ? to : fragmentEnd(bytes, from, to)
}
