import { describe, expect, it } from 'vitest'
import { parseFileEntry } from '../../../src/diff/debdiff/file-entry.ts'
import { type DebdiffSection, isDifference, printSection } from '../../../src/diff/debdiff/sections.ts'
import { fieldSide, parseSegments, printSegments } from '../../../src/diff/debdiff/wdiff-segments.ts'
import { chance } from '../report/write-oddly.ts'
import { parseDebdiff as parse } from './parse.ts'

const print = (sections: DebdiffSection[]) =>
  sections.flatMap((section) => [...printSection(section)]).join('\n')
const titled = (title: string, ...lines: string[]) =>
  [title, '-'.repeat(title.length), ...lines, ''].join('\n')

describe('parsing a title', () => {
  it.each([
    ['Files in second set of .debs but not in first', { kind: 'files', change: 'added', package: null }],
    ['Files in second .deb but not in first', { kind: 'files', change: 'added', package: null }],
    ['Files in first set of .debs but not in second', { kind: 'files', change: 'removed', package: null }],
    ['Files in first .deb but not in second', { kind: 'files', change: 'removed', package: null }],
    [
      'New files in second set of .debs, found in package p1',
      { kind: 'files', change: 'added', package: 'p1' },
    ],
    [
      'Files only in first set of .debs, found in package p1',
      { kind: 'files', change: 'removed', package: 'p1' },
    ],
    [
      'Files moved from package p1 to package p2',
      { kind: 'files', change: 'moved', package: 'p1', movedTo: 'p2' },
    ],
    [
      'Files moved or copied from at least TWO packages or to at least TWO packages',
      { kind: 'files', change: 'spread', package: null },
    ],
    [
      'Warning: these package names were in the second list but not in the first:',
      { kind: 'packages', change: 'added' },
    ],
    [
      'Warning: these package names were in the first list but not in the second:',
      { kind: 'packages', change: 'removed' },
    ],
    ['Control files: lines which differ (wdiff format)', { kind: 'control', package: null }],
    ['Control files of package p1: lines which differ (wdiff format)', { kind: 'control', package: 'p1' }],
    ['Postinst files of package p1: lines which differ (wdiff format)', { kind: 'other' }],
  ])('%s gives a typed section', async (title, expected) => {
    const [section, ...more] = await parse(titled(title, 'one', 'two'))
    expect(section).toMatchObject({ title, blanks: 1, ...expected })
    expect(more).toEqual([])
    expect(isDifference(section as DebdiffSection)).toBe(true)
  })

  it.each([
    'File lists identical (after any substitutions)',
    'No differences were encountered between the control files',
    'No differences were encountered between the control files of package p1',
    'a title\n------- ',
    'a title\n------',
  ])('%j gives a note', async (text) => {
    const sections = await parse(`${text}\n`)
    expect(sections).toEqual([{ kind: 'note', title: null, lines: text.split('\n'), blanks: 1 }])
    expect(sections.some(isDifference)).toBe(false)
  })
})

describe('parsing control fields', () => {
  const title = 'Control files: lines which differ (wdiff format)'
  const fieldsOf = async (...lines: string[]) => {
    const [section] = await parse(titled(title, ...lines))
    return section?.kind === 'control' ? section.fields : []
  }

  it.each([
    ['a changed value', ['Version: [-1.0-] {+2.0+}'], 'Version', '1.0', '2.0'],
    [
      'a value changed in the middle',
      ['Depends: a (= [-1),-] {+2),+} b'],
      'Depends',
      'a (= 1), b',
      'a (= 2), b',
    ],
    ['an added word', ['Maintainer: A {+B+} <a@b>'], 'Maintainer', 'A <a@b>', 'A B <a@b>'],
    ['a removed field', ['[-Section: devel-]'], 'Section', 'devel', null],
    ['an added field', ['{+Recommends: zed+}'], 'Recommends', null, 'zed'],
    ['an added line', ['Depends: a, [-b-]', ' {+b (>= 2)+}'], 'Depends', 'a, b', 'a,\n b (>= 2)'],
    [
      'a field without its first line',
      [' long [-one-] {+two+} here'],
      null,
      ' long one here',
      ' long two here',
    ],
  ])('%s', async (_, lines, name, before, after) => {
    const [field, ...more] = await fieldsOf(...lines)
    expect(field).toMatchObject({ name })
    expect(more).toEqual([])
    expect([field && fieldSide(field, 'old'), field && fieldSide(field, 'new')]).toEqual([before, after])
  })

  it.each([
    ['a [-b-] c', ['equal a ', 'removed b', 'equal  c']],
    ['{+{+x+}+}', ['added {+x', 'equal +}']],
    ['[-a-b--]', ['removed a-b-']],
    ['{+}', ['equal {+}']],
    ['{++}[--]', ['added ', 'removed ']],
    ['[- {+x+}', ['equal [- ', 'added x']],
    ['[-a {+b-] c+}', ['removed a {+b', 'equal  c+}']],
    ['', ['equal ']],
  ])('%j is split at its markers', (line, expected) => {
    expect(parseSegments(line).map(({ kind, text }) => `${kind} ${text}`)).toEqual(expected)
  })
})

describe('parsing an entry of a file list', () => {
  const entry = { mode: '-rw-r--r--', owner: 'root', group: 'root', target: null }
  it.each([
    ['-rw-r--r--  root/root   /usr/share/a b', { ...entry, path: '/usr/share/a b' }],
    ['-rw-r--r--  root/root   DEBIAN/conffiles', { ...entry, path: 'DEBIAN/conffiles' }],
    ['-rw-r--r--  1000/77   /x', { ...entry, owner: '1000', group: '77', path: '/x' }],
    ['-rw-r--r--  root/root   /a -> b', { ...entry, path: '/a -> b' }],
    ['lrwxrwxrwx  root/root   /a -> b', { ...entry, mode: 'lrwxrwxrwx', path: '/a', target: 'b' }],
    ['hrw-r--r--  root/root   /a link to ./b', { ...entry, mode: 'hrw-r--r--', path: '/a', target: './b' }],
    ['-rw-r--r--  my   00:00 ./usr/b c', { ...entry, owner: null, group: null, path: '/usr/b c' }],
    ['-rw-r--r--  my   1970-01-01 00:00 ./usr/a', { ...entry, owner: null, group: null, path: '/usr/a' }],
    ['From packages: a, b', null],
    ['', null],
  ])('%j', (line, expected) => {
    expect(parseFileEntry(line)).toEqual(expected)
  })
})

describe('printing parsed sections', () => {
  const pieces = [
    '\n',
    '\n',
    '\n\n',
    '-',
    '---',
    'abc\n---\n',
    ' ',
    '[-',
    '-]',
    '{+',
    '+}',
    'Version: ',
    'é',
    '😀',
    '\r',
    '\t',
    '\0',
    'Control files: lines which differ (wdiff format)\n------------------------------------------------\n',
    'Files in second .deb but not in first\n-------------------------------------\n',
  ]
  it.each(Array.from({ length: 300 }, (_, seed) => seed))(
    'gives the original text: seed %i',
    async (seed) => {
      const next = chance(seed)
      const text = Array.from({ length: next(60) }, () => pieces[next(pieces.length)]).join('')
      expect(print(await parse(text))).toBe(text)
      for (const line of text.split('\n')) expect(printSegments(parseSegments(line))).toBe(line)
    },
  )

  it.each(['[-', '{+', '[-{+', '{+x+}', '-]'])(
    'gives 1 MB of %j on one line, in linear time',
    async (marker) => {
      const text = titled(
        'Control files: lines which differ (wdiff format)',
        marker.repeat(1e6 / marker.length),
      )
      expect(print(await parse(text))).toBe(text)
    },
  )

  it('gives a line of 30 MB, which arrives in many slices', async () => {
    const text = 'x'.repeat(30e6)
    expect(print(await parse(text))).toBe(text)
  })
})
