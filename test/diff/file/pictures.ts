/** Small pictures of each format, as their encoders write them, with any size in their headers. */

import { deflateSync } from 'node:zlib'
import { crc32 } from './crc32.ts'

/** A grey PNG picture that browsers can show; with another size in its header than it has, if `claimed` is given. */
export function png(
  width: number,
  height: number,
  claimed: readonly [number, number] = [width, height],
): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(claimed[0], 0)
  header.writeUInt32BE(claimed[1], 4)
  header.set([8, 0, 0, 0, 0], 8)
  const rows = deflateSync(Buffer.alloc((width + 1) * height, 0x80))
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', rows),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const framed = Buffer.alloc(8)
  framed.writeUInt32BE(data.length, 0)
  framed.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([framed.subarray(0, 4), body, framed.subarray(4)])
}

/** The beginning of a baseline JPEG file: an application segment with a thumbnail's markers in it, and the frame. */
export function jpeg(width: number, height: number): Buffer {
  const exif = Buffer.from([0xff, 0xe1, 0, 12, 0xff, 0xd8, 0xff, 0xc0, 0, 0, 0, 0, 0, 0])
  const frame = Buffer.from([0xff, 0xff, 0xc0, 0, 11, 8, 0, 0, 0, 0, 1, 1, 0x11, 0])
  frame.writeUInt16BE(height, 6)
  frame.writeUInt16BE(width, 8)
  return Buffer.concat([Buffer.from([0xff, 0xd8]), exif, frame, Buffer.from([0xff, 0xd9, 0, 0])])
}

/** With a comment before the first image, which may be larger than the screen. */
export function gif(screen: readonly [number, number], image = screen): Buffer {
  const bytes = Buffer.alloc(13 + 6 + 7 + 12)
  bytes.write('GIF89a', 'latin1')
  bytes.writeUInt16LE(screen[0], 6)
  bytes.writeUInt16LE(screen[1], 8)
  bytes[10] = 0x80
  bytes.set([0x21, 0xfe, 3, 0x2c, 0x2c, 0x2c, 0], 19)
  bytes[26] = 0x2c
  bytes.writeUInt16LE(image[0], 31)
  bytes.writeUInt16LE(image[1], 33)
  return bytes
}

export function webp(form: 'VP8X' | 'VP8L' | 'VP8 ', width: number, height: number): Buffer {
  const bytes = Buffer.alloc(32)
  bytes.write('RIFF\0\0\0\0WEBP', 'latin1')
  bytes.write(form, 12, 'latin1')
  if (form === 'VP8X') {
    bytes.writeUIntLE(width - 1, 24, 3)
    bytes.writeUIntLE(height - 1, 27, 3)
  } else if (form === 'VP8L') {
    bytes[20] = 0x2f
    bytes.writeUInt32LE(((height - 1) << 14) | (width - 1), 21)
  } else {
    bytes.set([0x9d, 0x01, 0x2a], 23)
    bytes.writeUInt16LE(width, 26)
    bytes.writeUInt16LE(height, 28)
  }
  return bytes
}
