import { chmod, mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { script } from './script.ts'

const { fingerprint, unlessStamped } = await script<{
  fingerprint(base: string, paths: readonly string[]): Promise<string>
  unlessStamped(stampFile: string, stamp: string, work: () => Promise<void>): Promise<boolean>
}>('fingerprint')

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'differ-fingerprint-'))
  await mkdir(join(dir, 'tree/sub'), { recursive: true })
  await writeFile(join(dir, 'tree/a'), 'one')
  await writeFile(join(dir, 'tree/sub/b'), 'two')
})
afterEach(() => rm(dir, { recursive: true }))

describe('the fingerprint of a directory', () => {
  const changes: [string, () => Promise<void>, boolean][] = [
    ['stays the same after a change of a time', () => utimes(join(dir, 'tree/a'), 1, 1), true],
    ['stays the same after a change of a group permission', () => chmod(join(dir, 'tree/a'), 0o664), true],
    ['changes with the content of a file', () => writeFile(join(dir, 'tree/sub/b'), 'TWO'), false],
    ['changes with an executable bit', () => chmod(join(dir, 'tree/a'), 0o755), false],
    ['changes with a new file', () => writeFile(join(dir, 'tree/sub/c'), ''), false],
    ['changes if content moves into the next file', () => writeFile(join(dir, 'tree/a'), 'onetwo'), false],
  ]
  it.each(changes)('%s', async (_, change, same) => {
    const before = await fingerprint(dir, [join(dir, 'tree')])
    await change()
    expect((await fingerprint(dir, [join(dir, 'tree')])) === before).toBe(same)
  })
})

describe('unlessStamped', () => {
  it('does the work once, again for another stamp, and again after a failure', async () => {
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
