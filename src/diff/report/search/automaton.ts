/**
 * Runs a pattern as a nondeterministic automaton, so that no pattern and no text takes more than linear time,
 * unlike JavaScript's regular expressions. Whether a line matches is decided by a deterministic automaton that
 * is made as it is used; where it matches, with the preferences of Perl and JavaScript, by following all
 * threads at once.
 */
import { SearchPatternError } from '../../../errors.ts'
import type { Assertion, Pattern } from './pattern.ts'

/** Where a line matches, in UTF-16 units. */
export interface Match {
  readonly start: number
  readonly end: number
}

type Step =
  | { readonly set: number }
  | { readonly fork: readonly [number, number] }
  | { readonly assertion: Assertion; readonly next: number }
  | 'match'

/** A repetition takes as many steps as its part, times its count. */
const MAX_STEPS = 2000
/** The automaton forgets its states when it has this many. */
const MAX_STATES = 2000
/** No line may take longer than this. */
const MAX_LINE_MS = 2000
const UNITS_BETWEEN_CHECKS = 4096

/** What is before, or after, a place in a line. */
const EDGE = 0
const OTHER = 1
const WORD = 2
type Neighbour = typeof EDGE | typeof OTHER | typeof WORD

/** Steps at which the automaton may be before the next character. */
export interface State {
  readonly steps: readonly number[]
  readonly before: Neighbour
  /** By the number of the character's class. */
  readonly next: (State | null | undefined)[]
  matchesAtEnd: boolean | undefined
}

/** Characters that the pattern does not distinguish. */
interface CharacterClass {
  readonly number: number
  readonly kind: Neighbour
  /** By the number of the set: whether it has these characters. */
  readonly inSet: readonly boolean[]
}

export class Automaton {
  readonly #steps: Step[] = []
  readonly #sets: RegExp[] = []
  readonly #setNumbers = new Map<string, number>()
  readonly #word: RegExp
  readonly #flags: string
  readonly #classes = new Map<string, CharacterClass>()
  /** By the code point. Other planes share one map. */
  readonly #classOfUnit: (CharacterClass | undefined)[] = new Array(128)
  readonly #classOfOther = new Map<number, CharacterClass>()
  #states = new Map<string, State>()
  #seen: Uint32Array
  #round = 0

  /** @throws SearchPatternError for a pattern with too many steps */
  constructor(pattern: Pattern, ignoreCase: boolean) {
    this.#flags = ignoreCase ? 'isu' : 'su'
    this.#word = new RegExp('^\\w$', this.#flags)
    this.#compile(pattern)
    this.#add('match')
    this.#seen = new Uint32Array(this.#steps.length)
  }

  /** Where the first match at or after `from` is. @throws SearchPatternError */
  find(text: string, from = 0): Match | null {
    return this.#matches(text, from) ? this.#locate(text, from) : null
  }

  #add(step: Step): number {
    if (this.#steps.length >= MAX_STEPS)
      throw new SearchPatternError('The pattern is too large: write fewer or smaller repetitions {n,m}')
    return this.#steps.push(step) - 1
  }

  #compile(pattern: Pattern): void {
    switch (pattern.kind) {
      case 'set':
        this.#add({ set: this.#setNumber(pattern.source) })
        break
      case 'assertion':
        this.#add({ assertion: pattern.at, next: this.#steps.length + 1 })
        break
      case 'sequence':
        for (const part of pattern.parts) this.#compile(part)
        break
      case 'choice':
        this.#compileChoice(pattern.parts)
        break
      case 'repeat':
        this.#compileRepeat(pattern)
    }
  }

  #compileChoice(parts: readonly Pattern[]): void {
    const ends: number[] = []
    for (const [index, part] of parts.entries()) {
      if (index === parts.length - 1) {
        this.#compile(part)
        break
      }
      const fork = this.#add('match')
      this.#compile(part)
      ends.push(this.#add('match'))
      this.#steps[fork] = { fork: [fork + 1, this.#steps.length] }
    }
    for (const end of ends) this.#steps[end] = { fork: [this.#steps.length, this.#steps.length] }
  }

  #compileRepeat({ part, min, max, isGreedy }: Pattern & { kind: 'repeat' }): void {
    const fork = (inner: number, after: number): Step => ({
      fork: isGreedy ? [inner, after] : [after, inner],
    })
    for (let count = 0; count < min; count += 1) this.#compile(part)
    if (max === Infinity) {
      const loop = this.#add('match')
      this.#compile(part)
      this.#add({ fork: [loop, loop] })
      this.#steps[loop] = fork(loop + 1, this.#steps.length)
      return
    }
    const forks: number[] = []
    for (let count = min; count < max; count += 1) {
      forks.push(this.#add('match'))
      this.#compile(part)
    }
    for (const at of forks) this.#steps[at] = fork(at + 1, this.#steps.length)
  }

  #setNumber(source: string): number {
    const known = this.#setNumbers.get(source)
    if (known !== undefined) return known
    const number = this.#sets.push(new RegExp(`^(?:${source})$`, this.#flags)) - 1
    this.#setNumbers.set(source, number)
    return number
  }

  /** The state at the beginning of a line. */
  get start(): State {
    return this.#state([0], EDGE)
  }

  /** The state after a character, by its code point; null if the line matches before it. */
  step(state: State, code: number): State | null {
    const group = this.#classOf(code)
    const known = state.next[group.number]
    return known === undefined ? this.#step(state, group) : known
  }

  /** The state after a part of a line; null if the line matches, whatever follows. @throws SearchPatternError */
  #advance(from: State, text: string, start: number, end: number): State | null {
    let state = from
    let checkAt = start + UNITS_BETWEEN_CHECKS
    const deadline = end > checkAt ? performance.now() + MAX_LINE_MS : Infinity
    for (let at = start; at < end; at += 1) {
      const unit = text.charCodeAt(at)
      let group = unit < 128 ? this.#classOfUnit[unit] : undefined
      if (group === undefined) {
        const code = text.codePointAt(at) as number
        if (code > 0xffff) at += 1
        group = this.#classOf(code)
      }
      let next: State | null | undefined = state.next[group.number]
      if (next === undefined) next = this.#step(state, group)
      if (next === null) return null
      state = next
      if (at >= checkAt) checkAt = this.#checkTime(at, deadline)
    }
    return state
  }

  /** Whether a line matches that ends in a state. */
  matchesAtEnd(state: State): boolean {
    state.matchesAtEnd ??= this.#closure(state.steps, state.before, EDGE) === null
    return state.matchesAtEnd
  }

  #matches(text: string, from: number): boolean {
    const state = this.#advance(this.#state([0], this.#before(text, from)), text, from, text.length)
    return state === null || this.matchesAtEnd(state)
  }

  /** The state after a character; null if the text matches before it. */
  #step(state: State, group: CharacterClass): State | null {
    const reached = this.#closure(state.steps, state.before, group.kind)
    let next: State | null = null
    if (reached !== null) {
      const after = new Set([0])
      for (const at of reached) if (group.inSet[(this.#steps[at] as { set: number }).set]) after.add(at + 1)
      next = this.#state(
        [...after].sort((one, other) => one - other),
        group.kind,
      )
    }
    state.next[group.number] = next
    return next
  }

  #state(steps: readonly number[], before: Neighbour): State {
    const key = `${before} ${steps.join(' ')}`
    const known = this.#states.get(key)
    if (known) return known
    // States that are still in use keep what they know, and are collected afterwards.
    if (this.#states.size >= MAX_STATES) this.#states = new Map()
    const state: State = { steps, before, next: [], matchesAtEnd: undefined }
    this.#states.set(key, state)
    return state
  }

  /** The sets that are reached without a character; null if the match is. */
  #closure(steps: readonly number[], before: Neighbour, after: Neighbour): number[] | null {
    const reached: number[] = []
    this.#round += 1
    const stack = [...steps]
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      if (this.#seen[at] === this.#round) continue
      this.#seen[at] = this.#round
      const step = this.#steps[at] as Step
      if (step === 'match') return null
      if ('set' in step) reached.push(at)
      else if ('fork' in step) stack.push(...step.fork)
      else if (holds(step.assertion, before, after)) stack.push(step.next)
    }
    return reached
  }

  /** Follows all threads in the order of preference; each knows where it began. */
  #locate(text: string, from: number): Match | null {
    const deadline = performance.now() + MAX_LINE_MS
    let threads: number[] = []
    let found: Match | null = null
    let before = this.#before(text, from)
    let checkAt = from + UNITS_BETWEEN_CHECKS
    for (let at = from; at <= text.length; ) {
      const code = text.codePointAt(at)
      const group = code === undefined ? null : this.#classOf(code)
      const after = group?.kind ?? EDGE
      if (found === null) threads.push(0, at)
      else if (threads.length === 0) break
      this.#round += 1
      const next: number[] = []
      for (let index = 0; index < threads.length; index += 2) {
        const start = threads[index + 1] as number
        if (!this.#follow(threads[index] as number, start, { before, after, group }, next)) continue
        found = { start, end: at }
        break
      }
      threads = next
      before = after
      at += code !== undefined && code > 0xffff ? 2 : 1
      if (at >= checkAt) checkAt = this.#checkTime(at, deadline)
    }
    return found
  }

  /** Adds where a thread is after the character. @returns whether it matches before the character */
  #follow(
    from: number,
    start: number,
    { before, after, group }: { before: Neighbour; after: Neighbour; group: CharacterClass | null },
    next: number[],
  ): boolean {
    const stack = [from]
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      if (this.#seen[at] === this.#round) continue
      this.#seen[at] = this.#round
      const step = this.#steps[at] as Step
      if (step === 'match') return true
      if ('set' in step) {
        if (group?.inSet[step.set]) next.push(at + 1, start)
      } else if ('fork' in step) stack.push(step.fork[1], step.fork[0])
      else if (holds(step.assertion, before, after)) stack.push(step.next)
    }
    return false
  }

  #before(text: string, from: number): Neighbour {
    if (from === 0) return EDGE
    return this.#classOf(text.charCodeAt(from - 1)).kind
  }

  #classOf(code: number): CharacterClass {
    const known = code < 128 ? this.#classOfUnit[code] : this.#classOfOther.get(code)
    if (known) return known
    const character = String.fromCodePoint(code)
    const inSet = this.#sets.map((set) => set.test(character))
    const kind = this.#word.test(character) ? WORD : OTHER
    const key = `${kind} ${inSet.map(Number).join('')}`
    const group = this.#classes.get(key) ?? { number: this.#classes.size, kind, inSet }
    this.#classes.set(key, group)
    if (code < 128) this.#classOfUnit[code] = group
    else this.#classOfOther.set(code, group)
    return group
  }

  #checkTime(at: number, deadline: number): number {
    if (performance.now() > deadline)
      throw new SearchPatternError(
        `The pattern needs more than ${MAX_LINE_MS / 1000} s for one long line: write fewer repetitions, or search for text`,
      )
    return at + UNITS_BETWEEN_CHECKS
  }
}

function holds(assertion: Assertion, before: Neighbour, after: Neighbour): boolean {
  if (assertion === 'start') return before === EDGE
  if (assertion === 'end') return after === EDGE
  return ((before === WORD) !== (after === WORD)) === (assertion === 'wordEdge')
}
