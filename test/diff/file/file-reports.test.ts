/** Reports of single files, made from real packages. */
import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { removeTree } from '../../../src/diff/tools/remove-tree.ts'
import { FileNotFoundError, PackageNotFoundError } from '../../../src/errors.ts'
import type { FileAddress, RunPair } from '../../../src/model.ts'
import type { PackageSpec } from '../../fixtures/packages.ts'
import { countOf } from '../../fixtures/seeds.ts'
import { type Kit, MAKE_OPTIONS, makeKit } from '../engine-kit.ts'
import { editMember, patched, type TarPart, zip } from '../summary/archives.ts'
import { bzip2, gzip, xz, zstd } from './compress.ts'
import { shownNodes } from './read-report.ts'

type Files = NonNullable<PackageSpec['files']>

const tea = (files: Files, more: Partial<PackageSpec> = {}): PackageSpec => ({
  name: 'tea',
  version: '1',
  files,
  ...more,
})

/** The nodes below the root; null if a tool is needed. */
async function nodesOf(kit: Kit, pair: RunPair, file: Partial<FileAddress>, mayUseTool = false) {
  const address = { package: 'tea', path: '', oldPath: null, oldPackage: null, ...file }
  const stored = await kit.engine.files.get(pair, address, mayUseTool, MAKE_OPTIONS)
  if (!stored) return null
  return shownNodes(stored)
}

async function nodesOfFiles(old: Files, newer: Files, file: Partial<FileAddress>, mayUseTool = false) {
  const kit = await makeKit()
  return nodesOf(kit, await kit.addPair('tea', [tea(old)], [tea(newer)]), file, mayUseTool)
}

const utf16 = (text: string, mark = true) => Buffer.from((mark ? '\ufeff' : '') + text, 'utf16le')
const PATH = 'usr/share/tea/leaves'

describe('text', () => {
  const DIFF = '@@ -1,2 +1,2 @@\n-Grüner Tee\n+Weißer Tee\n Mate\n'
  const [OLD, NEW] = ['Grüner Tee\nMate\n', 'Weißer Tee\nMate\n']

  it.each<[encoding: string, encode: (text: string) => Buffer]>([
    ['UTF-8', (text) => Buffer.from(text)],
    ['UTF-8 with a mark', (text) => Buffer.from(`\ufeff${text}`)],
    ['ISO 8859-1', (text) => Buffer.from(text, 'latin1')],
    ['UTF-16, little-endian', (text) => utf16(text)],
    ['UTF-16, big-endian', (text) => utf16(text).swap16()],
    ['UTF-16 without a mark', (text) => utf16(text, false)],
    ['UTF-16, big-endian, without a mark', (text) => utf16(text, false).swap16()],
  ])('is compared line by line: %s', async (_encoding, encode) => {
    const nodes = await nodesOfFiles({ [PATH]: encode(OLD) }, { [PATH]: encode(NEW) }, { path: PATH })
    expect(nodes).toEqual([{ names: PATH, diff: DIFF }])
  })

  it.each<[format: string, ending: string, pack: (text: string) => Buffer]>([
    ['gzip', 'gz', gzip],
    ['xz', 'xz', xz],
    ['zstd', 'zst', zstd],
    ['bzip2', 'bz2', bzip2],
  ])('is compared inside %s, under the name without the ending', async (_format, ending, pack) => {
    const path = `usr/share/doc/tea/NEWS.${ending}`
    const nodes = await nodesOfFiles({ [path]: pack(OLD) }, { [path]: pack(NEW) }, { path })
    expect(nodes).toEqual([{ names: path }, { names: 'NEWS', diff: DIFF }])
  })

  it('says so if only the compression or the encoding differs', async () => {
    const files = (one: Buffer, other: Buffer): Files => ({ 'usr/a.gz': one, 'usr/b': other })
    const kit = await makeKit()
    const pair = await kit.addPair(
      'tea',
      [tea(files(gzip(OLD, 1), Buffer.from(OLD)))],
      [tea(files(gzip(OLD, 9), Buffer.from(OLD, 'latin1')))],
    )
    expect(await nodesOf(kit, pair, { path: 'usr/a.gz' })).toEqual([
      { names: 'usr/a.gz', comments: ['Only the compression differs.'] },
    ])
    expect(await nodesOf(kit, pair, { path: 'usr/b' })).toEqual([
      { names: 'usr/b' },
      { names: 'encoding', diff: '@@ -1 +1 @@\n-utf-8\n+iso-8859-1\n' },
    ])
  })

  it('is compared inside a compressed file whatever its encoding', async () => {
    const path = 'usr/share/doc/tea/NEWS.gz'
    const packed = (text: string) => gzipSync(utf16(text))
    expect(await nodesOfFiles({ [path]: packed(OLD) }, { [path]: packed(NEW) }, { path })).toEqual([
      { names: path },
      { names: 'NEWS', diff: DIFF },
    ])
  })

  it.each<[what: string, content: (byte: number) => Buffer]>([
    [
      'a compressed file that is damaged',
      (byte) => Buffer.concat([gzip(OLD).subarray(0, 20), Buffer.from([byte])]),
    ],
    ['a compressed file that unpacks to more than is read', (byte) => gzipSync(Buffer.alloc(65 << 20, byte))],
    ['a compressed binary file', (byte) => gzipSync(Buffer.from([0, 1, 2, byte]))],
  ])('needs a tool as %s', async (_what, content) => {
    const path = 'usr/share/doc/tea/NEWS.gz'
    expect(await nodesOfFiles({ [path]: content(0) }, { [path]: content(1) }, { path })).toBeNull()
  })

  it('shows tabs, trailing blanks and control characters as they are', async () => {
    const nodes = await nodesOfFiles(
      { [PATH]: 'a\tb\nc\n' },
      { [PATH]: 'a    b\nc \x1b[31m\n' },
      { path: PATH },
    )
    expect(nodes?.[0]?.diff).toBe('@@ -1,2 +1,2 @@\n-a\tb\n-c\n+a    b\n+c \x1b[31m\n')
  })

  it('shows line ends, and a line feed that is missing at the end', async () => {
    const nodes = await nodesOfFiles({ [PATH]: 'a\r\nb\n' }, { [PATH]: 'a\nb' }, { path: PATH })
    expect(nodes?.[0]?.diff).toBe('@@ -1,2 +1,2 @@\n-a\r\n-b\n+a\n+b\n\\ No newline at end of file\n')
  })

  it('has the hunks that diffoscope finds', async () => {
    const old = Array.from({ length: 300 }, (_, index) => `line ${index % 40} of ${index}\n`)
    const newer = old.flatMap((line, index) =>
      index % 50 === 7 ? [] : index % 60 === 11 ? [`${line.trim()} \n`, 'é more\n'] : [line],
    )
    const dir = await mkdtemp(join(tmpdir(), 'differ-file-'))
    try {
      await writeFile(join(dir, 'old'), old.join(''))
      await writeFile(join(dir, 'new'), newer.join(''))
      let expected = ''
      try {
        execFileSync('diffoscope', ['--json=-', join(dir, 'old'), join(dir, 'new')])
      } catch (error) {
        expected = JSON.parse(String((error as { stdout: Buffer }).stdout)).unified_diff
      }
      const nodes = await nodesOfFiles({ [PATH]: old.join('') }, { [PATH]: newer.join('') }, { path: PATH })
      expect(nodes?.[0]?.diff).toBe(expected)
    } finally {
      await removeTree(dir)
    }
  })

  it('ends in time for a very long line, very many changed lines and texts without a common line', async () => {
    const lines = countOf(40_000, 100_000)
    const many = (word: string, count: number) =>
      Array.from({ length: count }, (_, at) => `${word} ${at}\n`).join('')
    const files = (word: string): Files => ({
      'usr/long': `${word.repeat(countOf(10_000_000, 30_000_000) / word.length)}\n`,
      'usr/many': many('same', 1).repeat(3) + many(word, lines),
      'usr/half': Array.from({ length: lines }, (_, at) => (at % 2 ? `${at}\n` : `${word} ${at}\n`)).join(''),
    })
    const kit = await makeKit()
    const pair = await kit.addPair('tea', [tea(files('black'))], [tea(files('white'))])
    for (const [path, changed] of [
      ['usr/long', 1],
      ['usr/many', lines],
      ['usr/half', lines / 2],
    ] as const) {
      const stored = await kit.engine.files.get(
        pair,
        { package: 'tea', path, oldPath: null, oldPackage: null },
        false,
        MAKE_OPTIONS,
      )
      expect(stored?.counts).toMatchObject({ addedLines: changed, removedLines: changed })
    }
  })
})

describe('files of the control archive', () => {
  it('are named as in a summary', async () => {
    const kit = await makeKit()
    const spec = (description: string) => tea({}, { control: { Description: description } })
    const pair = await kit.addPair('tea', [spec('black')], [spec('white')])
    const [node] = (await nodesOf(kit, pair, { path: 'control/control' })) ?? []
    expect(node?.names).toBe('control/control')
    expect(node?.diff).toContain('-Description: black\n+Description: white\n')
  })

  it('can be read if only one side has them', async () => {
    const script = { content: '#!/bin/sh\nset -e\n', mode: 0o755 }
    const nodes = await nodesOfFiles({}, { 'DEBIAN/postinst': script }, { path: 'control/postinst' })
    expect(nodes).toMatchObject([
      {
        names: 'control/postinst',
        comments: ['Only in the new package'],
        diff: '@@ -0,0 +1,2 @@\n+#!/bin/sh\n+set -e\n',
      },
      { names: 'attributes of control/postinst' },
    ])
  })
})

describe('binary files', () => {
  it('are compared by diffoscope, under their own names, if the caller may start it', async () => {
    const kit = await makeKit()
    const bytes = (last: number) => Buffer.from([0, 1, 2, 0, last])
    const pair = await kit.addPair(
      'tea',
      [tea({ 'usr/bin/pot': bytes(3) })],
      [tea({ 'usr/bin/pot': bytes(4) })],
    )
    expect(await nodesOf(kit, pair, { path: 'usr/bin/pot' })).toBeNull()
    expect(await kit.startedTools()).toEqual([])
    const [node] = (await nodesOf(kit, pair, { path: 'usr/bin/pot' }, true)) ?? []
    expect(node?.names).toBe('usr/bin/pot')
    expect(node?.diff).toContain('-00000000: 0001 0200 03')
    expect(await kit.startedTools()).toEqual(['diffoscope pot'])
    // Cached now.
    expect(await nodesOf(kit, pair, { path: 'usr/bin/pot' })).toHaveLength(1)
    expect(await kit.leftovers()).toEqual({ processes: [], files: [] })
  })

  it('are compared inside archives in archives, as diffoscope does', async () => {
    const path = 'usr/share/tea/pots.zip'
    const pots = (leaf: string) => zip({ 'cups.zip': zip({ leaf: `${leaf}\n` }) })
    const nodes = await nodesOfFiles({ [path]: pots('black') }, { [path]: pots('white') }, { path }, true)
    expect(nodes?.map(({ names }) => names)).toEqual(expect.arrayContaining([path, 'cups.zip', 'leaf']))
    expect(nodes?.find(({ names }) => names === 'leaf')?.diff).toBe('@@ -1 +1 @@\n-black\n+white\n')
  })

  it('are compared section by section if they are programs', async () => {
    const program = await readFile('/usr/bin/true', 'latin1')
    const renamed = Buffer.from(program.replace('GNU coreutils', 'GNU corestuff'), 'latin1')
    const path = 'usr/bin/pot'
    const nodes = await nodesOfFiles(
      { [path]: { content: Buffer.from(program, 'latin1'), mode: 0o755 } },
      { [path]: { content: renamed, mode: 0o755 } },
      { path },
      true,
    )
    const section = nodes?.find(({ names }) => names.includes('.rodata'))
    expect(section?.diff).toMatch(/^\+ {2}0x/m)
  })

  it('have their attributes compared, too', async () => {
    const file = (last: number, mode: number) => ({ content: Buffer.from([0, 1, 2, 0, last]), mode })
    const nodes = await nodesOfFiles(
      { 'usr/bin/pot': file(3, 0o755) },
      { 'usr/bin/pot': file(4, 0o4755) },
      { path: 'usr/bin/pot' },
      true,
    )
    expect(nodes?.map(({ names }) => names)).toEqual(['usr/bin/pot', 'attributes of usr/bin/pot'])
    expect(nodes?.[1]?.diff).toContain('-mode: 0755\n+mode: 4755\n')
  })

  it('are described by facts if only one side has them', async () => {
    const program = await readFile('/usr/bin/true')
    const nodes = await nodesOfFiles({}, { 'usr/bin/pot': program }, { path: 'usr/bin/pot' })
    expect(nodes?.[0]?.diff).toContain(`+kind: elf\n+size: ${program.length} bytes\n`)
    expect(nodes?.[0]?.diff).toMatch(/^\+needs: libc\.so\.6$/m)
  })
})

describe('what is no file', () => {
  it('is described by its attributes', async () => {
    const nodes = await nodesOfFiles(
      { 'usr/lib/tea': { link: 'black' } },
      { 'usr/lib/tea': { link: 'white' } },
      { path: 'usr/lib/tea' },
    )
    expect(nodes?.map(({ names }) => names)).toEqual(['attributes of usr/lib/tea'])
    expect(nodes?.[0]?.diff).toContain('-target: black\n+target: white\n')
  })

  it('never leads elsewhere: the file behind a link is not read', async () => {
    const nodes = await nodesOfFiles({}, { 'usr/lib/tea': { link: '/etc/passwd' } }, { path: 'usr/lib/tea' })
    expect(JSON.stringify(nodes)).toContain('target: /etc/passwd')
    expect(JSON.stringify(nodes)).not.toContain('root:x:0')
  })

  it('shows the content of a file that became a link', async () => {
    const nodes = await nodesOfFiles({ [PATH]: 'black\n' }, { [PATH]: { link: 'x' } }, { path: PATH })
    expect(nodes?.[0]).toEqual({ names: PATH, diff: '@@ -1 +0,0 @@\n-black\n' })
    expect(nodes?.[1]?.diff).toContain('-type: file\n+type: symlink\n')
  })
})

describe('other paths', () => {
  const text = 'assam\nceylon\ndarjeeling\n'

  it('are compared if the address names both', async () => {
    const nodes = await nodesOfFiles(
      { 'usr/black': text },
      { 'usr/white': `${text}silver needle\n`, 'usr/black': text },
      { path: 'usr/white', oldPath: 'usr/black' },
    )
    expect(nodes).toEqual([
      {
        names: 'usr/black → usr/white',
        diff: '@@ -1,3 +1,4 @@\n assam\n ceylon\n darjeeling\n+silver needle\n',
      },
    ])
  })

  it('are found if a file has moved', async () => {
    const nodes = await nodesOfFiles({ 'usr/black': text }, { 'usr/white': text }, { path: 'usr/white' })
    expect(nodes).toEqual([{ names: 'usr/black → usr/white', comments: ['The content is the same.'] }])
  })

  it.each([
    ['the new', 'usr/lib/libtea.so.1.3.0'],
    ['the old', 'usr/lib/libtea.so.1.2.0'],
  ])('are found from %s side if a file is named after its version', async (_side, path) => {
    const files = (version: string, word: string) => ({
      [`usr/lib/libtea.so.${version}`]: `${text}${word}\n`,
      'usr/lib/libcup.so.1': 'cup\n',
    })
    const nodes = await nodesOfFiles(files('1.2.0', 'black'), files('1.3.0', 'white'), { path })
    expect(nodes).toEqual([
      {
        names: 'usr/lib/libtea.so.1.2.0 → usr/lib/libtea.so.1.3.0',
        diff: '@@ -1,4 +1,4 @@\n assam\n ceylon\n darjeeling\n-black\n+white\n',
      },
    ])
  })

  it('are not found among several files with the same content', async () => {
    const twice = { 'usr/white': text, 'usr/whiter': text }
    const nodes = await nodesOfFiles({ 'usr/black': text }, twice, { path: 'usr/white' })
    expect(nodes?.[0]).toMatchObject({ names: 'usr/white', comments: ['Only in the new package'] })
  })

  it('are found if the package has another name', async () => {
    const kit = await makeKit()
    const pair = await kit.addPair(
      'tea',
      [{ ...tea({ [PATH]: 'black\n' }), name: 'libtea1' }],
      [{ ...tea({ [PATH]: 'white\n' }), name: 'libtea2' }],
    )
    expect(await nodesOf(kit, pair, { package: 'libtea2', path: PATH })).toEqual([
      { names: PATH, diff: '@@ -1 +1 @@\n-black\n+white\n' },
    ])
  })

  it.each([
    ['an unknown package', { package: 'coffee', path: PATH }, PackageNotFoundError],
    ['an unknown file', { path: 'usr/bin/coffee' }, FileNotFoundError],
    ['an unknown old file', { path: PATH, oldPath: 'usr/bin/coffee' }, FileNotFoundError],
    ['a path that leads out', { path: '../../etc/passwd' }, FileNotFoundError],
  ])('fail for %s', async (_what, file, error) => {
    await expect(nodesOfFiles({ [PATH]: 'black\n' }, { [PATH]: 'white\n' }, file)).rejects.toThrow(error)
  })
})

describe('names', () => {
  it.each([
    ['an escape sequence', 'usr/\x1b[31mred', 'usr/\\x1b[31mred'],
    ['markup', 'usr/<b>&', 'usr/<b>&'],
    ['a leading dash', 'usr/-rf', 'usr/-rf'],
  ])('with %s are found, and shown without harm', async (_what, path, shown) => {
    const nodes = await nodesOfFiles(
      { [path]: 'black\n' },
      { [path]: Buffer.from([0, 1, 2]) },
      { path },
      true,
    )
    expect(nodes?.[0]?.names).toBe(shown)
  })
})

describe('members that no packager makes', () => {
  const LEAF = './usr/share/tea/leaf'
  /** Turns the file into a member of another type without content. */
  const ofType =
    (type: string, link = '') =>
    (part: TarPart) => ({
      header: patched(patched(patched(part.header, 156, type), 157, link), 124, '00000000000'),
      content: Buffer.alloc(0),
    })
  const renamed = (name: string) => (part: TarPart) => ({
    ...part,
    header: patched(part.header, 0, name.padEnd(100, '\0')),
  })

  it.each<[what: string, edit: (part: TarPart) => TarPart, path: string, shown: string]>([
    [
      'a line feed in its name',
      renamed('./usr/a\nb'),
      'usr/a\nb',
      '"usr/a\\\\x0ab","comments":["Only in the new package"],"diff":"@@ -0,0 +1 @@\\n+green',
    ],
    ['a name that leads out', renamed('./../../etc/passwd'), '../../etc/passwd', '+green'],
    ['a name that is not UTF-8', renamed('./usr/caf\xe9'), 'usr/caf\\xe9', '+green'],
    ['a character device', ofType('3'), 'usr/share/tea/leaf', '+type: character device'],
    ['a block device', ofType('4'), 'usr/share/tea/leaf', '+type: block device'],
    ['a named pipe', ofType('6'), 'usr/share/tea/leaf', '+type: fifo'],
    ['a sparse file', ofType('S'), 'usr/share/tea/leaf', '+type: unknown'],
    ['a member of an unknown type', ofType('Z'), 'usr/share/tea/leaf', '+type: unknown'],
    [
      'a symbolic link out',
      ofType('2', '../../../etc/passwd'),
      'usr/share/tea/leaf',
      '+target: ../../../etc/passwd',
    ],
    ['a hard link to itself', ofType('1', './usr/share/tea/leaf'), 'usr/share/tea/leaf', '+type: hardlink'],
    ['a hard link', ofType('1', './usr/share/tea/stem'), 'usr/share/tea/leaf', '+brown'],
    [
      'a hard link to a file outside',
      ofType('1', '../../etc/passwd'),
      'usr/share/tea/leaf',
      '+type: hardlink',
    ],
  ])('are shown and never opened: %s', async (_what, edit, path, shown) => {
    const kit = await makeKit()
    const files = { 'usr/share/tea/leaf': 'green\n', 'usr/share/tea/stem': 'brown\n' }
    const old = tea({ 'usr/share/tea/stem': 'brown\n' })
    const pair = await kit.addPair('tea', [old], [tea(files, { compression: 'none' })])
    const deb = join(kit.root, 'artifacts', pair.new.id, 'tea_1_all.deb')
    const edited = editMember(LEAF, edit)(await readFile(deb))
    // The original may be a link to a file that other tests use.
    await unlink(deb)
    await writeFile(deb, edited)
    expect(JSON.stringify(await nodesOf(kit, pair, { path }))).toContain(shown)
  })
})

describe('the cache', () => {
  it('has the report of equal files of other runs, without comparing them again', async () => {
    const kit = await makeKit()
    const specs = [
      [tea({ 'usr/bin/pot': Buffer.from([0, 1]) })],
      [tea({ 'usr/bin/pot': Buffer.from([0, 2]) })],
    ] as const
    const one = await kit.addPair('one', ...specs)
    const other = await kit.addPair('other', ...specs)
    await nodesOf(kit, one, { path: 'usr/bin/pot' }, true)
    expect(await nodesOf(kit, other, { path: 'usr/bin/pot' })).toHaveLength(1)
    expect(await kit.startedTools()).toHaveLength(1)
  })

  it('has one file and its stamp for a small report, but no index', async () => {
    const kit = await makeKit()
    const pair = await kit.addPair('tea', [tea({ [PATH]: 'black\n' })], [tea({ [PATH]: 'white\n' })])
    expect(await nodesOf(kit, pair, { path: PATH })).toHaveLength(1)
    const differDir = join(kit.cache.root, 'differ')
    const filesOf = (part: string) => readdir(join(differDir, part))
    expect([await filesOf('entries/file'), await filesOf('stamps/file')]).toEqual([
      [expect.stringMatching(/\.json$/)],
      [expect.stringMatching(/^\+/)],
    ])
    expect(await readdir(differDir)).not.toContain('index')
  })

  it('makes a report once for all callers', async () => {
    const kit = await makeKit()
    const pair = await kit.addPair(
      'tea',
      [tea({ 'usr/bin/pot': Buffer.from([0, 1]) })],
      [tea({ 'usr/bin/pot': Buffer.from([0, 2]) })],
    )
    const all = await Promise.all([1, 2, 3].map(() => nodesOf(kit, pair, { path: 'usr/bin/pot' }, true)))
    expect(all.every((nodes) => nodes?.length === 1)).toBe(true)
    expect(await kit.startedTools()).toHaveLength(1)
  })

  it('has nothing to show for equal files', async () => {
    expect(await nodesOfFiles({ [PATH]: 'black\n' }, { [PATH]: 'black\n' }, { path: PATH })).toEqual([])
  })
})
