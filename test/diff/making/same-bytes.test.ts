import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sameBytes } from '../../../src/diff/making/same-bytes.ts'

/** Longer than two steps. */
const LENGTH = 2_500_000

describe('comparing two files', () => {
  let dir: string
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'differ-same-bytes-'))
  })
  afterAll(() => rm(dir, { recursive: true, force: true }))

  async function compare(a: Buffer, b: Buffer, signal?: AbortSignal): Promise<boolean> {
    await writeFile(join(dir, 'a'), a)
    await writeFile(join(dir, 'b'), b)
    return sameBytes(join(dir, 'a'), join(dir, 'b'), signal)
  }

  const bytes = Buffer.alloc(LENGTH, 'Differ')
  const changedAt = (position: number) => {
    const copy = Buffer.from(bytes)
    copy[position] = Number(copy[position]) ^ 1
    return copy
  }

  it.each<[string, Buffer, Buffer, boolean]>([
    ['equal files', bytes, Buffer.from(bytes), true],
    ['empty files', Buffer.alloc(0), Buffer.alloc(0), true],
    ['a different first byte', bytes, changedAt(0), false],
    ['a different last byte', bytes, changedAt(LENGTH - 1), false],
    ['a different first byte of a step', bytes, changedAt(1 << 20), false],
    ['a longer second file', bytes, Buffer.concat([bytes, Buffer.from('x')]), false],
  ])('recognises %s', async (_title, a, b, same) => {
    expect(await compare(a, b)).toBe(same)
  })

  it('stops when the signal aborts', async () => {
    await expect(compare(bytes, bytes, AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone')
  })

  it('throws if a file does not exist', async () => {
    await expect(sameBytes(join(dir, 'a'), join(dir, 'missing'))).rejects.toThrow('ENOENT')
  })
})
