import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sameBytes } from '../../../src/diff/making/same-bytes.ts'

/** More than the two pieces that are read at a time. */
const LENGTH = 2_500_000

describe('two files', () => {
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
    copy[position]! ^= 1
    return copy
  }

  it.each<[string, Buffer, Buffer, boolean]>([
    ['that are equal', bytes, Buffer.from(bytes), true],
    ['that are empty', Buffer.alloc(0), Buffer.alloc(0), true],
    ['that differ in the first byte', bytes, changedAt(0), false],
    ['that differ in the last byte', bytes, changedAt(LENGTH - 1), false],
    ['that differ where a piece begins', bytes, changedAt(1 << 20), false],
    ['of which one goes on', bytes, Buffer.concat([bytes, Buffer.from('x')]), false],
  ])('%s', async (_what, a, b, same) => {
    expect(await compare(a, b)).toBe(same)
  })

  it('are not read on when nobody wants to know', async () => {
    await expect(compare(bytes, bytes, AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone')
  })

  it('must be there', async () => {
    await expect(sameBytes(join(dir, 'a'), join(dir, 'nowhere'))).rejects.toThrow('ENOENT')
  })
})
