import { chmod, mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { script } from './script.ts'

const { fingerprint, unlessStamped } = await script('fingerprint')

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'differ-fingerprint-'))
  await mkdir(join(dir, 'tree/sub'), { recursive: true })
  await writeFile(join(dir, 'tree/a'), 'one')
  await writeFile(join(dir, 'tree/sub/b'), 'two')
})
afterEach(() => rm(dir, { recursive: true }))

describe('the fingerprint of a tree', () => {
  const changes: [string, () => Promise<void>, boolean][] = [
    ['a time', () => utimes(join(dir, 'tree/a'), 1, 1), true],
    ['a group permission', () => chmod(join(dir, 'tree/a'), 0o664), true],
    ['a content', () => writeFile(join(dir, 'tree/sub/b'), 'TWO'), false],
    ['an executable bit', () => chmod(join(dir, 'tree/a'), 0o755), false],
    ['a new file', () => writeFile(join(dir, 'tree/sub/c'), ''), false],
    ['content that moves into the next file', () => writeFile(join(dir, 'tree/a'), 'onetwo'), false],
  ]
  it.each(changes)('after a change of %s', async (_, change, same) => {
    const before = await fingerprint(dir, [join(dir, 'tree')])
    await change()
    expect((await fingerprint(dir, [join(dir, 'tree')])) === before).toBe(same)
  })
})

describe('stamped work', () => {
  it('is done once, again for another stamp, and again after it failed', async () => {
    const stamp = join(dir, '.stamp')
    const did: string[] = []
    const work = (name: string) => unlessStamped(stamp, name, async () => void did.push(name))
    expect([await work('a'), await work('a'), await work('b')]).toEqual([true, false, true])
    const broken = unlessStamped(stamp, 'c', () => Promise.reject(new Error('disk full')))
    await expect(broken).rejects.toThrow('disk full')
    expect(await work('c')).toBe(true)
    expect(did).toEqual(['a', 'b', 'c'])
  })
})
