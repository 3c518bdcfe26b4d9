/**
 * Tells which parts of a diff may match a pattern that has no known text. The automaton's states become rows of
 * a table as they are reached, with a column for each byte, so that a byte costs one look into it. Characters
 * of several bytes are decoded, and looked up in the automaton.
 */
import type { Automaton, State } from './automaton.ts'
import type { DiffFilter } from './diff-filter.ts'

const ROW_SHIFT = 8
const ASCII = 0x80
const LINE_FEED = 0x0a
/** Each line of a diff begins with one of them, or with none where it continues. */
const SIGNS = [...Buffer.from(' +-\\')]
const REPLACEMENT_CHARACTER = Buffer.from('\ufffd')

/** Not known yet, or decided by more than one byte. */
const UNKNOWN = 0
/** A line matches. */
const MATCH = 1
/** At the beginning of a line, before its sign. */
const LINE_START = 2
const FIRST_STATE = 3
const FIRST_ROWS = 32
/** The table is emptied when it has this many rows: it takes 1 MB then. */
const MAX_ROWS = 2048
/** After this time in one window, its lines are read one by one, which bounds the time for each. */
const MAX_WINDOW_MS = 1000
const STEPS_BETWEEN_CHECKS = 256

/** Filters made by the result share a table. */
export function patternFilter(automaton: Automaton): () => DiffFilter {
  const table = new StateTable(automaton)
  return () => new PatternFilter(automaton, table)
}

class PatternFilter implements DiffFilter {
  readonly #automaton: Automaton
  readonly #table: StateTable
  /** Null at the beginning of a line. */
  #state: State | null = null

  constructor(automaton: Automaton, table: StateTable) {
    this.#automaton = automaton
    this.#table = table
  }

  mayMatch(window: Buffer): boolean {
    // It may stand for a lone surrogate, which the pattern may distinguish.
    if (window.includes(REPLACEMENT_CHARACTER)) return true
    const table = this.#table
    const deadline = performance.now() + MAX_WINDOW_MS
    let row = table.rowOf(this.#state)
    for (let at = 0, steps = 1; ; steps += 1) {
      const { next } = table
      for (; at < window.length; at += 1) {
        const known = next[(row << ROW_SHIFT) | (window[at] as number)] as number
        if (known < LINE_START) break
        row = known
      }
      if (at >= window.length) break
      const character = characterAt(window, at)
      if (character === null) return true
      row = table.step(row, character.code)
      if (row === MATCH) return true
      at += character.bytes
      if (steps % STEPS_BETWEEN_CHECKS === 0 && performance.now() > deadline) return true
    }
    this.#state = table.stateOf(row)
    return false
  }

  mayMatchAtEnd(): boolean {
    return this.#state !== null && this.#automaton.matchesAtEnd(this.#state)
  }
}

/** Numbers the automaton's states, and remembers which one follows by which byte. */
class StateTable {
  readonly #automaton: Automaton
  /** By row and byte: the next row, or one of the numbers below `FIRST_STATE`. Another one after each `step`. */
  next = new Uint16Array(FIRST_ROWS << ROW_SHIFT)
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
    const row = FIRST_STATE + this.#states.push(state) - 1
    this.#rows.set(state, row)
    if ((row + 1) << ROW_SHIFT > this.next.length) {
      const larger = new Uint16Array(2 * this.next.length)
      larger.set(this.next)
      this.next = larger
    }
    return row
  }

  /** Null for the beginning of a line. */
  stateOf(row: number): State | null {
    return this.#states[row - FIRST_STATE] ?? null
  }

  /** The row after a character, or `MATCH`. Rows returned before may not be used any more. */
  step(row: number, code: number): number {
    const before = this.stateOf(row)
    const state = before ?? this.#automaton.start
    const after = this.#after(before, state, code)
    const next = after === 'match' ? MATCH : this.rowOf(after)
    // The table may have been emptied.
    if (code < ASCII && this.stateOf(row) === before) this.next[(row << ROW_SHIFT) | code] = next
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
