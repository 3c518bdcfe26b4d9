/**
 * Tells which parts of a diff may match a pattern. The automaton's states become rows of a table as they are
 * reached, with a column for each byte, so that a byte costs one look into it. Characters of several bytes are
 * decoded, and looked up in the automaton. Lines that have none of the texts that a match needs are passed over.
 */
import type { Automaton, State } from './automaton.ts'
import type { DiffFilter } from './diff-filter.ts'
import type { TextSearch } from './required-texts.ts'

/** Entries of a row, one for each byte. A row is named by the position of its first entry. */
const ROW = 256
const ASCII = 0x80
const LINE_FEED = 0x0a
/** Each line of a diff begins with one of them, or with none where it continues. */
const SIGNS = [...Buffer.from(' +-\\')]
const REPLACEMENT_CHARACTER = Buffer.from('\ufffd')

/** Not known yet, or decided by more than one byte. */
const UNKNOWN = 0
/** A line matches. */
const MATCH = ROW
/** At the beginning of a line, before its sign. */
const LINE_START = 2 * ROW
const FIRST_STATE = 3
const FIRST_ROWS = 32
/** The table is emptied when it has this many rows: it takes 2 MB then. */
const MAX_ROWS = 2048
/** After this time in one window, its lines are read one by one, which bounds the time for each. */
const MAX_WINDOW_MS = 1000
const STEPS_BETWEEN_CHECKS = 256

/**
 * Filters made by the result share a table.
 * @param search for the texts of which each match contains one; null if there are none
 */
export function patternFilter(automaton: Automaton, search: TextSearch | null): () => DiffFilter {
  const table = new StateTable(automaton)
  return () => new PatternFilter(automaton, table, search)
}

/** Bytes of a window to read, and the state before them: null at the beginning of a line. */
interface Stretch {
  readonly from: number
  readonly to: number
  readonly state: State | null
}

class PatternFilter implements DiffFilter {
  readonly #automaton: Automaton
  readonly #table: StateTable
  readonly #search: TextSearch | null
  /** Null at the beginning of a line. */
  #state: State | null = null

  constructor(automaton: Automaton, table: StateTable, search: TextSearch | null) {
    this.#automaton = automaton
    this.#table = table
    this.#search = search
  }

  mayMatch(window: Buffer): boolean {
    // It may stand for a lone surrogate, which the pattern may distinguish.
    if (window.includes(REPLACEMENT_CHARACTER)) return true
    const deadline = performance.now() + MAX_WINDOW_MS
    const lineToRead = lineFinder(window, this.#search)
    const whole: Stretch = { from: 0, to: window.length, state: this.#state }
    for (const stretch of this.#search === null ? this.#readQuarters(window, whole) : [whole]) {
      const row = this.#read(window, stretch, lineToRead, deadline)
      if (row === MATCH) return true
      this.#state = this.#table.stateOf(row)
    }
    return false
  }

  /**
   * Reads four quarters of a window at once, up to a byte that needs a closer look: the processor looks up the
   * next byte of one while it waits for what it looked up of another.
   * @returns what is left of them
   */
  #readQuarters(window: Buffer, { state }: Stretch): readonly Stretch[] {
    const size = window.length >> 2
    const lineAfter = (position: number) => window.indexOf(LINE_FEED, position) + 1
    const [second, third, fourth] = [lineAfter(size), lineAfter(2 * size), lineAfter(3 * size)] as const
    const end = window.length
    const count = Math.min(second, third - second, fourth - third, end - fourth)
    if (second === 0 || count <= 0) return [{ from: 0, to: end, state }]
    let [a, b, c, d] = [this.#table.rowOf(state), LINE_START, LINE_START, LINE_START]
    const { next } = this.#table
    let at = 0
    for (; at < count; at += 1) {
      const nextA = next[a | (window[at] as number)] as number
      const nextB = next[b | (window[second + at] as number)] as number
      const nextC = next[c | (window[third + at] as number)] as number
      const nextD = next[d | (window[fourth + at] as number)] as number
      // One comparison for all: negative if one of them is less.
      if (((nextA - LINE_START) | (nextB - LINE_START) | (nextC - LINE_START) | (nextD - LINE_START)) < 0)
        break
      a = nextA
      b = nextB
      c = nextC
      d = nextD
    }
    const stateOf = (row: number) => this.#table.stateOf(row)
    return [
      { from: at, to: second, state: stateOf(a) },
      { from: second + at, to: third, state: stateOf(b) },
      { from: third + at, to: fourth, state: stateOf(c) },
      { from: fourth + at, to: end, state: stateOf(d) },
    ]
  }

  /** @returns the row at the end of the stretch; `MATCH` if one of its lines may match */
  #read(
    window: Buffer,
    { from, to, state }: Stretch,
    lineToRead: (from: number) => number,
    deadline: number,
  ): number {
    const table = this.#table
    let row = table.rowOf(state)
    let at = row === LINE_START ? lineToRead(from) : from
    for (let steps = 1; ; steps += 1) {
      const { next } = table
      let known = UNKNOWN
      for (; at < to; at += 1) {
        known = next[row | (window[at] as number)] as number
        if (known <= LINE_START) break
        row = known
      }
      if (at >= to) return row
      if (known === UNKNOWN) {
        const character = characterAt(window, at)
        if (character === null) return MATCH
        known = table.step(row, character.code)
        at += character.bytes
      } else at += 1
      if (known === MATCH) return MATCH
      row = known
      if (row === LINE_START) at = lineToRead(at)
      if (steps % STEPS_BETWEEN_CHECKS === 0 && performance.now() > deadline) return MATCH
    }
  }

  mayMatchAtEnd(): boolean {
    return this.#state !== null && this.#automaton.matchesAtEnd(this.#state)
  }
}

/**
 * The result returns where the next line begins that must be read, of those that begin at a position or later. The last
 * line of a window is always read, because it may be cut.
 */
function lineFinder(window: Buffer, search: TextSearch | null): (from: number) => number {
  if (search === null) return (from) => from
  const nextText = search(window)
  return (from) => {
    const text = nextText(from)
    return text === from ? from : Math.max(from, window.lastIndexOf(LINE_FEED, text - 1) + 1)
  }
}

/** Numbers the automaton's states, and remembers which one follows by which byte. */
class StateTable {
  readonly #automaton: Automaton
  /** By row and byte: the next row, or `UNKNOWN` or `MATCH`. May be another array after each `step`. */
  next = new Int32Array(FIRST_ROWS * ROW)
  #states: State[] = []
  #rows = new Map<State, number>()

  constructor(automaton: Automaton) {
    this.#automaton = automaton
  }

  /** @param state null for the beginning of a line */
  rowOf(state: State | null): number {
    if (state === null) return LINE_START
    const known = this.#rows.get(state)
    if (known !== undefined) return known
    if (FIRST_STATE + this.#states.length >= MAX_ROWS) this.#forget()
    const row = (FIRST_STATE + this.#states.push(state) - 1) * ROW
    this.#rows.set(state, row)
    if (row >= this.next.length) {
      const larger = new Int32Array(2 * this.next.length)
      larger.set(this.next)
      this.next = larger
    }
    return row
  }

  /** Null for the beginning of a line. */
  stateOf(row: number): State | null {
    return this.#states[row / ROW - FIRST_STATE] ?? null
  }

  /** The row after a character, or `MATCH`. Rows returned before may not be used any more. */
  step(row: number, code: number): number {
    const before = this.stateOf(row)
    const state = before ?? this.#automaton.start
    const after = this.#after(before, state, code)
    const next = after === 'match' ? MATCH : this.rowOf(after)
    // The table may have been emptied.
    if (code < ASCII && this.stateOf(row) === before) this.next[row | code] = next
    return next
  }

  #after(before: State | null, state: State, code: number): State | null | 'match' {
    if (code === LINE_FEED) return this.#automaton.matchesAtEnd(state) ? 'match' : null
    if (before === null && SIGNS.includes(code)) return state
    return this.#automaton.step(state, code) ?? 'match'
  }

  #forget(): void {
    this.next.fill(UNKNOWN)
    this.#states = []
    this.#rows = new Map()
  }
}

/** The character that begins at a byte; null if that is no UTF-8. */
function characterAt(bytes: Buffer, at: number): { readonly code: number; readonly bytes: number } | null {
  const first = bytes[at] as number
  if (first < ASCII) return { code: first, bytes: 1 }
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
  if (first < 0xc2 || first > 0xf4 || at + length > bytes.length) return null
  let code = first & (0xff >> (length + 1))
  for (let index = at + 1; index < at + length; index += 1) {
    const byte = bytes[index] as number
    if ((byte & 0xc0) !== 0x80) return null
    code = (code << 6) | (byte & 0x3f)
  }
  return code > 0x10ffff ? null : { code, bytes: length }
}
