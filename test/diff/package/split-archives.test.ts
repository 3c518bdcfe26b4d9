import { describe, expect, it } from 'vitest'
import { ArchiveSplitter } from '../../../src/diff/package/split-archives.ts'

describe('both archives of a package in one stream', () => {
  const STREAM = Buffer.from('control\ntar\ndata\ntar')
  const DATA_START = STREAM.indexOf('data')

  function splitterAndPushed() {
    const pushed = { control: '', data: '' }
    const sink = (name: keyof typeof pushed) => (chunk: Buffer) => {
      pushed[name] += chunk.toString()
    }
    return { splitter: new ArchiveSplitter(sink('control'), sink('data')), pushed }
  }

  it.each([1, 2, 3, 5, 11, 12, 13, 100])('are told apart in pieces of %d bytes', async (length) => {
    const { splitter, pushed } = splitterAndPushed()
    expect(splitter.isControlRead).toBe(false)
    const pieces = Array.from({ length: Math.ceil(STREAM.length / length) }, (_, index) =>
      STREAM.subarray(index * length, (index + 1) * length),
    )
    const first = splitter.push(pieces[0] ?? STREAM)
    expect(pushed).toEqual({ control: '', data: '' })
    splitter.dataBeginsAt(String(DATA_START))
    await first
    for (const piece of pieces.slice(1)) await splitter.push(piece)
    expect(pushed).toEqual({ control: 'control\ntar\n', data: 'data\ntar' })
    const { isControlRead, bytes, dataStart } = splitter
    expect({ isControlRead, bytes, dataStart }).toEqual({
      isControlRead: true,
      bytes: STREAM.length,
      dataStart: DATA_START,
    })
  })

  it('leave a control archive that was cut off', async () => {
    const { splitter, pushed } = splitterAndPushed()
    const push = splitter.push(Buffer.from('contr'))
    splitter.noData()
    await push
    expect(pushed).toEqual({ control: 'contr', data: '' })
    expect(splitter.isControlRead).toBe(false)
  })
})
