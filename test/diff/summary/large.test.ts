/** Packages that do not fit into memory: large files are compared piece by piece, and many files one after the other. */
import { createHash } from 'node:crypto'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type MadeFile, madeFile, writeDeb } from '../../../bench/kit/deb-writer.ts'
import { bufferSource } from '../../../src/diff/package/byte-source.ts'
import { compareLarge, isLarge } from '../../../src/diff/summary/content/compare-large.ts'
import type { FileContext } from '../../../src/diff/summary/content/content.ts'
import type { Summary } from '../../../src/diff/summary/types.ts'
import { removeTree } from '../../../src/diff/tools/remove-tree.ts'
import { readBuilt, summariseAndClose, summariseSpecs } from './build-side.ts'

async function summariseMade(old: Iterable<MadeFile>, newer: Iterable<MadeFile>): Promise<Summary> {
  const dir = await mkdtemp(join(tmpdir(), 'differ-large-'))
  onTestFinished(() => removeTree(dir))
  const side = async (name: string, version: string, files: Iterable<MadeFile>) => {
    const made = [...files]
    const path = join(dir, `${name}_${version}_all.deb`)
    await writeDeb(path, { name, version, files: () => made, hasMd5sums: true })
    return [await readBuilt(path, dir)]
  }
  return summariseAndClose(await side('teapot', '1-1', old), await side('teapot', '1-2', newer), dir)
}

/** As many files as rules look at together, and some more. */
function* many(
  change: (index: number) => Partial<MadeFile> & { readonly content?: string },
): Generator<MadeFile> {
  for (let index = 0; index < 6_000; index += 1) {
    const path = `usr/share/teapot/${String(index).padStart(5, '0')}.bin`
    const { content = `${index} leaves\n`, ...more } = change(index)
    yield { ...madeFile(path, content), ...more }
  }
}

describe('a package of very many files', () => {
  it('differs by noise only if every one of them does', async () => {
    const summary = await summariseMade(
      many(() => ({ mtime: 1 })),
      many(() => ({ mtime: 2 })),
    )
    expect(summary.verdict).toBe('NOISE_ONLY')
    expect(summary.noise.find(({ class: name }) => name === 'MTIME')?.files).toBe(6_000)
  })

  it.each([
    ['first', 0],
    ['last', 5_999],
  ])('differs if its %s file does', async (_, changed) => {
    const summary = await summariseMade(
      many(() => ({ mtime: 1 })),
      many((index) => ({ mtime: 2, ...(index === changed && { content: 'no leaves\n' }) })),
    )
    expect(summary.verdict).toBe('SUBSTANTIVE')
    expect(summary.findings.map(({ path }) => path)).toContain(
      `usr/share/teapot/${String(changed).padStart(5, '0')}.bin`,
    )
  })
})

/** More lines than are read at once. At most of the paths, the packages have no file. */
describe('a list of very many checksums', () => {
  const paths = Array.from(
    { length: 5_000 },
    (_, index) => `usr/share/teapot/leaves-${String(index).padStart(5, '0')}`,
  )
  const sum = (text: string) => createHash('md5').update(text).digest('hex')
  const lines = (changed: string, prefix = '') =>
    paths.map((path) => `${sum(path === changed ? 'changed' : path)}  ${prefix}${path}\n`)
  const shuffled = (list: readonly string[]) =>
    list.toSorted((a, b) => (a.slice(0, 32) < b.slice(0, 32) ? -1 : 1))
  const changed = paths[4_321] as string
  const summariseLists = async (old: readonly string[], newer: readonly string[]) =>
    (await summariseSpecs([{ md5sums: old.join('') }], [{ version: '1.0-2', md5sums: newer.join('') }]))
      .findings

  it.each<[string, readonly string[], readonly string[]]>([
    ['both are sorted', lines(''), lines(changed)],
    ['neither is sorted', shuffled(lines('')), shuffled(lines(changed))],
    ['one begins paths with ./', lines(''), lines(changed, './')],
    ['one is sorted', shuffled(lines('', './')), lines(changed)],
  ])('shows the line that differs: %s', async (_, old, newer) => {
    expect(await summariseLists(old, newer)).toEqual([
      expect.objectContaining({
        rule: 'MD5SUMS_LIES',
        severity: 'VERIFY',
        path: 'control/md5sums',
        old: sum(changed),
        new: `${sum('changed')}  ${changed}`,
      }),
    ])
  })

  it('shows lines that are no checksum or repeat a path, and counts those that it does not show', async () => {
    const odd = Array.from({ length: 600 }, (_, index) => `odd line ${index}\n`)
    const repeated = `${sum('again')}  ${changed}\n`
    const [finding, ...others] = await summariseLists(lines(''), [...odd, ...lines(''), repeated])
    expect(finding).toMatchObject({
      rule: 'MD5SUMS_LIES',
      old: '',
      new: expect.stringMatching(/^odd line 0\nodd line 1\n/),
    })
    expect(others).toEqual([
      expect.objectContaining({ old: sum(changed), new: `${sum('again')}  ${changed}` }),
    ])
  })
})

const SIDE = { package: 'teapot', source: 'teapot', version: '1', sourceVersion: '1', architecture: 'all' }
const contextOf = (kind: FileContext['kind']): FileContext => ({
  path: 'usr/lib/tea',
  kind,
  old: SIDE,
  new: SIDE,
  depth: 0,
})

describe('a large file', () => {
  const MEGABYTES = 20
  const lines = (last: string) =>
    bufferSource(Buffer.from(`${'a line of tea\n'.repeat((MEGABYTES << 20) / 14)}${last}\nthe end\n`))

  it('of text shows the first line that differs', () => {
    const { noise, changes } = compareLarge(lines('oolong'), lines('sencha'), contextOf('text'))
    expect(noise.size).toBe(0)
    expect(changes).toMatchObject([{ nature: 'LINES', old: 'oolong', new: 'sencha' }])
  })

  it('that is longer by what was appended shows that', () => {
    const one = Buffer.from('same\n')
    const { changes } = compareLarge(
      bufferSource(one),
      bufferSource(Buffer.concat([one, Buffer.from('more\n')])),
      contextOf('text'),
    )
    expect(changes).toMatchObject([{ nature: 'LINES', old: '', new: 'more' }])
  })

  it.each<[FileContext['kind'], string]>([
    ['data', 'BYTES'],
    ['zip', 'BYTES'],
    ['elf', 'BYTES'],
  ])('of the kind %s that is not understood is said to differ', (kind, nature) => {
    const { changes } = compareLarge(lines('oolong'), lines('sencha'), contextOf(kind))
    expect(changes).toMatchObject([{ nature }])
  })

  it('that became empty is said to', () => {
    const { changes } = compareLarge(lines('oolong'), bufferSource(Buffer.alloc(0)), contextOf('text'))
    expect(changes).toMatchObject([{ nature: 'EMPTIED', old: 'a line of tea', new: '' }])
  })

  it.each<[FileContext['kind'], number, boolean]>([
    ['text', 8, false],
    ['text', 9, true],
    ['elf', 9, false],
    ['data', 9, true],
    ['gzip', 30, false],
  ])('of the kind %s and %d MB: %s', (kind, megabytes, expected) => {
    expect(isLarge(kind, megabytes << 20)).toBe(expected)
  })
})
