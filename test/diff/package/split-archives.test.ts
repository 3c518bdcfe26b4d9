import { describe, expect, it } from 'vitest'
import { ArchiveSplitter } from '../../../src/diff/package/split-archives.ts'

describe('both archives of a package in one stream', () => {
  const STREAM = Buffer.from('12\ncontrol\ntar\ndata\ntar')

  it.each([1, 2, 3, 5, 14, 15, 16, 100])('are told apart in pieces of %d bytes', async (length) => {
    const pushed = { control: '', data: '' }
    const sink = (name: keyof typeof pushed) => (chunk: Buffer) => {
      pushed[name] += chunk.toString()
    }
    const splitter = new ArchiveSplitter(sink('control'), sink('data'))
    expect(splitter.isControlRead).toBe(false)
    for (let at = 0; at < STREAM.length; at += length) await splitter.push(STREAM.subarray(at, at + length))
    expect(pushed).toEqual({ control: 'control\ntar\n', data: 'data\ntar' })
    const { isControlRead, bytes, dataStart } = splitter
    expect({ isControlRead, bytes, dataStart }).toEqual({
      isControlRead: true,
      bytes: STREAM.length,
      dataStart: STREAM.indexOf('data'),
    })
  })
})
