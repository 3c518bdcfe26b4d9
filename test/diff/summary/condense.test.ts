import { describe, expect, it } from 'vitest'
import { condense } from '../../../src/diff/summary/content/condense.ts'
import type { FileContext } from '../../../src/diff/summary/content/content.ts'
import { compareText } from '../../../src/diff/summary/content/text.ts'

const LINES = Array.from({ length: 5_000 }, (_, index) => `line ${index} of a long text`)
const textOf = (change: (line: string, index: number) => string | null) =>
  LINES.map(change)
    .filter((line) => line !== null)
    .join('\n')
const same = textOf((line) => line)

describe('two long texts', () => {
  it('become short by the lines that both have, and are restored', () => {
    const other = textOf((line, index) => (index === 4_000 ? 'another line' : line))
    const { old, new: newer, restore } = condense(same, other)
    expect(old.length).toBeLessThan(same.length / 2)
    expect(restore(old)).toBe(same)
    expect(restore(newer)).toBe(other)
    expect(newer).toContain('another line')
  })

  it('stay as they are if one has a character that marks lines', () => {
    const forged = textOf((line, index) => (index === 4_000 ? '\u00015' : line))
    expect(condense(same, forged)).toMatchObject({ old: same, new: forged })
  })

  const side = (version: string) => ({
    package: 'tea',
    source: 'tea',
    version,
    sourceVersion: version,
    architecture: 'all',
  })
  const file: FileContext = {
    path: 'usr/share/doc/tea/notes.txt',
    kind: 'text',
    old: side('1.0-1'),
    new: side('1.0-1+jan1'),
    depth: 0,
  }
  const compare = (old: string, newer: string) => compareText(Buffer.from(old), Buffer.from(newer), file)

  it('differ by noise only if every line that differs does', () => {
    const of = (version: string) => textOf((line, index) => (index % 1000 === 999 ? `tea ${version}` : line))
    const { noise, changes } = compare(of('1.0-1'), of('1.0-1+jan1'))
    expect([[...noise], changes]).toEqual([['VERSION_ECHO'], []])
  })

  it.each<[string, string, string]>([
    ['a line among noise', textOf((line, index) => (index === 3_000 ? 'drink' : line)), 'LINES'],
    [
      'the order of two lines',
      textOf((_, index) => LINES[index === 3_000 ? 3_001 : index === 3_001 ? 3_000 : index] ?? ''),
      'ORDER',
    ],
    ['a line that is gone', textOf((line, index) => (index === 3_000 ? null : line)), 'LINES'],
    [
      'a line that came twice',
      textOf((line, index) => (index === 3_000 ? `${line}\n${line}` : line)),
      'LINES',
    ],
    ['a mark in place of a line', textOf((line, index) => (index === 3_000 ? '\u00015' : line)), 'LINES'],
  ])('differ by %s', (_, newer, nature) => {
    expect(compare(same, newer).changes.map((one) => one.nature)).toContain(nature)
  })
})
