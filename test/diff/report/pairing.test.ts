import { describe, expect, it } from 'vitest'
import { diffWords, type TextSegment } from '../../../src/diff/report/pairing/changed-words.ts'
import { MAX_BLOCK_LINES, pairLines, type Row, RowPairing } from '../../../src/diff/report/pairing/pairing.ts'
import type { ReportLine } from '../../../src/diff/report/types.ts'
import { chance } from './model.ts'

/** Lines of a hunk from a diff's lines. */
function lines(...diff: string[]): ReportLine[] {
  let [old, fresh] = [1, 1]
  return diff.map((line) => {
    const kind = ({ '-': 'removed', '+': 'added', '\\': 'noNewline' } as const)[line[0] ?? ''] ?? 'context'
    return {
      kind,
      oldNumber: kind === 'removed' || kind === 'context' ? old++ : null,
      newNumber: kind === 'added' || kind === 'context' ? fresh++ : null,
      text: line.slice(1),
      textCut: 0,
      elidedLines: 0,
    }
  })
}

const shown = (rows: Row[]) =>
  rows.map(({ old, new: fresh }) => `${old?.line.text ?? ''}|${fresh?.line.text ?? ''}`)

describe('lines side by side', () => {
  it.each<[string, string[], string[]]>([
    ['context on both sides', [' a', ' b'], ['a|a', 'b|b']],
    ['a changed line', ['-a 1', '+a 2'], ['a 1|a 2']],
    ['one line for another, however different', ['-abc', '+xyz'], ['abc|xyz']],
    ['a removed line', [' a', '-b', ' c'], ['a|a', 'b|', 'c|c']],
    ['an added line', ['+a'], ['|a']],
    [
      'a line added before those alike',
      ['-x = 1;', '-y = 1;', '+new line', '+x = 2;', '+y = 2;'],
      ['|new line', 'x = 1;|x = 2;', 'y = 1;|y = 2;'],
    ],
    [
      'a line removed between them',
      ['-foo(a, 1)', '-gone entirely', '-bar(b, 1)', '+foo(a, 2)', '+bar(b, 2)'],
      ['foo(a, 1)|foo(a, 2)', 'gone entirely|', 'bar(b, 1)|bar(b, 2)'],
    ],
    [
      'the likest of several',
      ['-call one two three', '+jump', '+call one two four'],
      ['|jump', 'call one two three|call one two four'],
    ],
    ['two blocks', ['-a', '+b', '-c', '+d'], ['a|b', 'c|d']],
    ['lines of added ahead of removed', ['+a', '-b'], ['|a', 'b|']],
  ])('%s', (_, diff, want) => {
    expect(shown(pairLines(lines(...diff)))).toEqual(want)
  })

  it('a missing newline belongs to the line before it', () => {
    const [first, second] = pairLines(lines('-a', '\\ No newline at end of file', '+a', '+b'))
    expect(first).toMatchObject({ kind: 'changed', old: { noNewline: true }, new: { noNewline: false } })
    expect(second).toMatchObject({ kind: 'added' })
  })

  it('pairs long blocks line by line', () => {
    const count = MAX_BLOCK_LINES + 1
    const block = [
      ...Array.from({ length: count }, (_, i) => `-old ${i}`),
      ...Array.from({ length: count }, (_, i) => `+${i} completely else`),
    ]
    const rows = shown(pairLines(lines(...block)))
    expect(rows.length).toBe(count)
    expect(rows[700]).toBe('old 700|700 completely else')
  })

  it('tells as soon as a block is long, and where it begins', () => {
    const pairing = new RowPairing()
    const told: (number | null)[] = []
    const block = [' a', ...Array.from({ length: MAX_BLOCK_LINES + 1 }, () => '-x')]
    lines(...block).forEach((line, position) => {
      for (const _ of pairing.add(line, position));
      told.push(pairing.longBlock)
    })
    expect(told.slice(-2)).toEqual([null, 1])
  })

  it.each(Array.from({ length: 200 }, (_, seed) => seed))('loses and reorders nothing: seed %i', (seed) => {
    const next = chance(seed)
    const words = ['a', 'b 1', 'b 2', 'call 0x1f', 'call 0x2f', '', 'x y z', 'x y w']
    const diff = lines(
      ...Array.from({ length: next(80) }, () => `${' -+'[next(3)]}${words[next(words.length)]}`),
    )
    const rows = pairLines(diff)
    for (const [side, number] of [
      ['old', 'oldNumber'],
      ['new', 'newNumber'],
    ] as const) {
      const placed = rows.flatMap((row) => row[side]?.line ?? [])
      expect(placed).toEqual(diff.filter((line) => line[number] !== null))
    }
  })
})

describe('changed segments', () => {
  const show = (segments: TextSegment[]) =>
    segments.map(({ changed, text }) => (changed ? `[${text}]` : text)).join('')
  it.each([
    ['same', 'same', 'same', 'same'],
    ['a b c', 'a x c', 'a [b] c', 'a [x] c'],
    ['a b c', 'a c', 'a [b ]c', 'a c'],
    ['', 'a', '', '[a]'],
    ['one two three', 'ten two thirty', '[one] two [three]', '[ten] two [thirty]'],
    ['a 1 2 b', 'a 3 4 b', 'a [1 2] b', 'a [3 4] b'],
    ['😀', '😁', '[😀]', '[😁]'],
    ['x😀', 'x\ud83d', 'x[😀]', 'x[\ud83d]'],
  ])('%j → %j', (old, fresh, wantOld, wantNew) => {
    const { old: a, new: b } = diffWords(old, fresh)
    expect([show(a), show(b)]).toEqual([wantOld, wantNew])
  })

  it.each(Array.from({ length: 200 }, (_, seed) => seed))(
    'put together they are the lines: seed %i',
    (seed) => {
      const next = chance(seed)
      const text = () =>
        Array.from({ length: next(12) }, () => ['a', 'b', ' ', '  ', '😀', '-', '12'][next(7)]).join('')
      const [old, fresh] = [text(), text()]
      const segments = diffWords(old, fresh)
      const whole = (parts: TextSegment[]) => parts.map((part) => part.text).join('')
      const kept = (parts: TextSegment[]) => whole(parts.filter((part) => !part.changed)).replace(/\s/g, '')
      expect([whole(segments.old), whole(segments.new)]).toEqual([old, fresh])
      expect(kept(segments.old)).toBe(kept(segments.new))
    },
  )

  // By comparing each word with each this would take hours.
  it('of two lines of 1 MB come to an end', () => {
    const { old, new: fresh } = diffWords('a b '.repeat(250_000), 'c d '.repeat(250_000))
    expect(old.map(({ text }) => text).join('')).toBe('a b '.repeat(250_000))
    expect(fresh.map(({ text }) => text).join('')).toBe('c d '.repeat(250_000))
  })
})
