import { describe, expect, it } from 'vitest'
import type { ReportHunk, ReportLine } from '../../../src/diff/report/types.ts'
import { chance, node, randomTree, withReport, writeOddly } from './model.ts'

/** Runs of removed, added and context lines, both short and long. Some extend over many checkpoints. */
function runs(next: (below: number) => number): string {
  const run = () => {
    const sign = [' ', '-', '+'][next(3)]
    const length = next(4) === 0 ? next(6000) : next(4)
    const text = next(9) === 0 ? 'y'.repeat(90_000) : 'x'.repeat(next(60))
    const lines = Array.from({ length: text.length > 100 ? 2 : length }, () => `${sign}${text}\n`)
    return lines.join('') + (next(5) === 0 ? '\\ No newline at end of file\n' : '')
  }
  return Array.from(
    { length: 1 + next(3) },
    () => `@@ -1,9 +1,9 @@\n${Array.from({ length: 1 + next(12) }, run).join('')}`,
  ).join('')
}

const reportOf = (diff: string, next: (below: number) => number) =>
  writeOddly(
    { 'diffoscope-json-version': 1, ...node('root', { details: [node('x', { unified_diff: diff })] }) },
    next,
  )

async function linesOf(report: { lines(hunk: ReportHunk): AsyncGenerator<ReportLine[]> }, hunk: ReportHunk) {
  const lines: ReportLine[] = []
  for await (const batch of report.lines(hunk)) lines.push(...batch)
  return lines
}

describe('a line of a hunk', () => {
  it.each(Array.from({ length: 20 }, (_, seed) => seed))(
    'is found as the next one on a side: seed %i',
    async (seed) => {
      const next = chance(seed)
      const report = JSON.stringify({
        'diffoscope-json-version': 1,
        ...node('root', { details: [node('x', { unified_diff: runs(next) })] }),
      })
      await withReport(report, async (opened) => {
        for (const hunk of await opened.hunks(1, 0, 9)) {
          const lines = await linesOf(opened, hunk)
          expect(lines.length).toBe(hunk.lines)
          const positions = [0, lines.length, ...Array.from({ length: 12 }, () => next(lines.length + 1))]
          for (const from of positions)
            for (const [side, number] of [
              ['old', 'oldNumber'],
              ['new', 'newNumber'],
            ] as const) {
              const expected = lines.findIndex((line, at) => at >= from && line[number] !== null)
              expect(await opened.nextLineOn(hunk, side, from)).toBe(expected < 0 ? lines.length : expected)
            }
        }
      })
    },
  )

  it.each(Array.from({ length: 20 }, (_, seed) => seed))(
    'can be read in parts, in any notation: seed %i',
    async (seed) => {
      const next = chance(seed)
      const diff = randomTree(next).unified_diff ?? runs(next)
      await withReport(reportOf(diff, next), async (opened) => {
        for (const hunk of await opened.hunks(1, 0, 9)) {
          const lines = await linesOf(opened, hunk)
          for (let reads = 0; reads < 8 && lines.length > 0; reads += 1) {
            const line = next(lines.length)
            const { text, textCut } = lines[line] as ReportLine
            const length = 2 + next(text.length)
            const parts: string[] = []
            for (let more = text !== ''; more; ) {
              const part = await opened.lineText(hunk, line, parts.join('').length, length)
              expect(part.text.length).toBeLessThanOrEqual(length)
              parts.push(part.text)
              more = part.more
            }
            expect(parts.join('').slice(0, text.length) === text).toBe(true)
            expect(parts.join('').length).toBe(text.length + textCut)
            await expect(opened.lineText(hunk, line, text.length + textCut, 5)).rejects.toThrow(RangeError)
            await expect(opened.lineText(hunk, lines.length, 0, 5)).rejects.toThrow(RangeError)
          }
        }
      })
    },
  )
})
