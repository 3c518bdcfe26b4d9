/** Control files and relations, as dpkg-deb shows them and as policy defines them. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import {
  groupText,
  parseParagraph,
  parseParagraphs,
  parseRelations,
} from '../../../src/diff/package/deb822.ts'
import { buildRun } from '../../fixtures/packages.ts'

const run = promisify(execFile)
const fieldsOf = (text: string) => parseParagraph(text).fields.map(({ name, value }) => [name, value])

describe('a paragraph', () => {
  it.each<[what: string, text: string, fields: (readonly [string, string])[]]>([
    ['one field', 'Package: tea\n', [['Package', 'tea']]],
    ['no blank after the colon', 'Package:tea', [['Package', 'tea']]],
    ['blanks and tabs around the value', 'Package: \t tea \t\n', [['Package', 'tea']]],
    ['a folded value', 'Depends: a,\n b,\n\tc\n', [['Depends', 'a,\n b,\n\tc']]],
    ['an empty first line', 'Conffiles:\n /etc/a 123\n', [['Conffiles', '/etc/a 123']]],
    [
      'a colon in the value',
      'Homepage: https://example.org:80/\n',
      [['Homepage', 'https://example.org:80/']],
    ],
    ['a line with a dot', 'Description: x\n .\n y\n', [['Description', 'x\n .\n y']]],
    [
      'one field twice',
      'A: 1\nA: 2\n',
      [
        ['A', '1'],
        ['A', '2'],
      ],
    ],
    ['only the first paragraph', 'A: 1\n\nB: 2\n', [['A', '1']]],
    ['a line of blanks as the end', 'A: 1\n \t\nB: 2\n', [['A', '1']]],
    ['nothing', '', []],
  ])('has %s', (_what, text, fields) => {
    expect(fieldsOf(text)).toEqual(fields)
  })

  it.each<[what: string, text: string, stray: string[]]>([
    ['without a colon', 'A: 1\nno field\n', ['no field']],
    ['with a blank in the name', 'two words: 1\n', ['two words: 1']],
    ['that continues nothing', ' a\nA: 1\n', [' a']],
    ['that is a comment', '# A: 1\nB: 2\n', ['# A: 1']],
  ])('keeps a line apart %s', (_what, text, stray) => {
    expect(parseParagraph(text).strayLines).toEqual(stray)
  })

  it('returns the last of two fields of one name, in any case of letters', () => {
    const paragraph = parseParagraph('A: 1\na: 2\n')
    expect([paragraph.get('A'), paragraph.get('b')]).toEqual(['2', undefined])
  })

  it('is one of several in a file of templates', () => {
    const all = parseParagraphs('Template: a\nType: note\n\n\nTemplate: b\n')
    expect(all.map((one) => one.get('template'))).toEqual(['a', 'b'])
  })

  it('of a package has the values that dpkg-deb prints', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'differ-deb822-'))
    try {
      const control = { Depends: 'a (>= 1),\n b | c', Homepage: 'https://example.org/', Section: 'misc' }
      await buildRun(dir, [{ name: 'tea', version: '1.0-1', control }])
      const deb = join(dir, 'tea_1.0-1_all.deb')
      const { stdout: text } = await run('dpkg-deb', ['-f', deb])
      const paragraph = parseParagraph(text)
      for (const name of paragraph.names()) {
        const { stdout } = await run('dpkg-deb', ['-f', deb, name])
        // dpkg-deb joins the lines of some fields.
        expect([name, paragraph.get(name)?.replace(/\s+/g, ' ')]).toEqual([
          name,
          stdout.trim().replace(/\s+/g, ' '),
        ])
      }
      expect(paragraph.names()).toContain('Depends')
    } finally {
      await rm(dir, { recursive: true })
    }
  })
})

describe('a relation', () => {
  it.each([
    ['libc6', { name: 'libc6', qualifier: '', operator: '', version: '' }],
    ['libc6 (>= 2.36)', { name: 'libc6', operator: '>=', version: '2.36' }],
    ['libc6(>=2.36)', { name: 'libc6', operator: '>=', version: '2.36' }],
    ['python3:any (<< 3.12)', { name: 'python3', qualifier: 'any', operator: '<<', version: '3.12' }],
    ['a (= 1:2-3~x+y)', { name: 'a', operator: '=', version: '1:2-3~x+y' }],
    ['a (1)', { name: 'a', operator: '=', version: '1' }],
    ['a (< 1)', { name: 'a', operator: '<=', version: '1' }],
    ['a (> 1)', { name: 'a', operator: '>=', version: '1' }],
    ['a (>= 1) [amd64 !i386] <!nocheck>', { name: 'a', restrictions: '[amd64 !i386] <!nocheck>' }],
    ['a  (>=\n 1)', { name: 'a', operator: '>=', version: '1', text: 'a (>= 1)' }],
    ['a (>= 1', { name: 'a (>= 1', operator: '', version: '' }],
    [String.raw`a\b`, { name: String.raw`a\b`, operator: '' }],
  ])('is read: %j', (text, expected) => {
    expect(parseRelations(text)).toMatchObject([[expected]])
  })

  it.each([
    ['a, b | c,d', [['a'], ['b', 'c'], ['d']]],
    ['', []],
    [' , a,, ', [['a']]],
    ['a |', [['a', '']]],
  ])('stands in a list: %j', (text, names) => {
    expect(parseRelations(text).map((group) => group.map(({ name }) => name))).toEqual(names)
  })

  it('keeps its text', () => {
    expect(parseRelations('a (>= 1) | b:any, c').map(groupText)).toEqual(['a (>= 1) | b:any', 'c'])
  })

  it.each(['(', '[', '<', '<<', ' ', 'a (', ':', '|', 'a [', 'a <', '((>='])(
    'is read in time from 300,000 times %j',
    (part) => {
      const before = process.cpuUsage()
      parseRelations(`a ${part.repeat(300_000)}`)
      parseParagraph(`A: ${part.repeat(300_000)}\n${part.repeat(300_000)}`)
      expect(process.cpuUsage(before).user).toBeLessThan(5_000_000)
    },
  )
})
