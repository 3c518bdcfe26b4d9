/**
 * Parses regular expressions: JavaScript's syntax with the flag `u`, without what no automaton can decide in
 * linear time (look-around and references to groups). `.` matches every character, because lines have no line
 * feeds; `]`, `{` and `}` may stand for themselves.
 */
import { SearchPatternError } from '../../../errors.ts'

/** A parsed pattern, or a part of one. */
export type Pattern =
  /** One character of a set; `source` is a pattern that V8 can test one character with. */
  | { readonly kind: 'set'; readonly source: string; readonly literal: string | null }
  | { readonly kind: 'sequence'; readonly parts: readonly Pattern[] }
  | { readonly kind: 'choice'; readonly parts: readonly Pattern[] }
  | {
      readonly kind: 'repeat'
      readonly part: Pattern
      readonly min: number
      readonly max: number
      readonly isGreedy: boolean
    }
  | { readonly kind: 'assertion'; readonly at: Assertion }

/** What an assertion requires of the place between two characters. */
export type Assertion = 'start' | 'end' | 'wordEdge' | 'noWordEdge'

/** Groups may be nested this deeply. */
const MAX_DEPTH = 100
const MAX_REPEAT = 1000
/** Each text is looked for by itself. */
const MAX_TEXTS = 8

const QUANTIFIER = /(?:([*+?])|\{(\d{1,9})(?:(,)(\d{1,9})?)?\})(\?)?/y
const ESCAPE =
  /\\(?:[dDwWsSfnrtv]|0(?!\d)|c[A-Za-z]|x[0-9a-f]{2}|u[d][89ab][0-9a-f]{2}\\u[d][c-f][0-9a-f]{2}|u[0-9a-f]{4}|u\{[0-9a-f]{1,6}\}|p\{[^{}]*\}|[!-/:-@[-`{-~])/iy
const SYNTAX = /[\\^$.*+?()[\]{}|/-]/
const SINGLE = /^\[([^\\^])\]$/u
const SET = /\[(?:\\.|[^\\\]])*\]/suy

/** @throws SearchPatternError with the position at which no pattern could go on like this */
export function parsePattern(source: string): Pattern {
  return new Parser(source).parse()
}

class Parser {
  readonly #source: string
  #at = 0
  #depth = 0

  constructor(source: string) {
    this.#source = source
  }

  parse(): Pattern {
    const pattern = this.#choice()
    if (this.#at < this.#source.length) this.#fail('This parenthesis closes no group')
    return pattern
  }

  #choice(): Pattern {
    const parts = [this.#sequence()]
    while (this.#source[this.#at] === '|') {
      this.#at += 1
      parts.push(this.#sequence())
    }
    return parts.length === 1 ? (parts[0] as Pattern) : { kind: 'choice', parts }
  }

  #sequence(): Pattern {
    const parts: Pattern[] = []
    while (this.#at < this.#source.length && !'|)'.includes(this.#source[this.#at] as string)) {
      if (this.#match(QUANTIFIER, false)) this.#fail('There is nothing to repeat before this')
      parts.push(this.#repeated(this.#atom()))
    }
    return parts.length === 1 ? (parts[0] as Pattern) : { kind: 'sequence', parts }
  }

  #repeated(part: Pattern): Pattern {
    const start = this.#at
    const [, sign, least, comma, most, lazy] = this.#match(QUANTIFIER) ?? []
    if (sign === undefined && least === undefined) return part
    const [min, max] =
      sign === undefined
        ? [Number(least), comma === undefined ? Number(least) : most === undefined ? Infinity : Number(most)]
        : [sign === '+' ? 1 : 0, sign === '?' ? 1 : Infinity]
    if (min > max) this.#fail(`{${min},${max}} ends before it begins`, start)
    if (min > MAX_REPEAT || (max !== Infinity && max > MAX_REPEAT))
      this.#fail(`At most ${MAX_REPEAT} repetitions can be counted`, start)
    return { kind: 'repeat', part, min, max, isGreedy: lazy === undefined }
  }

  #atom(): Pattern {
    const start = this.#at
    const character = String.fromCodePoint(this.#source.codePointAt(start) as number)
    if (character === '(') return this.#group()
    if (character === '[') return this.#set()
    if (character === '\\') return this.#escape()
    this.#at += character.length
    if (character === '^') return { kind: 'assertion', at: 'start' }
    if (character === '$') return { kind: 'assertion', at: 'end' }
    if (character === '.') return { kind: 'set', source: '.', literal: null }
    return literal(character)
  }

  #group(): Pattern {
    const start = this.#at
    const [opening = ''] = this.#match(/\((?:\?(?::|<(?![=!])[\p{L}_$][\p{L}\p{N}_$]*>))?/uy) ?? []
    if (this.#source[this.#at] === '?')
      this.#fail(
        /^\?<?[=!]/.test(this.#source.slice(this.#at))
          ? 'Look-ahead and look-behind are not supported'
          : 'No kind of group begins like this',
        start,
      )
    this.#depth += 1
    if (this.#depth > MAX_DEPTH) this.#fail(`Groups are nested deeper than ${MAX_DEPTH}`, start)
    const pattern = this.#choice()
    if (this.#source[this.#at] !== ')') this.#fail(`The group ${opening} is not closed`, start)
    this.#at += 1
    this.#depth -= 1
    return pattern
  }

  #set(): Pattern {
    const start = this.#at
    const [source] = this.#match(SET) ?? []
    if (source === undefined) this.#fail('This set of characters is not closed', start)
    const [, single] = SINGLE.exec(source) ?? []
    if (single !== undefined) return literal(single)
    return this.#checked(source, start)
  }

  #escape(): Pattern {
    const start = this.#at
    const next = this.#source[start + 1]
    if (next === undefined) this.#fail('Nothing follows the backslash')
    if (next === 'b' || next === 'B') {
      this.#at += 2
      return { kind: 'assertion', at: next === 'b' ? 'wordEdge' : 'noWordEdge' }
    }
    if (/[1-9k]/.test(next)) this.#fail('References to groups are not supported')
    const [source] = this.#match(ESCAPE) ?? []
    if (source === undefined) this.#fail('This escape does not exist; a backslash itself is `\\\\`')
    // In a pattern with the flag `u`, only characters with a meaning may be escaped.
    if (source.length === 2 && /[!-/:-@[-`{-~]/.test(next)) return literal(next)
    return this.#checked(source, start)
  }

  /** Leaves to V8 what is in a set or an escape. */
  #checked(source: string, start: number): Pattern {
    try {
      new RegExp(source, 'u')
    } catch {
      this.#fail(`${source.slice(0, 40)} is no set of characters`, start)
    }
    return { kind: 'set', source, literal: null }
  }

  #match(expression: RegExp, advances = true): RegExpExecArray | null {
    expression.lastIndex = this.#at
    const match = expression.exec(this.#source)
    if (match && advances) this.#at += match[0].length
    return match
  }

  #fail(reason: string, position = this.#at): never {
    throw new SearchPatternError(reason, position)
  }
}

function literal(character: string): Pattern {
  return { kind: 'set', source: escapeSyntax(character), literal: character }
}

/** A pattern that matches the text and nothing else. */
export function escapeSyntax(text: string): string {
  return text.replaceAll(new RegExp(SYNTAX, 'g'), (sign) => (sign === '-' ? sign : `\\${sign}`))
}

/**
 * Texts of which every match contains at least one, as far as that is easily seen; none if none are known. Most of a
 * report has none of them, and need not be matched byte by byte.
 */
export function requiredTexts(pattern: Pattern): readonly string[] {
  switch (pattern.kind) {
    case 'set':
      return pattern.literal === null ? [] : [pattern.literal]
    case 'assertion':
      return []
    case 'repeat':
      return pattern.min > 0 ? requiredTexts(pattern.part) : []
    case 'choice': {
      const texts = pattern.parts.map(requiredTexts)
      const isKnown = texts.every((of) => of.length > 0) && texts.flat().length <= MAX_TEXTS
      return isKnown ? texts.flat() : []
    }
    case 'sequence':
      return textsOfSequence(pattern.parts)
  }
}

/** Those of the part whose shortest text is the longest. */
function textsOfSequence(parts: readonly Pattern[]): readonly string[] {
  let best: readonly string[] = []
  let run = ''
  const consider = (texts: readonly string[]) => {
    if (shortest(texts) > shortest(best)) best = texts
  }
  for (const part of parts) {
    if (part.kind === 'set' && part.literal !== null) run += part.literal
    else if (part.kind !== 'assertion') {
      consider([run])
      run = ''
      consider(requiredTexts(part))
    }
  }
  consider([run])
  return best
}

function shortest(texts: readonly string[]): number {
  return texts.length === 0 ? 0 : Math.min(...texts.map((text) => text.length))
}
