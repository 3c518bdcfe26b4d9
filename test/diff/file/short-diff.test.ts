/** Compares Differ's own search for changed lines with GNU diff's. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { shortDiff } from '../../../src/diff/file/short-diff.ts'
import { countOf } from '../../fixtures/seeds.ts'

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'differ-short-'))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

function gnuDiff(old: string, newer: string): string {
  writeFileSync(join(dir, 'a'), old)
  writeFileSync(join(dir, 'b'), newer)
  const { stdout } = spawnSync('diff', ['-aU7', join(dir, 'a'), join(dir, 'b')], { encoding: 'utf8' })
  return stdout.split('\n').slice(2).join('\n')
}

const ownDiff = (old: string, newer: string) => shortDiff(Buffer.from(old), Buffer.from(newer), 7)?.join('')
const lines = (count: number, name = (index: number) => `line ${index}`) =>
  Array.from({ length: count }, (_, index) => `${name(index)}\n`)

describe('the lines found without a program', () => {
  const base = lines(60)
  const edited = (edit: (copy: string[]) => void) => {
    const copy = [...base]
    edit(copy)
    return copy.join('')
  }

  it.each<[what: string, old: string, newer: string]>([
    ['one line replaced', base.join(''), edited((copy) => copy.splice(30, 1, 'other\n'))],
    ['the first line removed', base.join(''), edited((copy) => copy.shift())],
    ['a line added at the end', base.join(''), edited((copy) => copy.push('last\n'))],
    [
      'two changes 14 lines apart, in one hunk',
      base.join(''),
      edited((copy) => {
        copy[10] = 'x\n'
        copy[25] = 'y\n'
      }),
    ],
    [
      'two changes 15 lines apart, in two hunks',
      base.join(''),
      edited((copy) => {
        copy[10] = 'x\n'
        copy[26] = 'y\n'
      }),
    ],
    ['a missing line feed at the end', 'a\nb\n', 'a\nb'],
    ['missing on both sides', 'a\nb', 'a\nc'],
    ['a run that could be in several places', 'a\n\nb\n\nc\n', 'a\n\nb\n\nb\n\nc\n'],
    ['carriage returns, tabs and trailing blanks', 'a\r\nb\t\nc\n', 'a\nb\t\nc \n'],
    ['one line each', 'old', 'new\n'],
    ['no common line', lines(20).join(''), lines(20, (index) => `other ${index}`).join('')],
  ])('are those of GNU diff: %s', (_what, old, newer) => {
    expect(ownDiff(old, newer)).toBe(gnuDiff(old, newer))
  })

  it('turn the old text into the new one, in as few lines as GNU diff needs, for any texts', () => {
    const random = randomNumbers(7)
    let equal = 0
    const rounds = countOf(60, 600)
    for (let round = 0; round < rounds; round += 1) {
      const words = round % 2 ? 4 + random(30) : 500
      const old = lines(20 + random(120), () => `w${random(words)}`)
      const copy = [...old]
      for (let edits = 1 + random(10); edits > 0; edits -= 1)
        copy.splice(random(copy.length), random(3), ...lines(random(3), () => `w${random(words)}`))
      const [before, after] = [old.join(''), copy.join('')]
      const [own, gnu] = [ownDiff(before, after) ?? '', gnuDiff(before, after)]
      expect(applied(before, own)).toBe(after)
      expect(changedCount(own)).toBeLessThanOrEqual(changedCount(gnu))
      if (own === gnu) equal += 1
    }
    // Texts of few words have several shortest differences.
    expect(equal / rounds).toBeGreaterThan(0.95)
  })

  it('are left to GNU diff if there are many', () => {
    expect(ownDiff(lines(2000).join(''), lines(2000, (index) => `other ${index}`).join(''))).toBeUndefined()
  })
})

/** The text that a unified diff makes of another one. */
function applied(old: string, diff: string): string {
  const before = old.split(/(?<=\n)/)
  const after: string[] = []
  let at = 0
  for (const line of diff.split(/(?<=\n)/)) {
    const head = /^@@ -(\d+)(?:,(\d+))? /.exec(line)
    if (head) {
      const start = Number(head[1]) - (head[2] === '0' ? 0 : 1)
      after.push(...before.slice(at, start))
      at = start
    } else if (line.startsWith('-')) at += 1
    else if (line !== '') {
      after.push(line.slice(1))
      if (line.startsWith(' ')) at += 1
    }
  }
  return [...after, ...before.slice(at)].join('')
}

const changedCount = (diff: string) => diff.split('\n').filter((line) => /^[-+]/.test(line)).length

/** The same numbers for the same seed: below the bound that is asked for. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return (state >> 8) % below
  }
}
