/** What the first bytes of a picture say, and which pictures are shown. */
import { describe, expect, it } from 'vitest'
import { pictureFacts } from '../../../src/diff/file/picture.ts'
import { gif, jpeg, png, webp } from './pictures.ts'

describe('a picture', () => {
  it.each([
    ['PNG', png(3, 2), 'image/png'],
    ['JPEG, behind a thumbnail and fill bytes', jpeg(3, 2), 'image/jpeg'],
    ['GIF, behind a palette and a comment', gif([3, 2]), 'image/gif'],
    ['WebP with features', webp('VP8X', 3, 2), 'image/webp'],
    ['lossless WebP', webp('VP8L', 3, 2), 'image/webp'],
    ['lossy WebP', webp('VP8 ', 3, 2), 'image/webp'],
  ])('has its type and size read from its header: %s', (_format, content, type) => {
    expect(pictureFacts(content)).toEqual({ type, width: 3, height: 2, sizeBytes: content.length })
  })

  it.each([
    ['has more pixels than a browser should decode', png(1, 1, [10_000, 10_000])],
    ['is too wide', png(1, 1, [20_000, 1])],
    ['is too high', jpeg(1, 65_535)],
    ['has no height', jpeg(1, 0)],
    ['has a first image that is larger than its screen', gif([1, 1], [65_535, 65_535])],
    ['has a canvas of 16 million squared pixels', webp('VP8X', 1 << 24, 1 << 24)],
    ['has more bytes than are sent', Buffer.concat([png(1, 1), Buffer.alloc(9 << 20)])],
  ])('is not shown if it %s', (_what, content) => {
    expect(pictureFacts(content)).toBeNull()
  })

  it.each([
    ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>')],
    ['HTML', Buffer.from('<!doctype html><script>alert(1)</script>')],
    [
      'a PNG signature before another chunk',
      Buffer.concat([png(1, 1).subarray(0, 8), Buffer.alloc(40, 0x41)]),
    ],
    ['JPEG scan data without a frame', Buffer.from('ffd8ffda00080101000000003f00', 'hex')],
    ['a GIF file without an image', gif([1, 1]).subarray(0, 19)],
    ['WebP of an unknown form', Buffer.from('RIFF\0\0\0\0WEBPXXXX'.padEnd(40, '\0'), 'latin1')],
    ['nothing', Buffer.alloc(0)],
  ])('is not what begins like %s', (_what, content) => {
    expect(pictureFacts(content)).toBeNull()
  })

  it('is not read beyond its end, wherever the file is cut', () => {
    for (const content of [png(3, 2), jpeg(3, 2), gif([3, 2]), webp('VP8X', 3, 2), webp('VP8L', 3, 2)])
      for (let length = 0; length < content.length; length += 1)
        expect(() => pictureFacts(content.subarray(0, length))).not.toThrow()
  })
})
