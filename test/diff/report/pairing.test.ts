import { describe, expect, it } from 'vitest'
import { pageOfLines, pageOfRows } from '../../../src/diff/report/pages.ts'
import { diffWords, type TextSegment } from '../../../src/diff/report/pairing/changed-words.ts'
import { MAX_BLOCK_LINES, pairLines, type Row, RowPairing } from '../../../src/diff/report/pairing/pairing.ts'
import type { ReportLine } from '../../../src/diff/report/types.ts'
import { chance, node, toReport, withReport } from './model.ts'

/** Lines of a hunk from the lines of a diff. */
function lines(...diff: string[]): ReportLine[] {
  let [old, newer] = [1, 1]
  return diff.map((line) => {
    const kind = ({ '-': 'removed', '+': 'added', '\\': 'noNewline' } as const)[line[0] ?? ''] ?? 'context'
    return {
      kind,
      oldNumber: kind === 'removed' || kind === 'context' ? old++ : null,
      newNumber: kind === 'added' || kind === 'context' ? newer++ : null,
      text: line.slice(1),
      textCut: 0,
      elidedLines: 0,
    }
  })
}

const shown = (rows: Row[]) =>
  rows.map(({ old, new: newer }) => `${old?.line.text ?? ''}|${newer?.line.text ?? ''}`)

describe('pairing lines', () => {
  it.each<[string, string[], string[]]>([
    ['puts context on both sides', [' a', ' b'], ['a|a', 'b|b']],
    ['pairs a changed line', ['-a 1', '+a 2'], ['a 1|a 2']],
    [
      'pairs a single removed line with a single added one, even if they are different',
      ['-abc', '+xyz'],
      ['abc|xyz'],
    ],
    ['leaves a removed line alone', [' a', '-b', ' c'], ['a|a', 'b|', 'c|c']],
    ['leaves an added line alone', ['+a'], ['|a']],
    [
      'recognizes a line that was added before similar ones',
      ['-x = 1;', '-y = 1;', '+new line', '+x = 2;', '+y = 2;'],
      ['|new line', 'x = 1;|x = 2;', 'y = 1;|y = 2;'],
    ],
    [
      'recognizes a line that was removed between similar ones',
      ['-foo(a, 1)', '-gone entirely', '-bar(b, 1)', '+foo(a, 2)', '+bar(b, 2)'],
      ['foo(a, 1)|foo(a, 2)', 'gone entirely|', 'bar(b, 1)|bar(b, 2)'],
    ],
    [
      'pairs the most similar lines',
      ['-call one two three', '+jump', '+call one two four'],
      ['|jump', 'call one two three|call one two four'],
    ],
    ['does not pair across blocks', ['-a', '+b', '-c', '+d'], ['a|b', 'c|d']],
    ['does not pair an added line with a removed line after it', ['+a', '-b'], ['|a', 'b|']],
  ])('%s', (_, diff, expected) => {
    expect(shown(pairLines(lines(...diff)))).toEqual(expected)
  })

  it('assigns a missing newline to the line before it', () => {
    const [first, second] = pairLines(lines('-a', '\\ No newline at end of file', '+a', '+b'))
    expect(first).toMatchObject({ kind: 'changed', old: { noNewline: true }, new: { noNewline: false } })
    expect(second).toMatchObject({ kind: 'added' })
  })

  it('pairs the lines of a long block in order', () => {
    const count = MAX_BLOCK_LINES + 1
    const block = [
      ...Array.from({ length: count }, (_, i) => `-old ${i}`),
      ...Array.from({ length: count }, (_, i) => `+${i} completely else`),
    ]
    const rows = shown(pairLines(lines(...block)))
    expect(rows.length).toBe(count)
    expect(rows[700]).toBe('old 700|700 completely else')
  })

  it('reports the beginning of a block as soon as the block is long', () => {
    const pairing = new RowPairing()
    const reported: (number | null)[] = []
    const block = [' a', ...Array.from({ length: MAX_BLOCK_LINES + 1 }, () => '-x')]
    lines(...block).forEach((line, position) => {
      for (const _ of pairing.add(line, position));
      reported.push(pairing.longBlock)
    })
    expect(reported.slice(-2)).toEqual([null, 1])
  })

  it.each(Array.from({ length: 200 }, (_, seed) => seed))(
    'neither loses nor reorders lines: seed %i',
    (seed) => {
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
        const paired = rows.flatMap((row) => row[side]?.line ?? [])
        expect(paired).toEqual(diff.filter((line) => line[number] !== null))
      }
    },
  )
})

describe('changed words', () => {
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
    [
      'at 2023-12-10 06:07:30 ./',
      'at 2024-01-05 11:22:39 ./',
      'at [2023-12-10 06:07:30] ./',
      'at [2024-01-05 11:22:39] ./',
    ],
    ['deb12u5, a', 'deb12u15, a', '[deb12u5], a', '[deb12u15], a'],
    ['f(1, 2)', 'f(3, 4)', 'f([1], [2])', 'f([3], [4])'],
    ['00 6162    ab', '00 6364    cd', '00 [6162]    [ab]', '00 [6364]    [cd]'],
    ['tea\u200bpot', 'teapot', '[tea\u200bpot]', '[teapot]'],
    ['tea \u200b', 'tea ', 'tea [\u200b]', 'tea '],
  ])('are found between %j and %j', (old, newer, expectedOld, expectedNew) => {
    const { old: a, new: b } = diffWords(old, newer)
    expect([show(a), show(b)]).toEqual([expectedOld, expectedNew])
  })

  it.each(Array.from({ length: 200 }, (_, seed) => seed))('join to the two lines: seed %i', (seed) => {
    const next = chance(seed)
    const text = () =>
      Array.from({ length: next(12) }, () => ['a', 'b', ' ', '  ', '😀', '-', '12'][next(7)]).join('')
    const [old, newer] = [text(), text()]
    const segments = diffWords(old, newer)
    const whole = (parts: TextSegment[]) => parts.map((part) => part.text).join('')
    const common = (parts: TextSegment[]) => whole(parts.filter((part) => !part.changed)).replace(/\s/g, '')
    expect([whole(segments.old), whole(segments.new)]).toEqual([old, newer])
    expect(common(segments.old)).toBe(common(segments.new))
  })

  // Comparing every word with every other one would take hours.
  it('are found in two lines of 1 MB', () => {
    const { old, new: newer } = diffWords('a b '.repeat(250_000), 'c d '.repeat(250_000))
    expect(old.map(({ text }) => text).join('')).toBe('a b '.repeat(250_000))
    expect(newer.map(({ text }) => text).join('')).toBe('c d '.repeat(250_000))
  })
})

describe('two lines that are longer than what is shown of them', () => {
  const long = (end: string) => 'x'.repeat(300_000) + end
  const reportOf = (old: string, newer: string) =>
    toReport(node('root', { details: [node('a', { unified_diff: `@@ -1 +1 @@\n-${old}\n+${newer}\n` })] }))

  /** What the segments mark, in `rows` and in `lines`. */
  async function marked(old: string, newer: string): Promise<{ old: string; new: string }[]> {
    const changed = (segments: readonly TextSegment[] | null | undefined) =>
      (segments ?? []).flatMap((segment) => (segment.changed ? [segment.text] : [])).join('|')
    return withReport(reportOf(old, newer), async (report) => {
      const [hunk] = await report.hunks(1, 0, 1)
      if (!hunk) throw new Error('The report has no hunk')
      const [row] = (await pageOfRows(report, hunk, { first: 1 })).items
      const lines = (await pageOfLines(report, hunk, { first: 2 })).items.map((item) => item.node)
      return [
        { old: changed(await row?.node.old?.segments()), new: changed(await row?.node.new?.segments()) },
        { old: changed(await lines[0]?.segments()), new: changed(await lines[1]?.segments()) },
      ]
    })
  }

  it.each([
    ['at their ends', long('1tail'), long('2tail'), /^1$/, /^2$/],
    ['because one ends', long(''), long('2'), '', '2'],
    ['far from their ends', `${long('1')}${long('')}`, `${long('2')}${long('')}`, /^1$/, /^2$/],
    ['after a character of two units', long('😀1'), long('😀2'), '1', '2'],
    ['within a character of two units', long('😀'), long('😁'), '😀', '😁'],
    ['after megabytes', 'y'.repeat(3_000_000) + long('1'), 'y'.repeat(3_000_000) + long('2'), /1$/, /2$/],
  ])('show where they differ: %s', async (_, old, newer, inOld, inNew) => {
    for (const found of await marked(old, newer)) {
      expect(found.old).toMatch(inOld)
      expect(found.new).toMatch(inNew)
      expect(found.old.length + found.new.length).toBeLessThan(1000)
    }
  })

  it('are searched only so far that a page does not take long', async () => {
    const before = process.cpuUsage()
    const [row] = await marked(`${'y'.repeat(40_000_000)}1`, `${'y'.repeat(40_000_000)}2`)
    expect(row).toEqual({ old: '…', new: '…' })
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 1e6).toBeLessThan(20)
  })
})
