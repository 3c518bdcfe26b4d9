import { mkdtemp, open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Entry } from '../../../src/diff/package/entry-record.ts'
import { EntryTable } from '../../../src/diff/package/entry-table.ts'
import { EntryTableBuilder } from '../../../src/diff/package/entry-table-builder.ts'
import { PagedFile } from '../../../src/diff/package/paged-file.ts'
import { TarError } from '../../../src/diff/package/tar-reader.ts'
import { removeTree } from '../../../src/diff/tools/remove-tree.ts'
import { countOf } from '../../fixtures/seeds.ts'

function entryOf(path: string, more: Partial<Entry> = {}): Entry {
  return {
    path,
    type: 'file',
    mode: 0o644,
    uid: 0,
    gid: 0,
    owner: 'root',
    group: 'root',
    sizeBytes: 3,
    mtime: 1_700_000_000,
    link: '',
    device: [0, 0],
    offset: 512,
    extra: '',
    sha256: 'ab'.repeat(32),
    kind: 'text',
    ...more,
  }
}

async function scratchDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'differ-table-'))
  onTestFinished(() => removeTree(dir))
  return dir
}

/** The table of entries, as it is read from a file. */
async function tableOf(entries: Iterable<Entry>): Promise<EntryTable> {
  const path = join(await scratchDir(), 'table')
  const builder = new EntryTableBuilder(`${path}.spill`)
  for (const entry of entries) builder.add(entry)
  const handle = await open(path, 'w')
  const location = builder.write(handle.fd, 100)
  await handle.close()
  const file = PagedFile.open(path)
  onTestFinished(() => file.close())
  return new EntryTable(file, location)
}

const paths = (entries: Iterable<Entry>) => [...entries].map(({ path }) => path)

describe('the table of an archive', () => {
  it('returns each member as it was added, in the order of the bytes of their paths', async () => {
    const members = [
      entryOf('usr/b', { mode: 0o4755, owner: 'daemon', uid: 1, mtime: 2 ** 40, sizeBytes: 2 ** 40 }),
      entryOf('usr/\xff', {
        type: 'symlink',
        link: '../x',
        sha256: null,
        kind: null,
        sizeBytes: 0,
      }),
      entryOf('usr/a', { extra: 'SCHILY.xattr.user.x=1\n', kind: 'elf' }),
      entryOf('dev/null', { type: 'character device', device: [1, 3], sha256: null, kind: null }),
    ]
    expect([...(await tableOf(members))]).toEqual([members[3], members[2], members[0], members[1]])
  })

  it('finds the last member of a path, and none of others', async () => {
    const table = await tableOf([entryOf('a', { offset: 512 }), entryOf('c'), entryOf('a', { offset: 1024 })])
    expect(table.find('a')?.offset).toBe(1024)
    expect(['', 'b', 'd', 'ca'].map((path) => table.find(path))).toEqual([null, null, null, null])
    expect([...table.duplicates()].map(({ offset }) => offset)).toEqual([512])
  })

  it('is empty for an archive without members', async () => {
    const table = await tableOf([])
    expect([table.size, [...table], table.find('a')]).toEqual([0, [], null])
  })

  it.each([
    ['an id of more than 32 bits', { uid: 2 ** 32 }],
    ['the name of an owner of 256 bytes', { owner: 'x'.repeat(256) }],
    ['the name of a group of 256 bytes', { group: 'x'.repeat(256) }],
  ])('refuses %s', async (_, more) => {
    await expect(tableOf([entryOf('a', more)])).rejects.toThrow(TarError)
  })

  it('refuses names that are too long together, and takes long ones', async () => {
    const long = (index: number) => entryOf(`${String(index).padStart(3, '0')}${'x'.repeat(1 << 20)}`)
    const table = await tableOf([long(2), entryOf('a'), long(1)])
    expect([...table].map(({ path }) => path.slice(0, 3))).toEqual(['001', '002', 'a'])
    const many = Array.from({ length: 600 }, () => long(1))
    await expect(tableOf(many)).rejects.toThrow('names and attributes')
  })
})

/** Those of 8 MB are sorted in memory. */
const MANY = countOf(80_000, 150_000)

describe('a table of more members than are sorted in memory', () => {
  /** Paths in an order that is neither theirs nor its reverse. */
  const path = (index: number) => `usr/share/${'d'.repeat(60)}/${((index * 7919) % MANY) + 100_000}`
  const many = function* (change: (entry: Entry, index: number) => Entry = (entry) => entry) {
    for (let index = 0; index < MANY; index += 1)
      yield change(entryOf(path(index), { offset: 512 * index }), index)
  }

  it('has all of them in order, and the later of two with one path', async () => {
    const table = await tableOf([...many(), entryOf(path(5), { offset: 1 })])
    expect(table.size).toBe(MANY + 1)
    let last = ''
    for (const { path: current } of table) {
      expect(current >= last).toBe(true)
      last = current
    }
    expect(table.find(path(5))?.offset).toBe(1)
    expect([...table.duplicates()].map(({ offset }) => offset)).toEqual([5 * 512])
  })

  it('differs from another one in exactly the members that differ', async () => {
    const changed = new Map([
      [7, { mode: 0o755 }],
      [MANY - 1, { sha256: 'cd'.repeat(32) }],
    ])
    const old = await tableOf(many())
    const newer = await tableOf([
      ...many((entry, index) => ({ ...entry, ...changed.get(index), offset: 0 })),
      entryOf('b'),
    ])
    const pairs = [...EntryTable.differences(old, newer)]
    expect(pairs.map((pair) => [pair.old?.path, pair.new?.path])).toEqual(
      [undefined, path(7), path(MANY - 1)]
        .map((one) => [one, one ?? 'b'])
        .sort(([, a = ''], [, b = '']) => (a < b ? -1 : 1)),
    )
  })
})

describe('differences of two tables', () => {
  it.each<[string, Entry[], Entry[], (string | null)[][]]>([
    ['nothing but the position', [entryOf('a')], [entryOf('a', { offset: 9 })], []],
    [
      'one side only',
      [entryOf('a'), entryOf('b')],
      [entryOf('b'), entryOf('c')],
      [
        ['a', null],
        [null, 'c'],
      ],
    ],
    ['a mode', [entryOf('a')], [entryOf('a', { mode: 0o600 })], [['a', 'a']]],
    ['the earlier of two members', [entryOf('a', { mode: 0 }), entryOf('a')], [entryOf('a')], []],
    ['the later of two members', [entryOf('a'), entryOf('a', { mode: 0 })], [entryOf('a')], [['a', 'a']]],
    ['everything', [], [entryOf('a')], [[null, 'a']]],
  ])('%s', async (_, old, newer, expected) => {
    const pairs = [...EntryTable.differences(await tableOf(old), await tableOf(newer))]
    expect(pairs.map((pair) => [pair.old?.path ?? null, pair.new?.path ?? null])).toEqual(expected)
  })

  it('are the order of members only if all paths are the same', async () => {
    const ordered = (...names: string[]) => tableOf(names.map((path, offset) => entryOf(path, { offset })))
    const [ab, ba, ac, abc] = await Promise.all([
      ordered('a', 'b'),
      ordered('b', 'a'),
      ordered('c', 'a'),
      ordered('a', 'b', 'c'),
    ])
    expect([
      EntryTable.isReordered(ab, ba),
      EntryTable.isReordered(ab, ab),
      EntryTable.isReordered(ab, ac),
      EntryTable.isReordered(ab, abc),
    ]).toEqual([true, false, false, false])
    expect(paths(ba)).toEqual(['a', 'b'])
  })
})
