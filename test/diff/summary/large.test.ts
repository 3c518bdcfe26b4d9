/** Packages that do not fit into memory: large files are compared piece by piece, and many files one after the other. */
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
import { readBuilt, summariseAndClose } from './build-side.ts'

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
