import { describe, expect, it } from 'vitest'
import { filterSection } from '../../../src/diff/debdiff/filter-debdiff.ts'
import { printSection } from '../../../src/diff/debdiff/sections.ts'
import { parseDebdiff } from './parse.ts'

const title = 'Control files of package p: lines which differ (wdiff format)'
const noDifferences = 'No differences were encountered between the control files of package p'

/** The lines of a filtered control section, or the note that replaces it. */
async function filteredLines(
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

describe('removes a change of the version only', () => {
  it.each([
    ['without other text', '1.0', '1.1', 'D: [-1.0-] {+1.1+}'],
    ['with equal text after it', '1.0', '1.1', 'D: a (= [-1.0),-] {+1.1),+} b'],
    ['twice on a line', '1.0', '1.1', 'D: a (= [-1.0),-] {+1.1),+} b (= [-1.0)-] {+1.1)+}'],
    ['with an epoch and a tilde', '1:1.0~rc1-1', '1:1.0-1~x', 'D: [-1:1.0~rc1-1)-] {+1:1.0-1~x)+}'],
    ['with characters that are special in patterns', '1.0+a$1', '1.0+b$&', 'D: [-1.0+a$1)-] {+1.0+b$&)+}'],
    ['if the new version begins with the old one', '1.0', '1.0.1', 'D: [-1.0)-] {+1.0.1)+}'],
    ['if the old version begins with the new one', '1.0.1', '1.0', 'D: [-1.0.1)-] {+1.0)+}'],
    ['on a later line', '1.0', '1.1', 'D: [-1.0-] {+1.1+}', ' x [-1.0,-] {+1.1,+}'],
    ['in the field Version, whatever its values', '1.0', '1.1', 'Version: [-0.9-] {+7+}'],
    ['in the field Installed-Size', '1.0', '1.1', 'Installed-Size: [-10-] {+12+}'],
    ['in a new field Installed-Size', '1.0', '1.1', '{+Installed-Size: 12+}'],
  ])('%s', async (_, oldVersion, newVersion, ...lines) => {
    expect(await filteredLines(lines, oldVersion, newVersion)).toEqual([noDifferences])
  })
})

describe('keeps every other change', () => {
  it.each([
    ['another version', '1.0', '1.1', ['D: [-2.0-] {+2.1+}'], ['D: [-2.0-] {+2.1+}']],
    ['different text after the versions', '1.0', '1.1', ['D: [-1.0)-] {+1.1),+}'], ['D: [-1.0)-] {+1.1),+}']],
    ['text that only a pattern would match', '1.0', '1.1', ['D: [-1x0-] {+1.1+}'], ['D: [-1x0-] {+1.1+}']],
    ['the versions exchanged', '1.0', '1.1', ['D: [-1.1-] {+1.0+}'], ['D: [-1.1-] {+1.0+}']],
    ['a version that is not known', null, '1.1', ['D: [-1.0-] {+1.1+}'], ['D: [-1.0-] {+1.1+}']],
    ['an empty version', '', '', ['D: [-a-] {+a+}'], ['D: [-a-] {+a+}']],
    [
      'a change on a line with a version, which is replaced by the new one',
      '1.0',
      '1.1',
      ['D: a (= [-1.0),-] {+1.1),+} b (= [-3)-] {+4)+}'],
      ['D: a (= 1.1), b (= [-3)-] {+4)+}'],
    ],
    [
      'a continuation line that follows a boring field but belongs to another one',
      '1.0',
      '1.1',
      ['Version: [-1.0-] {+1.1+}', ' a [-long-] {+short+} text'],
      [' a [-long-] {+short+} text'],
    ],
    [
      'a field whose name begins with Version',
      '1.0',
      '1.1',
      ['Version-X: [-a-] {+b+}'],
      ['Version-X: [-a-] {+b+}'],
    ],
  ])('%s', async (_, oldVersion, newVersion, lines, expected) => {
    expect(await filteredLines(lines, oldVersion, newVersion)).toEqual(expected)
  })

  it('does not change file lists and notes', async () => {
    const text =
      'Files in second .deb but not in first\n-------------------------------------\nVersion: [-1-] {+2+}\n\nnote\n'
    for (const section of await parseDebdiff(text))
      expect(await filterSection(section, { oldVersion: '1', newVersion: '2' })).toEqual(section)
  })
})
