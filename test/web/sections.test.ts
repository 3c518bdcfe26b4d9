/** The sections of a debdiff as the page lists them. */
import { expect, it } from 'vitest'
import { type Section, withoutRepetition } from '../../web/comparison/section.ts'

const fields = (name: string, version: string): Section => ({
  __typename: 'DebdiffControlFields',
  title: null,
  package: name,
  fields: [{ name: 'Version', lines: [[{ kind: 'EQUAL', text: `Version: ${version}` }]] }],
})
const note: Section = { __typename: 'DebdiffNote', title: null, lines: ['No differences'] }

it('lists the same control fields of several packages once, with all their names', () => {
  const sections = [fields('tea', '1'), note, fields('pot', '2'), fields('cup', '1')]
  expect(withoutRepetition(sections)).toEqual([
    { section: sections[0], index: 0, packages: ['tea', 'cup'] },
    { section: note, index: 1, packages: [] },
    { section: sections[2], index: 2, packages: ['pot'] },
  ])
})
