/** Arbitrary reports for property tests: trees and their notations. */
import fc from 'fast-check'
import { chance, writeOddly } from './write-oddly.ts'

/** A node of the tool's JSON. */
export interface Tree {
  source1: string
  source2: string
  comments?: string[]
  has_internal_linenos?: boolean
  unified_diff: string | null
  details?: Tree[]
}

/** Text that is easily misread on its way through escapes, diffs and markup. */
const WORDS = [
  ...['a', 'mov %rax', '"quoted"', '/', '<b>', '&amp;', '[ 3 lines removed ]', '@@ -1 +1 @@', '│ ├── '],
  ...[
    '\\',
    '\\n',
    '\\\\u0041',
    '\\ud83d',
    '\t',
    '\r',
    '\r\t`````',
    '\0',
    '\x1b[31m',
    '\x7f',
    '\u001f',
    '`',
    '```',
  ],
  ...[
    'é',
    '€uro',
    '😀',
    '\ud83d',
    '\ude00',
    ' ',
    '   ',
    '\u0085',
    '\u00a0',
    '\u2028',
    '\u202e',
    '\ufeff',
    '·',
    '»',
  ],
]
const unit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code))
const word = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...WORDS) },
  { weight: 1, arbitrary: fc.string({ unit, maxLength: 5 }) },
)
const text = fc.array(word, { maxLength: 4 }).map((words) => words.join(''))
const oneLine = text.map((line) => line.replaceAll('\n', ''))
/** Sometimes longer than a chunk. */
const lineText = fc.oneof(
  { weight: 40, arbitrary: oneLine },
  {
    weight: 1,
    arbitrary: fc
      .tuple(oneLine, fc.integer({ min: 1, max: 6000 }))
      .map(([line, times]) => line.repeat(times)),
  },
)
const sign = fc.oneof(
  { weight: 15, arbitrary: fc.constantFrom(' ', '+', '-') },
  { weight: 1, arbitrary: fc.constant('\\') },
)

const hunk = fc
  .record({
    oldStart: fc.nat({ max: 100 }),
    newStart: fc.nat({ max: 100 }),
    section: fc.option(oneLine, { nil: '', freq: 3 }),
    lines: fc.array(fc.tuple(sign, lineText), { maxLength: 12 }),
  })
  .map(({ oldStart, newStart, section, lines }) => {
    const count = (side: string) => lines.filter(([kind]) => kind === ' ' || kind === side).length
    const header = `@@ -${oldStart},${count('-')} +${newStart},${count('+')} @@${section && ` ${section}`}`
    return [header, ...lines.map((line) => line.join(''))].join('\n')
  })

/** Hunks, sometimes after a line that belongs to no hunk; usually with a line feed at the end. */
export const anyDiff: fc.Arbitrary<string> = fc
  .record({
    before: fc.option(oneLine, { nil: null, freq: 1 }),
    hunks: fc.array(hunk, { maxLength: 4 }),
    end: fc.constantFrom('\n', '\n', '\n', ''),
  })
  .map(({ before, hunks, end }) => {
    const parts = [...(before === null ? [] : [before]), ...hunks]
    return parts.length === 0 ? '' : parts.join('\n') + end
  })

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc
    .record(
      {
        source1: text,
        source2: fc.option(text, { nil: null }),
        comments: fc.array(text, { maxLength: 3 }),
        has_internal_linenos: fc.boolean(),
        unified_diff: fc.option(anyDiff, { nil: null, freq: 3 }),
        details: fc.array(tie('tree'), { maxLength: 4, depthIdentifier: 'tree' }),
      },
      { requiredKeys: ['source1', 'source2', 'unified_diff'] },
    )
    .map((facts) => ({ ...facts, source2: facts.source2 ?? facts.source1 })),
}))

/** A tree with texts of every kind, diffs with and without hunks, comments and children. */
export const anyTree: fc.Arbitrary<Tree> = tree

const space = fc.string({ unit: fc.constantFrom(' ', '\n', '\r', '\t'), maxLength: 3 })

/** A tree and its report in any valid notation. */
export const anyReport: fc.Arbitrary<{ readonly tree: Tree; readonly json: string }> = fc
  .tuple(anyTree, fc.nat(), space, space)
  .map(([tree, seed, before, after]) => ({
    tree,
    json: before + writeOddly({ 'diffoscope-json-version': 1, ...tree }, chance(seed)) + after,
  }))
