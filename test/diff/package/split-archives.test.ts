import { mkdtemp, open, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ArchiveSplitter } from '../../../src/diff/package/split-archives.ts'
import { removeTree } from '../../../src/diff/tools/remove-tree.ts'

describe('both archives of a package in one stream', () => {
  const STREAM = Buffer.from('12\ncontrol\ntar\ndata\ntar')

  it.each([1, 2, 3, 5, 14, 15, 16, 100])('are told apart in pieces of %d bytes', async (length) => {
    const dir = await mkdtemp(join(tmpdir(), 'differ-split-'))
    onTestFinished(() => removeTree(dir))
    const pushed = { control: '', data: '' }
    const sinks = await Promise.all(
      (['control', 'data'] as const).map(async (name) => {
        const file = await open(join(dir, name), 'w')
        onTestFinished(() => file.close())
        return {
          file,
          push: (chunk: Buffer) => {
            pushed[name] += chunk.toString()
          },
        }
      }),
    )
    const [control, data] = sinks
    if (!control || !data) throw new Error('there are two sinks')
    const splitter = new ArchiveSplitter(control, data)
    expect(splitter.isControlRead).toBe(false)
    for (let at = 0; at < STREAM.length; at += length) await splitter.push(STREAM.subarray(at, at + length))
    expect(pushed).toEqual({ control: 'control\ntar\n', data: 'data\ntar' })
    expect(await readFile(join(dir, 'control'), 'utf8')).toBe(pushed.control)
    expect(await readFile(join(dir, 'data'), 'utf8')).toBe(pushed.data)
    expect([splitter.isControlRead, splitter.dataBytes]).toEqual([true, pushed.data.length])
  })
})
