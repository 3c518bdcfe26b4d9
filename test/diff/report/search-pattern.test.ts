/** Compares patterns with JavaScript's regular expressions, and looks at what these cannot do in time. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DiffFilter } from '../../../src/diff/report/search/diff-filter.ts'
import { createFinder, type SearchQuery } from '../../../src/diff/report/search/line-finder.ts'
import { parsePattern, requiredTexts } from '../../../src/diff/report/search/pattern.ts'
import { SearchPatternError, UsageError } from '../../../src/errors.ts'
import { chance } from './write-oddly.ts'

const QUERY: SearchQuery = { text: '', isPattern: true, ignoreCase: false, side: 'BOTH' }

function find(text: string, line: string, ignoreCase = false) {
  return createFinder({ ...QUERY, text, ignoreCase }).find(line, 0)
}

const atom = fc.constantFrom(
  'a',
  'b',
  'ab',
  '.',
  '[ab]',
  '[^a]',
  '[a-c\\d]',
  '\\w',
  '\\d',
  '\\S',
  '\u00e9',
  '\\u{1f600}',
  '\\p{L}',
  '\\P{Lu}',
  'K',
  '1',
  ' ',
  '\\.',
  '\\x61',
  '-',
)
const quantifier = fc.constantFrom('*', '+', '?', '{2}', '{1,3}', '{0,2}?', '{2,}', '*?', '+?', '??')
const assertion = fc.constantFrom('^', '$', '\\b')
/** Only what is not empty is repeated: JavaScript has rules of its own for repeating nothing. */
const { pattern } = fc.letrec<{ pattern: string; solid: string }>((tie) => ({
  solid: fc.oneof(
    { maxDepth: 3 },
    atom,
    fc.tuple(tie('solid'), tie('pattern')).map(([one, other]) => `${one}${other}`),
    fc.tuple(tie('solid'), tie('solid')).map(([one, other]) => `(?:${one}|${other})`),
    fc
      .tuple(tie('solid'), fc.constantFrom('+', '{2}', '+?', '{1,3}'))
      .map(([one, times]) => `(${one})${times}`),
  ),
  pattern: fc.oneof(
    { maxDepth: 3 },
    tie('solid'),
    assertion,
    fc.tuple(tie('pattern'), tie('pattern')).map(([one, other]) => `${one}${other}`),
    fc
      .tuple(tie('pattern'), tie('pattern'))
      .map(([one, other]) => `(?<name>${one}|${other})`.replace('?<name>', '')),
    fc.tuple(tie('solid'), quantifier).map(([one, times]) => `(?:${one})${times}`),
  ),
}))
const line = fc
  .array(
    fc.constantFrom(
      'a',
      'b',
      'c',
      'A',
      'k',
      '\u212a',
      '1',
      ' ',
      '\u00e9',
      '\u00c9',
      '\u{1f600}',
      '\ud83d',
      '.',
      '-',
    ),
    { maxLength: 9 },
  )
  .map((parts) => parts.join(''))

describe('a pattern', () => {
  it('matches where a regular expression of JavaScript matches', () => {
    fc.assert(
      fc.property(pattern, line, fc.boolean(), (text, one, ignoreCase) => {
        const match = new RegExp(text, ignoreCase ? 'isu' : 'su').exec(one)
        const expected = match && { start: match.index, end: match.index + match[0].length }
        expect(find(text, one, ignoreCase)).toEqual(expected)
        const required = requiredTexts(parsePattern(text))
        if (match && !ignoreCase && required.length > 0)
          expect(required.some((one) => match[0].includes(one))).toBe(true)
      }),
      { numRuns: 3000 },
    )
  })

  it.each([
    ['(a+)+$', `${'a'.repeat(50_000)}b`],
    ['(a|aa)+$', `${'a'.repeat(50_000)}b`],
    ['(.*)*(.*)*!', 'x'.repeat(50_000)],
    ['(x+x+)+y', 'x'.repeat(50_000)],
    ['a.*b.*c.*d', 'abc'.repeat(30_000)],
    ['^(([a-z])+.)+[A-Z]([a-z])+$', 'a'.repeat(50_000)],
  ])('takes linear time: %s', (text, one) => {
    const started = performance.now()
    expect(find(text, one)).toBeNull()
    expect(performance.now() - started).toBeLessThan(2000)
  })

  it('is stopped if it needs too long for one line', () => {
    // Almost every character leads to a state that was not seen before.
    const text = `${'(?:[ab]*a[ab]{300})'.repeat(5)}c`
    const next = chance(1)
    const one = Array.from({ length: 2_000_000 }, () => 'ab'[next(2)]).join('')
    expect(() => find(text, one)).toThrow(SearchPatternError)
  })

  it.each([
    ['a(b', 1, 'is not closed'],
    ['a)b', 1, 'closes no group'],
    ['*a', 0, 'nothing to repeat'],
    ['a|+', 2, 'nothing to repeat'],
    ['a**', 2, 'nothing to repeat'],
    ['a{3,2}', 1, 'ends before it begins'],
    ['a{2000}', 1, 'At most 1000'],
    ['ab[c', 2, 'not closed'],
    ['[b-a]', 0, 'no set of characters'],
    ['a\\', 1, 'Nothing follows'],
    ['\\p{Nonsense}', 0, 'no set of characters'],
    ['\\q', 0, 'does not exist'],
    ['\\xg', 0, 'does not exist'],
    ['\\u{110000}', 0, 'no set of characters'],
    ['(a)\\1', 3, 'References'],
    ['(?<n>a)\\k<n>', 7, 'References'],
    ['a(?=b)', 1, 'Look-ahead'],
    ['a(?<!b)', 1, 'Look-ahead'],
    ['a(?i:b)', 1, 'No kind of group'],
    ['a\nb', 1, 'line feed'],
    ['('.repeat(200), 100, 'nested deeper'],
  ])('says where it is wrong: %j at %i', (text, position, reason) => {
    const error = catchError(() => createFinder({ ...QUERY, text }))
    expect(error).toBeInstanceOf(SearchPatternError)
    expect(error).toMatchObject({ position, message: expect.stringContaining(reason) })
  })

  it.each(['(?:a{1000}){1000}', 'a{1000}b{1000}c', '((a{30}){30}){30}'])(
    'may not be too large: %s',
    (text) => {
      expect(() => createFinder({ ...QUERY, text })).toThrow('too large')
    },
  )

  it.each([
    ['{', 'a{'],
    [']', 'a]'],
    ['a{,3}', 'a{,3}'],
    ['x}', 'x}'],
    ['\\-\\/\\#', '-/#'],
  ])('may have signs that stand for themselves: %s', (text, one) => {
    expect(find(text, one)).not.toBeNull()
  })

  it.each([
    ['strcpy\\(', ['strcpy(']],
    ['(?:foo)+bar', ['foo']],
    ['a?long{2}', ['lon']],
    ['one|two', ['one', 'two']],
    ['one|two|\\d', []],
    ['one|', []],
    ['(?:one|three)four[0-9]', ['four']],
    ['(?:one|two)a[0-9]', ['one', 'two']],
    ['\\bword\\b', ['word']],
    ['[ab]c', ['c']],
    ['w[o]rd[.]', ['word.']],
    ['(?:x|y)', ['x', 'y']],
    ['a|b|c|d|e|f|g|h|i', []],
  ])('is looked for by texts of which every match contains one: %s', (text, required) => {
    expect(requiredTexts(parsePattern(text))).toEqual(required)
  })
})

describe('the filter of a pattern', () => {
  /** Cuts a diff into windows, not within a character, and asks whether one of them may match. */
  function mayMatch(text: string, ignoreCase: boolean, lines: readonly string[], cuts: readonly number[]) {
    const { filter } = createFinder({ ...QUERY, text, ignoreCase })
    const characters = [...lines.map((one) => `+${one}`).join('\n')]
    const { mayMatch, mayMatchAtEnd } = bound(filter())
    for (let at = 0, index = 0; at < characters.length; index += 1) {
      const count = cuts[index % cuts.length] ?? 1
      if (mayMatch(Buffer.from(characters.slice(at, at + count).join('')))) return true
      at += count
    }
    return mayMatchAtEnd()
  }

  function bound(filter: DiffFilter) {
    return {
      mayMatch: (window: Buffer) => filter.mayMatch(window),
      mayMatchAtEnd: () => filter.mayMatchAtEnd(),
    }
  }

  /** Each match contains one of some texts, of the characters that lines have. */
  const WITH_TEXTS = [
    'ab|bc',
    'ab.*1k',
    '^ab|k1$',
    '(?:aa|bb|cc)\\b',
    '[^ ]ab',
    'A[k]|\\u00e9b',
    '(?:ca|Ab)+1?',
    '\u00e9a|1.',
    '-a|a-',
    'ab\\d|ba\\s|\u212ac',
  ]

  it('passes over a diff if and only if no line matches, wherever windows are cut', () => {
    const whole = line.map((one) => one.replaceAll(/\p{Surrogate}/gu, '?'))
    const size = fc.oneof(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 10, max: 90 }))
    const cuts = fc.array(size, { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(
        fc.oneof(pattern, fc.constantFrom(...WITH_TEXTS)),
        fc.array(whole, { minLength: 1, maxLength: 20 }),
        fc.boolean(),
        cuts,
        (text, lines, ignoreCase, sizes) => {
          const expected = lines.some((one) => find(text, one, ignoreCase) !== null)
          expect(mayMatch(text, ignoreCase, lines, sizes)).toBe(expected)
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('passes over no line that has a half of a character, or no UTF-8', () => {
    const { filter } = createFinder({ ...QUERY, text: '[0-9][0-9]' })
    for (const window of ['+a\ufffdb\n', Buffer.from('+a\xe9b\n', 'latin1'), Buffer.from([0x2b, 0xf0, 0x9f])])
      expect(filter().mayMatch(Buffer.from(window))).toBe(true)
    expect(filter().mayMatch(Buffer.from('+a1b\n'))).toBe(false)
  })

  it('stays right when a pattern has more states than are remembered', () => {
    const next = chance(3)
    const text = '[ab]*[a][ab]{12}[c][de]'
    const lines = Array.from({ length: 300 }, () => Array.from({ length: 200 }, () => 'ab'[next(2)]).join(''))
    expect(mayMatch(text, false, lines, [1000])).toBe(false)
    expect(mayMatch(text, false, [...lines, `a${'b'.repeat(12)}cd`], [1000])).toBe(true)
  })
})

describe('a text to search for', () => {
  it.each(['', 'a\nb', 'x'.repeat(1001)])('is refused if it cannot be found', (text) => {
    expect(() => createFinder({ ...QUERY, text, isPattern: false })).toThrow(UsageError)
  })

  it('has no special characters', () => {
    for (const text of ['a.b', '(', '[x]', '\\d', 'a-b', '$', '^a', '{2}', '|', 'a/b'])
      for (const ignoreCase of [false, true]) {
        const { find } = createFinder({ ...QUERY, text, ignoreCase, isPattern: false })
        expect(find(`--${text}--`, 0)).toEqual({ start: 2, end: 2 + text.length })
        expect(find('aXb 2 ab', 0)).toBeNull()
      }
  })
})

function catchError(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  return null
}
