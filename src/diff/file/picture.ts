/**
 * Pictures that a browser may show: which format the first bytes say, and how large the picture is. Nothing is
 * decoded. Sources: the PNG specification (W3C), ITU-T T.81 (JPEG), the GIF89a specification, and Google's
 * "WebP Container Specification".
 */

import type { PictureFacts, PictureType } from '../../model.ts'

export const MAX_PICTURE_BYTES = 8 << 20
/** A browser needs four bytes for each pixel, however few bytes the file has. */
const MAX_PIXELS = 40_000_000
const MAX_SIDE = 16_384

/** Null if the content is not a picture, or one that is too large to be shown. @param content the whole file */
export function pictureFacts(content: Buffer): Omit<PictureFacts, 'sha256'> | null {
  const type = content.length <= MAX_PICTURE_BYTES ? typeOf(content) : null
  const size = type && SIZES[type](content)
  if (!type || !size) return null
  const [width, height] = size
  const isShown =
    width > 0 && height > 0 && width <= MAX_SIDE && height <= MAX_SIDE && width * height <= MAX_PIXELS
  return isShown ? { type, width, height, sizeBytes: content.length } : null
}

const PNG = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')

function typeOf(content: Buffer): PictureType | null {
  if (content.subarray(0, PNG.length).equals(PNG)) return 'image/png'
  if (content[0] === 0xff && content[1] === 0xd8 && content[2] === 0xff) return 'image/jpeg'
  if (/^GIF8[79]a/.test(textAt(content, 0, 6))) return 'image/gif'
  if (textAt(content, 0, 4) === 'RIFF' && textAt(content, 8, 12) === 'WEBP') return 'image/webp'
  return null
}

type Size = readonly [width: number, height: number]

/** Null for a file that is too short or has another form. */
const SIZES: Readonly<Record<PictureType, (content: Buffer) => Size | null>> = {
  'image/png': pngSize,
  'image/jpeg': jpegSize,
  'image/gif': gifSize,
  'image/webp': webpSize,
}

/** The header chunk comes first. */
function pngSize(content: Buffer): Size | null {
  if (content.length < 33 || content.readUInt32BE(8) !== 13 || textAt(content, 12, 16) !== 'IHDR') return null
  return [content.readUInt32BE(16), content.readUInt32BE(20)]
}

/** In the first frame header; segments before it are skipped by their lengths. */
function jpegSize(content: Buffer): Size | null {
  for (let at = 2; at + 9 < content.length; ) {
    if (content[at] !== 0xff) return null
    const marker = content[at + 1] ?? 0
    // A marker may be filled up with any number of these bytes.
    if (marker === 0xff) {
      at += 1
      continue
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
    if (isFrame) return [content.readUInt16BE(at + 7), content.readUInt16BE(at + 5)]
    const hasNoLength = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)
    // Scan data or the end before any frame.
    if (marker === 0xd9 || marker === 0xda || marker === 0) return null
    at += hasNoLength ? 2 : 2 + Math.max(2, content.readUInt16BE(at + 2))
  }
  return null
}

/** The screen, or the first image if that is larger: some decoders enlarge the screen to it. */
function gifSize(content: Buffer): Size | null {
  if (content.length < 13) return null
  const [width, height] = [content.readUInt16LE(6), content.readUInt16LE(8)]
  const flags = content[10] ?? 0
  let at = 13 + (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0)
  while (content[at] === 0x21) {
    at += 2
    while ((content[at] ?? 0) > 0) at += 1 + (content[at] ?? 0)
    at += 1
  }
  if (content[at] !== 0x2c || at + 10 > content.length) return null
  return [
    Math.max(width, content.readUInt16LE(at + 1) + content.readUInt16LE(at + 5)),
    Math.max(height, content.readUInt16LE(at + 3) + content.readUInt16LE(at + 7)),
  ]
}

function webpSize(content: Buffer): Size | null {
  if (content.length < 30) return null
  switch (textAt(content, 12, 16)) {
    case 'VP8X':
      return [content.readUIntLE(24, 3) + 1, content.readUIntLE(27, 3) + 1]
    case 'VP8L': {
      if (content[20] !== 0x2f) return null
      const bits = content.readUInt32LE(21)
      return [(bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1]
    }
    case 'VP8 ':
      if (textAt(content, 23, 26) !== '\x9d\x01\x2a') return null
      return [content.readUInt16LE(26) & 0x3fff, content.readUInt16LE(28) & 0x3fff]
    default:
      return null
  }
}

function textAt(content: Buffer, from: number, to: number): string {
  return content.toString('latin1', from, to)
}
