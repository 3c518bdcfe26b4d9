/** The two forms of stored reports: compressed, and as the old service stores them. */
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ConvertedReport, convertCache } from '../../../src/diff/cache/convert-cache.ts'
import { type CacheFormat, EntryStore, ReplacedMeanwhileError } from '../../../src/diff/cache/entry-store.ts'
import type { EntryKind } from '../../../src/model.ts'
import { readContent } from '../content/read-content.ts'

const SMALL =
  '{"diffoscope-json-version": 1, "source1": "a", "source2": "b", "unified_diff": null, "details": []}'
const LARGE = SMALL.replace(
  '[]',
  `[${'{"source1": "c", "source2": "d", "unified_diff": null}, '.repeat(999)}{}]`,
)
const LEGACY = 'diffoscope/a_b.json'
const OWN = 'differ/entries/diffoscope/a_b.json'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'differ-formats-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

const storeOf = (format: CacheFormat) => new EntryStore(root, { format })

async function publish(format: CacheFormat, content: string, kind: EntryKind = 'diffoscope', oldId = 'a') {
  const store = storeOf(format)
  const path = join(await store.incomingDir(), 'being-written')
  await writeFile(path, content)
  return store.publish(kind, oldId, 'b', path)
}

/** The files of entries and their stamps, below the cache. */
async function files(): Promise<string[]> {
  const all = await readdir(root, { recursive: true, withFileTypes: true })
  return all
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(root.length + 1))
    .filter((path) => !path.includes('incoming'))
    .sort()
}

/** The files of one entry at a path. */
const entryAt = (path: string) => [path, `differ/stamps/diffoscope/${path === OWN ? '+a_b' : 'a_b'}`].sort()

/** As the old service writes it: without a stamp. */
async function writeLegacy(content: string): Promise<void> {
  await mkdir(dirname(join(root, LEGACY)), { recursive: true })
  await writeFile(join(root, LEGACY), content)
}

async function convert(format: CacheFormat): Promise<ConvertedReport[]> {
  const converted: ConvertedReport[] = []
  for await (const report of convertCache(root, format)) converted.push(report)
  return converted
}

describe('a report', () => {
  it.each<[string, CacheFormat, string, EntryKind, string]>([
    ['large', 'compressed', LARGE, 'diffoscope', OWN],
    ['small', 'compressed', SMALL, 'diffoscope', LEGACY],
    ['large', 'legacy', LARGE, 'diffoscope', LEGACY],
    ['small', 'legacy', SMALL, 'diffoscope', LEGACY],
  ])('that is %s, in the %s format, is stored where it belongs, and found by both', async (...row) => {
    const [, format, content, kind, path] = row
    const { sizeBytes } = await publish(format, content, kind)
    expect(await files()).toEqual(entryAt(path))
    expect(sizeBytes < content.length).toBe(path === OWN)
    for (const reader of ['compressed', 'legacy'] as const) {
      const entry = await storeOf(reader).find(kind, 'a', 'b')
      expect(entry).toMatchObject({ path: join(root, path), verified: true, sizeBytes })
      expect(String(await readContent(join(root, path)))).toBe(content)
    }
  })

  it.each<EntryKind>(['partial', 'file', 'part'])(
    'of the kind %s is compressed in either format',
    async (kind) => {
      for (const format of ['compressed', 'legacy'] as const) {
        const { path, sizeBytes } = await publish(format, LARGE, kind)
        expect(sizeBytes).toBeLessThan(LARGE.length / 10)
        expect(String(await readContent(path))).toBe(LARGE)
      }
    },
  )

  it.each<EntryKind>(['debdiff', 'summary'])('is not compressed if it is a %s', async (kind) => {
    const { path } = await publish('compressed', `${LARGE}\n`, kind)
    expect(await readFile(path, 'utf8')).toBe(`${LARGE}\n`)
  })

  it('whose ids the old service cannot use is compressed in either format', async () => {
    const { path } = await publish('legacy', LARGE, 'diffoscope', '../x')
    expect((await stat(path)).size).toBeLessThan(LARGE.length / 10)
    expect((await storeOf('legacy').find('diffoscope', '../x', 'b'))?.path).toBe(path)
  })

  it.each<[string, [CacheFormat, string], [CacheFormat, string]]>([
    ['an uncompressed one', ['legacy', LARGE], ['compressed', LARGE]],
    ['a compressed one', ['compressed', LARGE], ['legacy', LARGE]],
    ['a large one', ['compressed', LARGE], ['compressed', SMALL]],
    ['a small one', ['compressed', SMALL], ['compressed', LARGE]],
  ])('replaces %s that is elsewhere', async (_title, before, after) => {
    await publish(...before)
    const { path } = await publish(...after)
    expect(await files()).toEqual(entryAt(path.slice(root.length + 1)))
    expect((await storeOf('compressed').find('diffoscope', 'a', 'b'))?.path).toBe(path)
  })

  it('that is compressed and has no stamp is found, but not known to be complete', async () => {
    await publish('compressed', LARGE)
    await rm(join(root, 'differ/stamps/diffoscope/+a_b'))
    expect(await storeOf('compressed').find('diffoscope', 'a', 'b')).toMatchObject({ verified: false })
  })

  it.each([
    ['with a stamp', true],
    ['without a stamp', false],
  ])('that is compressed and cut, %s, is set aside', async (_title, hasStamp) => {
    const { path, sizeBytes } = await publish('compressed', LARGE)
    if (!hasStamp) await rm(join(root, 'differ/stamps/diffoscope/+a_b'))
    await truncate(path, sizeBytes - 3)
    expect(await storeOf('compressed').find('diffoscope', 'a', 'b')).toBeNull()
    expect(await readdir(join(root, 'differ/damaged'))).toHaveLength(1)
  })
})

describe('the conversion of a cache', () => {
  it('changes no byte of a report, there and back, and keeps its origin and its turn to be evicted', async () => {
    const origin = { lacksTools: true }
    const path = join(await storeOf('legacy').incomingDir(), 'being-written')
    await writeFile(path, LARGE)
    const made = await storeOf('legacy').publish('diffoscope', 'a', 'b', path, origin)
    await utimes(made.path, 1_700_000_000, 1_700_000_000)
    for (const [format, to] of [
      ['compressed', OWN],
      ['legacy', LEGACY],
    ] as const) {
      const [converted, ...more] = await convert(format)
      expect(more).toEqual([])
      expect(converted?.bytesAfter).toBe((await stat(join(root, to))).size)
      expect(await files()).toEqual(entryAt(to))
      expect(String(await readContent(join(root, to)))).toBe(LARGE)
      const entry = await storeOf('compressed').find('diffoscope', 'a', 'b')
      expect(entry).toMatchObject({ verified: true, origin, modifiedMs: 1_700_000_000_000 })
      expect(await convert(format)).toEqual([])
    }
  })

  it('keeps when a report was made, and when it was last used', async () => {
    const made = await publish('legacy', LARGE)
    await utimes(made.path, 1_700_000_000, 1_700_000_000)
    await mkdir(dirname(made.accessTimePath), { recursive: true })
    await writeFile(made.accessTimePath, '')
    await utimes(made.accessTimePath, 1_700_000_100, 1_700_000_100)
    for (const format of ['compressed', 'legacy'] as const) {
      expect(await convert(format)).toHaveLength(1)
      const entry = await storeOf(format).find('diffoscope', 'a', 'b')
      expect(entry?.modifiedMs).toBe(1_700_000_000_000)
      expect((await stat(entry?.accessTimePath ?? '')).mtimeMs).toBe(1_700_000_100_000)
    }
  })

  it('does not make a report of the old service one that is known to be complete', async () => {
    await writeLegacy(LARGE)
    expect(await convert('compressed')).toHaveLength(1)
    expect(await files()).toEqual([OWN])
    expect(await storeOf('compressed').find('diffoscope', 'a', 'b')).toMatchObject({ verified: false })
  })

  it.each([
    ['small reports', async () => writeLegacy(SMALL)],
    ['other kinds', async () => void (await publish('compressed', LARGE, 'part'))],
    ['an empty cache', async () => {}],
  ])('leaves %s as they are', async (_title, prepare) => {
    await prepare()
    const before = await files()
    for (const format of ['compressed', 'legacy'] as const) expect(await convert(format)).toEqual([])
    expect(await files()).toEqual(before)
  })

  it('leaves a damaged report as it is, and goes on', async () => {
    await writeLegacy(LARGE.slice(0, -1))
    await publish('legacy', LARGE, 'diffoscope', 'other')
    const converted = await convert('compressed')
    expect(converted.map(({ bytesAfter }) => bytesAfter === null).sort()).toEqual([false, true])
    expect(await readFile(join(root, LEGACY), 'utf8')).toBe(LARGE.slice(0, -1))
    const own = join(root, 'differ/entries/diffoscope/other_b.json')
    const bytes = await readFile(own)
    bytes[100] = (bytes[100] as number) ^ 1
    await writeFile(own, bytes)
    expect(await convert('legacy')).toEqual([expect.objectContaining({ bytesAfter: null })])
    expect((await readFile(own)).equals(bytes)).toBe(true)
  })

  // How the older report was found, how the newer one was published meanwhile, and what is published of the older one.
  it.each<[string, CacheFormat, CacheFormat, CacheFormat]>([
    ['compressed, while the service stores it compressed', 'legacy', 'compressed', 'compressed'],
    ['compressed, while the service stores it plain', 'legacy', 'legacy', 'compressed'],
    ['plain, while the service stores it compressed', 'compressed', 'compressed', 'legacy'],
    ['plain, while the service stores it plain', 'compressed', 'legacy', 'legacy'],
  ])('leaves a report alone that is made again meanwhile: %s', async (_title, found, meanwhile, format) => {
    const { path } = await publish(found, LARGE)
    await utimes(path, 1_700_000_000, 1_700_000_000)
    const older = { path, stats: await stat(path) }
    const store = storeOf(format)
    const draft = join(await store.incomingDir(), 'converted')
    await writeFile(draft, LARGE)
    await utimes(draft, 1_700_000_000, 1_700_000_000)

    const newer = LARGE.replaceAll('"d"', '"e"')
    await publish(meanwhile, newer)
    const before = await files()
    await expect(store.publish('diffoscope', 'a', 'b', draft, {}, older)).rejects.toThrow(
      ReplacedMeanwhileError,
    )
    expect(await files()).toEqual(before)
    const entry = await storeOf(format).find('diffoscope', 'a', 'b')
    expect(String(await readContent(entry?.path ?? ''))).toBe(newer)
    expect(entry?.verified).toBe(true)
  })

  it('goes on where it was ended between publishing a report and removing the old file', async () => {
    await writeLegacy(LARGE)
    const old = await readFile(join(root, LEGACY))
    expect(await convert('compressed')).toHaveLength(1)
    await writeFile(join(root, LEGACY), old)
    const { mtimeMs } = await stat(join(root, OWN))
    await utimes(join(root, LEGACY), mtimeMs / 1000, mtimeMs / 1000)
    expect(await convert('compressed')).toHaveLength(1)
    expect(await files()).toEqual([OWN])
  })

  it('leaves no drafts', async () => {
    await writeLegacy(LARGE)
    await convert('compressed')
    expect(await readdir(join(root, 'differ/incoming'))).toEqual([])
  })
})
