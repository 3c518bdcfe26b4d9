/** Finds a text or a pattern in single lines, and rules out large parts of a report without splitting them. */
import { SearchPatternError, UsageError } from '../../../errors.ts'
import { Automaton, type Match } from './automaton.ts'
import type { DiffFilter } from './diff-filter.ts'
import { escapeSyntax, parsePattern, requiredTexts } from './pattern.ts'
import { patternFilter } from './pattern-filter.ts'
import { searchTexts } from './required-texts.ts'

/** What to search for. Plain data. */
export interface SearchQuery {
  /** A text, or a pattern (see pattern.ts). At most 1,000 UTF-16 units, without line feeds. */
  readonly text: string
  readonly isPattern: boolean
  /** By Unicode's simple case folding, as JavaScript's flags `iu` do. */
  readonly ignoreCase: boolean
  /**
   * `OLD`: names of the old side and removed lines; `NEW`: names of the new side and added lines; `BOTH`: these,
   * comments, and lines that both sides have.
   */
  readonly side: 'OLD' | 'NEW' | 'BOTH'
}

export interface LineFinder {
  /** The first match at or after `from`. @throws SearchPatternError */
  find(line: string, from: number): Match | null
  /** Begins to look through a diff, at the beginning of a line. */
  filter(): DiffFilter
}

const MAX_LENGTH = 1000
/** In UTF-8. */
const MAX_CHARACTER_BYTES = 4
const HIGH = /[\ud800-\udbff]/
const LOW = /[\udc00-\udfff]/

/** @throws UsageError for a text that cannot be searched for; SearchPatternError */
export function createFinder({ text, isPattern, ignoreCase }: SearchQuery): LineFinder {
  if (text === '') throw new UsageError('The text to search for is empty')
  if (text.length > MAX_LENGTH)
    throw new UsageError(
      `The text to search for has ${text.length} characters; at most ${MAX_LENGTH} are allowed`,
    )
  const feed = text.indexOf('\n')
  if (feed >= 0 && isPattern)
    throw new SearchPatternError('No line contains a line feed, because each is searched by itself', feed)
  if (feed >= 0)
    throw new UsageError('The text to search for has several lines; lines are searched one by one')
  if (!isPattern) return textFinder(text, ignoreCase)
  const pattern = parsePattern(text)
  const automaton = new Automaton(pattern, ignoreCase)
  return {
    find: (line, from) => automaton.find(line, from),
    filter: patternFilter(automaton, searchTexts(requiredTexts(pattern), ignoreCase)),
  }
}

function textFinder(text: string, ignoreCase: boolean): LineFinder {
  const filter = textFilter(text, ignoreCase)
  if (!ignoreCase) return { filter, find: (line, from) => findText(line, text, from) }
  // A pattern without repetitions and choices takes no more than linear time.
  const pattern = new RegExp(escapeSyntax(text), 'giu')
  const find = (line: string, from: number) => {
    pattern.lastIndex = from
    const match = pattern.exec(line)
    return match && { start: match.index, end: match.index + match[0].length }
  }
  return { filter, find }
}

/** Does not find half of a character. */
function findText(line: string, text: string, from: number): Match | null {
  for (let start = line.indexOf(text, from); start >= 0; start = line.indexOf(text, start + 1)) {
    const end = start + text.length
    if (!isWithinCharacter(line, start) && !isWithinCharacter(line, end)) return { start, end }
  }
  return null
}

function isWithinCharacter(line: string, at: number): boolean {
  return HIGH.test(line.charAt(at - 1)) && LOW.test(line.charAt(at))
}

/** Filters made by the result look for the text. */
function textFilter(text: string, ignoreCase: boolean): () => DiffFilter {
  // In the UTF-8 of a report, lone surrogates are U+FFFD too.
  const utf8 = Buffer.from(text)
  const pattern = new RegExp(escapeSyntax(utf8.toString()), 'iu')
  const isIn = ignoreCase
    ? (bytes: Buffer) => pattern.test(bytes.toString())
    : (bytes: Buffer) => bytes.includes(utf8)
  return () => new TextFilter(isIn, 3 * text.length + MAX_CHARACTER_BYTES)
}

class TextFilter implements DiffFilter {
  readonly #isIn: (utf8: Buffer) => boolean
  readonly #seamBytes: number
  #before = Buffer.alloc(0)

  /** @param seamBytes more than the longest UTF-8 of the text, in any case */
  constructor(isIn: (utf8: Buffer) => boolean, seamBytes: number) {
    this.#isIn = isIn
    this.#seamBytes = seamBytes
  }

  mayMatch(window: Buffer): boolean {
    const seam = Buffer.concat([this.#before, window.subarray(0, this.#seamBytes)])
    if (this.#isIn(seam) || this.#isIn(window)) return true
    const end = window.length < this.#seamBytes ? seam : window
    this.#before = Buffer.from(end.subarray(-this.#seamBytes))
    return false
  }

  mayMatchAtEnd(): boolean {
    return false
  }
}
