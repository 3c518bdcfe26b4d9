import { chmod, mkdtemp, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { cachedRendering } from '../../../src/diff/rendering/rendering-cache.ts'
import { removeTree } from '../../../src/diff/tools/remove-tree.ts'

const roots: string[] = []
let dir: string
let path: string
let made = 0
beforeEach(async () => {
  const root = await mkdtemp(join(tmpdir(), 'differ-kept-'))
  roots.push(root)
  dir = join(root, 'renderings')
  path = join(dir, 'x.text')
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

async function read(render_: () => AsyncIterable<Uint8Array> = render): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of cachedRendering(path, render_)) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

it('a rendering that is asked for once is not kept', async () => {
  expect((await read()).equals(WHOLE)).toBe(true)
  expect(await readdir(dir).catch(() => [])).toEqual([])
})

describe('a rendering that is asked for again', () => {
  beforeEach(async () => {
    await read()
    made = 0
  })

  it('is made once more, kept, and the same each time', async () => {
    for (let time = 0; time < 3; time++) expect((await read()).equals(WHOLE)).toBe(true)
    expect(made).toBe(1)
    expect((await readFile(path)).equals(WHOLE)).toBe(true)
    expect(await readdir(dir)).toEqual(['x.text'])
  })

  it('is made by each of those who come before it is there, and kept once', async () => {
    const all = await Promise.all([read(), read(), read()])
    for (const bytes of all) expect(bytes.equals(WHOLE)).toBe(true)
    expect(await readdir(dir)).toEqual(['x.text'])
  })

  it('is not kept where the reader leaves early, or it breaks off', async () => {
    for await (const _ of cachedRendering(path, render)) break
    const breaking = async function* () {
      yield PIECES[0] as Buffer
      throw new Error('broken')
    }
    await expect(read(breaking)).rejects.toThrow('broken')
    expect(await readdir(dir)).toEqual([])
  })

  it('is read though it is deleted meanwhile', async () => {
    await read()
    const chunks: Uint8Array[] = []
    for await (const chunk of cachedRendering(path, render)) {
      if (chunks.length === 0) await removeTree(dir)
      chunks.push(Buffer.from(chunk))
    }
    expect(Buffer.concat(chunks).equals(WHOLE)).toBe(true)
  })

  it('notes when it was last of use', async () => {
    await read()
    await utimes(path, new Date(0), new Date(0))
    await read()
    expect((await stat(path)).mtimeMs).toBeGreaterThan(Date.now() - 60_000)
  })

  it('is just made where nothing can be kept', async () => {
    await writeFile(dir, 'a file, and no directory')
    expect((await read()).equals(WHOLE)).toBe(true)
    expect(made).toBe(1)
    await chmod(dir, 0o644)
  })
})
