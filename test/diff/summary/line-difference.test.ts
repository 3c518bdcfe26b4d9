import { describe, expect, it } from 'vitest'
import { commonRuns, lineDifference } from '../../../src/diff/summary/content/line-difference.ts'

const lines = (text: string) => text.split(' ')

describe('the lines that differ', () => {
  it.each<[string, string, string, number[], number[]]>([
    ['are none in equal texts', 'a b c', 'a b c', [], []],
    ['are those that came in the middle', 'a b', 'a x b', [], [1]],
    ['are those that went at the end', 'a b c', 'a b', [2], []],
    ['are all of two texts that share nothing', 'a b', 'c d', [0, 1], [0, 1]],
    ['are none where only the order differs', 'a b c d', 'a c b d', [], []],
    ['are the repeated lines that came, not those that were there', 'x q x', 'x q y q x', [], [2, 3]],
    ['are those between runs that moved apart', 'a b c d e f', 'a 1 b c d 2 e f', [], [1, 5]],
    ['leave out a line that the other side has elsewhere as often', 'a b c x', 'x a b d', [2], [3]],
  ])('%s', (_, old, newer, removed, added) => {
    expect(lineDifference(lines(old), lines(newer))).toEqual({ removed, added })
  })

  it('are as many as one side has more often than the other, whatever runs are found', () => {
    let seed = 1
    const random = (max: number) => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed % max
    }
    const surplus = (one: readonly string[], other: readonly string[]) =>
      [...new Set(one)].reduce((sum, line) => {
        const count = (list: readonly string[]) => list.filter((each) => each === line).length
        return sum + Math.max(0, count(one) - count(other))
      }, 0)
    for (let round = 0; round < 200; round += 1) {
      const old = Array.from({ length: random(30) }, () => `line ${random(12)}`)
      const newer = old.flatMap((line) =>
        random(5) === 0 ? [] : random(5) === 0 ? [line, `line ${random(14)}`] : [line],
      )
      const { removed, added } = lineDifference(old, newer)
      expect([removed.length, added.length]).toEqual([surplus(old, newer), surplus(newer, old)])
      for (const run of commonRuns(old, newer))
        expect(newer.slice(run.new, run.new + run.length)).toEqual(old.slice(run.old, run.old + run.length))
    }
  })
})
