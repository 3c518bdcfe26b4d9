import { describe, expect, it } from 'vitest'
import { filterSection } from '../../../src/diff/debdiff/filter-debdiff.ts'
import { printSection } from '../../../src/diff/debdiff/sections.ts'
import { parseDebdiff } from './parse.ts'

const title = 'Control files of package p: lines which differ (wdiff format)'
const nothing = 'No differences were encountered between the control files of package p'

/** The lines of a control section that the filter leaves, or the note that takes the section's place. */
async function left(
  lines: string[],
  oldVersion: string | null,
  newVersion: string | null,
): Promise<string[]> {
  const sections = await parseDebdiff([title, '-'.repeat(title.length), ...lines, ''].join('\n'))
  const filtered = await Promise.all(
    sections.map((section) => filterSection(section, { oldVersion, newVersion })),
  )
  const text = filtered.flatMap((section) => [...printSection(section)])
  return text.filter((line) => line !== '' && line !== title && !line.startsWith('---'))
}

describe('a version-only change is no change', () => {
  it.each([
    ['as it is', '1.0', '1.1', 'D: [-1.0-] {+1.1+}'],
    ['with a common tail', '1.0', '1.1', 'D: a (= [-1.0),-] {+1.1),+} b'],
    ['twice', '1.0', '1.1', 'D: a (= [-1.0),-] {+1.1),+} b (= [-1.0)-] {+1.1)+}'],
    ['with an epoch and a tilde', '1:1.0~rc1-1', '1:1.0-1~x', 'D: [-1:1.0~rc1-1)-] {+1:1.0-1~x)+}'],
    ['of characters that mean something to patterns', '1.0+a$1', '1.0+b$&', 'D: [-1.0+a$1)-] {+1.0+b$&)+}'],
    ['where the old one is a prefix of the new', '1.0', '1.0.1', 'D: [-1.0)-] {+1.0.1)+}'],
    ['where the new one is a prefix of the old', '1.0.1', '1.0', 'D: [-1.0.1)-] {+1.0)+}'],
    ['in a later line', '1.0', '1.1', 'D: [-1.0-] {+1.1+}', ' x [-1.0,-] {+1.1,+}'],
    ['of the version itself', '1.0', '1.1', 'Version: [-0.9-] {+7+}'],
    ['of the size', '1.0', '1.1', 'Installed-Size: [-10-] {+12+}'],
    ['of a size that was not there', '1.0', '1.1', '{+Installed-Size: 12+}'],
  ])('%s', async (_, old, fresh, ...lines) => {
    expect(await left(lines, old, fresh)).toEqual([nothing])
  })
})

describe('everything else stays', () => {
  it.each([
    ['another version', '1.0', '1.1', ['D: [-2.0-] {+2.1+}'], ['D: [-2.0-] {+2.1+}']],
    ['another tail', '1.0', '1.1', ['D: [-1.0)-] {+1.1),+}'], ['D: [-1.0)-] {+1.1),+}']],
    ['a pattern that only looks like it', '1.0', '1.1', ['D: [-1x0-] {+1.1+}'], ['D: [-1x0-] {+1.1+}']],
    ['the other way round', '1.0', '1.1', ['D: [-1.1-] {+1.0+}'], ['D: [-1.1-] {+1.0+}']],
    ['an unknown version', null, '1.1', ['D: [-1.0-] {+1.1+}'], ['D: [-1.0-] {+1.1+}']],
    ['an empty version', '', '', ['D: [-a-] {+a+}'], ['D: [-a-] {+a+}']],
    [
      'beside a version, which then reads as the new one',
      '1.0',
      '1.1',
      ['D: a (= [-1.0),-] {+1.1),+} b (= [-3)-] {+4)+}'],
      ['D: a (= 1.1), b (= [-3)-] {+4)+}'],
    ],
    [
      'what debdiff shows below a boring field but belongs to another one',
      '1.0',
      '1.1',
      ['Version: [-1.0-] {+1.1+}', ' a [-long-] {+short+} text'],
      [' a [-long-] {+short+} text'],
    ],
    [
      'a field whose name only begins so',
      '1.0',
      '1.1',
      ['Version-X: [-a-] {+b+}'],
      ['Version-X: [-a-] {+b+}'],
    ],
  ])('%s', async (_, old, fresh, lines, want) => {
    expect(await left(lines, old, fresh)).toEqual(want)
  })

  it('sections of files and notes are as they were', async () => {
    const text =
      'Files in second .deb but not in first\n-------------------------------------\nVersion: [-1-] {+2+}\n\nnote\n'
    for (const section of await parseDebdiff(text))
      expect(await filterSection(section, { oldVersion: '1', newVersion: '2' })).toEqual(section)
  })
})
