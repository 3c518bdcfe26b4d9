import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EntryStore } from '../../../src/diff/cache/entry-store.ts'
import type { DiffKind } from '../../../src/model.ts'

const REPORT =
  '{"diffoscope-json-version": 1, "source1": "a", "source2": "b", "unified_diff": null, "details": []}'
const DEBDIFF = 'File lists identical (after any substitutions)\n'
const CONTENT: Record<DiffKind, string> = { debdiff: DEBDIFF, diffoscope: REPORT }

let root: string
let store: EntryStore
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'differ-store-'))
  store = new EntryStore(join(root, 'cache'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

async function publish(kind: DiffKind, oldId: string, newId: string, content = CONTENT[kind]) {
  const path = join(await store.incomingDir(), 'being-written')
  await writeFile(path, content)
  return store.publish(kind, oldId, newId, path)
}

/** Writes an entry like the old service: without a stamp. */
async function writeLegacy(path: string, content: string) {
  await mkdir(dirname(join(store.root, path)), { recursive: true })
  await writeFile(join(store.root, path), content)
}

const damaged = () => readdir(join(store.root, 'differ/damaged')).catch(() => [])

describe('an entry', () => {
  it.each<[DiffKind, string]>([
    ['debdiff', 'debdiff/f4c1d7a0-9f3e_e2-b.3'],
    ['diffoscope', 'diffoscope/f4c1d7a0-9f3e_e2-b.3.json'],
  ])('of %s is at the path where the old service looks for it: %s', async (kind, path) => {
    await publish(kind, 'f4c1d7a0-9f3e', 'e2-b.3')
    expect(await readFile(join(store.root, path), 'utf8')).toBe(CONTENT[kind])
  })

  it('is found with the facts with which it was published', async () => {
    const made = await publish('debdiff', 'a', 'b')
    expect(await store.find('debdiff', 'a', 'b')).toEqual(made)
    expect(made.verified).toBe(true)
    expect(made.sizeBytes).toBe(DEBDIFF.length)
  })

  it('is not found for the other kind or the reverse direction', async () => {
    await publish('debdiff', 'a', 'b')
    expect(await store.find('diffoscope', 'a', 'b')).toBeNull()
    expect(await store.find('debdiff', 'b', 'a')).toBeNull()
  })

  it('is not found while it is being written', async () => {
    await writeFile(join(await store.incomingDir(), 'being-written'), DEBDIFF)
    expect(await store.find('debdiff', 'a', 'b')).toBeNull()
  })

  it('is moved from the incoming directory, not copied', async () => {
    await publish('debdiff', 'a', 'b')
    expect(await readdir(await store.incomingDir())).toEqual([])
  })

  it('replaces an earlier entry of the pair', async () => {
    await publish('debdiff', 'a', 'b')
    await publish('debdiff', 'a', 'b', `${DEBDIFF}and more\n`)
    const found = await store.find('debdiff', 'a', 'b')
    expect(await readFile(found?.path ?? '', 'utf8')).toBe(`${DEBDIFF}and more\n`)
    expect(await damaged()).toEqual([])
  })

  it('is never seen partially while it is being replaced', async () => {
    const texts = ['x', 'y'].map((letter) => `${letter.repeat(1_000_000)}\n`)
    await publish('debdiff', 'a', 'b', texts[0])
    let over = false
    const writing = (async () => {
      for (let round = 0; round < 40; round += 1) await publish('debdiff', 'a', 'b', texts[round % 2])
    })().finally(() => {
      over = true
    })
    let reads = 0
    while (!over) {
      const text = await readFile(join(store.root, 'debdiff/a_b'), 'utf8')
      if (!texts.includes(text)) throw new Error(`a reader saw ${text.length} bytes`)
      reads += 1
    }
    await writing
    expect(reads).toBeGreaterThan(10)
  })
})

describe('an entry that was found before', () => {
  beforeEach(() => writeLegacy('diffoscope/a_b.json', REPORT))
  const find = () => store.find('diffoscope', 'a', 'b')
  const path = () => join(store.root, 'diffoscope/a_b.json')

  it('is the same object while its file is unchanged', async () => {
    const found = await find()
    expect(found).not.toBeNull()
    expect(await find()).toBe(found)
  })

  it.each<[string, () => Promise<void>]>([
    [
      'replaced by one of the same size',
      () => writeFile(`${path()}.new`, REPORT).then(() => rename(`${path()}.new`, path())),
    ],
    ['overwritten with as many bytes', () => writeFile(path(), REPORT.replace('"a"', '"c"'))],
    [
      'overwritten, and its modification time is restored',
      async () => {
        const { atime, mtime } = await stat(path())
        await writeFile(path(), REPORT.replace('"a"', '"c"'))
        await utimes(path(), atime, mtime)
      },
    ],
  ])('is another object after its file is %s', async (_what, change) => {
    const found = await find()
    await change()
    const then = await find()
    expect(then).not.toBeNull()
    expect(then).not.toBe(found)
  })

  it.each<[string, () => Promise<void>]>([
    ['removed', () => rm(path())],
    ['truncated', () => truncate(path(), 60)],
    ['emptied', () => truncate(path(), 0)],
  ])('is not found after its file is %s', async (_what, change) => {
    expect(await find()).not.toBeNull()
    await change()
    expect(await find()).toBeNull()
  })
})

describe('ids', () => {
  it.each<[string, string]>([
    ['../../escape', 'b'],
    ['a', '../b'],
    ['..', '..'],
    ['.hidden', 'b'],
    ['a/b', 'c'],
    ['a\nb', 'c'],
    ['ä', '猫'],
    ['', 'b'],
    ['a_b', 'c'],
    ['x'.repeat(300), 'b'],
  ])('that cannot be part of a path (%j, %j) do not leave the cache', async (oldId, newId) => {
    const entry = await publish('debdiff', oldId, newId)
    expect(resolve(entry.path).startsWith(join(store.root, 'differ/entries/'))).toBe(true)
    expect(await store.find('debdiff', oldId, newId)).toEqual(entry)
    expect(await readdir(root)).toEqual(['cache'])
  })

  it('that would collide in one legacy path have different entries', async () => {
    await publish('debdiff', 'a_b', 'c', 'one\n')
    await publish('debdiff', 'a', 'b_c', 'other\n')
    const texts = await Promise.all(
      [
        ['a_b', 'c'],
        ['a', 'b_c'],
      ].map(async ([oldId = '', newId = '']) => {
        const entry = await store.find('debdiff', oldId, newId)
        return readFile(entry?.path ?? '', 'utf8')
      }),
    )
    expect(texts).toEqual(['one\n', 'other\n'])
  })

  it('that look like the digest of another pair have different paths', async () => {
    const odd = await publish('debdiff', 'a_b', 'c')
    const digest = odd.path.split('/').at(-1) as string
    const plain = await publish('debdiff', digest.slice(0, 32), digest.slice(32))
    expect(plain.indexPath).not.toBe(odd.indexPath)
    expect(plain.path).not.toBe(odd.path)
  })
})

describe('an incomplete entry', () => {
  it.each<[string, DiffKind, string]>([
    ['empty debdiff', 'debdiff', ''],
    ['empty report', 'diffoscope', ''],
    ['debdiff truncated within a line', 'debdiff', DEBDIFF.slice(0, 20)],
    ['report truncated in the middle', 'diffoscope', REPORT.slice(0, 60)],
  ])('(%s of the old service) is set aside and not found', async (_what, kind, content) => {
    await writeLegacy(kind === 'debdiff' ? 'debdiff/a_b' : 'diffoscope/a_b.json', content)
    expect(await store.find(kind, 'a', 'b')).toBeNull()
    expect(await damaged()).toHaveLength(1)
    const again = await publish(kind, 'a', 'b')
    expect(await store.find(kind, 'a', 'b')).toEqual(again)
  })

  it('is recognized by its stamp even if its end looks complete', async () => {
    const entry = await publish('debdiff', 'a', 'b', 'first line\nsecond line\n')
    await truncate(entry.path, 'first line\n'.length)
    expect(await store.find('debdiff', 'a', 'b')).toBeNull()
    expect(await damaged()).toHaveLength(1)
  })

  it('is not found if its path is a directory', async () => {
    await mkdir(join(store.root, 'debdiff/a_b'), { recursive: true })
    expect(await store.find('debdiff', 'a', 'b')).toBeNull()
  })
})

describe('an entry of the old service', () => {
  it.each<[DiffKind, string]>([
    ['debdiff', 'debdiff/a_b'],
    ['diffoscope', 'diffoscope/a_b.json'],
  ])('(%s) is found but not verified', async (kind, path) => {
    await writeLegacy(path, CONTENT[kind])
    expect(await store.find(kind, 'a', 'b')).toMatchObject({
      verified: false,
      sizeBytes: CONTENT[kind].length,
    })
  })

  it('may end in white space', async () => {
    await writeLegacy('diffoscope/a_b.json', `${REPORT}\n`)
    expect(await store.find('diffoscope', 'a', 'b')).not.toBeNull()
  })

  it('with an invalid stamp counts as unverified', async () => {
    const entry = await publish('debdiff', 'a', 'b')
    await writeFile(join(store.root, 'differ/stamps/debdiff/a_b'), 'half a st')
    expect(await store.find('debdiff', 'a', 'b')).toEqual({ ...entry, verified: false })
  })
})
