import { chmod, mkdtemp, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { RenderingCache } from '../../../src/diff/rendering/rendering-cache.ts'
import { removeTree } from '../../../src/diff/tools/remove-tree.ts'

const roots: string[] = []
let dir: string
let path: string
let cache: RenderingCache
let made = 0
beforeEach(async () => {
  const root = await mkdtemp(join(tmpdir(), 'differ-renderings-'))
  roots.push(root)
  dir = join(root, 'renderings')
  path = join(dir, 'x.text')
  cache = new RenderingCache()
  made = 0
})
afterAll(async () => {
  for (const root of roots) await removeTree(root)
})

const PIECES = Array.from({ length: 50 }, (_, i) => Buffer.alloc(20_000, i))
const WHOLE = Buffer.concat(PIECES)

async function* render() {
  made++
  yield* PIECES
}

async function read(makeChunks: () => AsyncIterable<Uint8Array> = render): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of cache.read(path, makeChunks)) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

it('does not cache a rendering that is requested once', async () => {
  expect((await read()).equals(WHOLE)).toBe(true)
  expect(await readdir(dir).catch(() => [])).toEqual([])
})

describe('a rendering that is requested again', () => {
  beforeEach(async () => {
    await read()
    made = 0
  })

  it('is made once more, cached, and the same each time', async () => {
    for (let time = 0; time < 3; time++) expect((await read()).equals(WHOLE)).toBe(true)
    expect(made).toBe(1)
    expect((await readFile(path)).equals(WHOLE)).toBe(true)
    expect(await readdir(dir)).toEqual(['x.text'])
  })

  it('is made for each concurrent request, and cached once', async () => {
    const all = await Promise.all([read(), read(), read()])
    for (const bytes of all) expect(bytes.equals(WHOLE)).toBe(true)
    expect(await readdir(dir)).toEqual(['x.text'])
  })

  it('is not cached if the reader stops early or the rendering fails', async () => {
    for await (const _ of cache.read(path, render)) break
    const breaking = async function* () {
      yield PIECES[0] as Buffer
      throw new Error('broken')
    }
    await expect(read(breaking)).rejects.toThrow('broken')
    expect(await readdir(dir)).toEqual([])
  })

  it('can be read to its end after it is deleted', async () => {
    await read()
    const chunks: Uint8Array[] = []
    for await (const chunk of cache.read(path, render)) {
      if (chunks.length === 0) await removeTree(dir)
      chunks.push(Buffer.from(chunk))
    }
    expect(Buffer.concat(chunks).equals(WHOLE)).toBe(true)
  })

  it('has its modification time updated when it is read', async () => {
    await read()
    await utimes(path, new Date(0), new Date(0))
    await read()
    expect((await stat(path)).mtimeMs).toBeGreaterThan(Date.now() - 60_000)
  })

  it('is made without caching if the disk cannot be written', async () => {
    await writeFile(dir, 'a file, and no directory')
    expect((await read()).equals(WHOLE)).toBe(true)
    expect(made).toBe(1)
    await chmod(dir, 0o644)
  })
})
