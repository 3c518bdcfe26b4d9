/** Formats whose own header or metadata says when they were made: PNG, message catalogues, compiled Python. */
import { crc32 } from 'node:zlib'
import { compareBytes } from './bytes.ts'
import { type ContentDifference, combine, type FileContext, onlyNoise } from './content.ts'
import { isDate } from './dates.ts'
import { compareDecoded, compareText } from './text.ts'

/** Chunks of a PNG file that hold times; all others must be equal. Source: the PNG specification, 11.3. */
export function comparePng(oldBytes: Buffer, newBytes: Buffer, file: FileContext): ContentDifference {
  const old = readPng(oldBytes)
  const newer = readPng(newBytes)
  if (!old || !newer) return compareBytes(oldBytes, newBytes, file)
  const compared = compareDecoded(old.join('\n'), newer.join('\n'), {
    ...file,
    path: `${file.path}.chunks`,
    kind: 'data',
  })
  const parts: ContentDifference[] = [compared]
  if (!pngTimes(oldBytes).equals(pngTimes(newBytes))) parts.push(onlyNoise('PNG_TIME'))
  return combine(parts)
}

const PNG_TIME_KEYS =
  /^(date:create|date:modify|date:timestamp|Creation Time|create-date|modify-date|Software-date|tIME)\0/

/** Each chunk as a line, times taken out; null for a damaged file or bytes after its end. */
function readPng(bytes: Buffer): string[] | null {
  const lines: string[] = []
  for (const { type, data } of pngChunks(bytes) ?? []) {
    if (isPngTime(type, data)) continue
    const isText = type === 'tEXt' || type === 'iTXt'
    const text = isText ? data.toString('latin1').replaceAll('\0', ' ') : data.toString('hex')
    // A line break within a text must not look like another chunk.
    lines.push(`${type} ${isText ? JSON.stringify(text).slice(1, -1) : text}`)
  }
  return lines.length > 0 ? lines : null
}

/** Only a date counts: any other text under these keywords, and any compressed text, is content. */
function isPngTime(type: string, data: Buffer): boolean {
  if (type === 'tIME') return data.length === 7
  if (type !== 'tEXt') return false
  const text = data.toString('latin1')
  return PNG_TIME_KEYS.test(text) && isDate(text.slice(text.indexOf('\0') + 1))
}

function pngTimes(bytes: Buffer): Buffer {
  return Buffer.concat(
    (pngChunks(bytes) ?? []).filter(({ type, data }) => isPngTime(type, data)).map(({ data }) => data),
  )
}

function pngChunks(bytes: Buffer): { type: string; data: Buffer }[] | null {
  const chunks: { type: string; data: Buffer }[] = []
  let at = 8
  while (at + 12 <= bytes.length) {
    const length = bytes.readUInt32BE(at)
    const end = at + 12 + length
    if (end > bytes.length || crc32(bytes.subarray(at + 4, end - 4)) !== bytes.readUInt32BE(end - 4))
      return null
    const type = bytes.toString('latin1', at + 4, at + 8)
    chunks.push({ type, data: bytes.subarray(at + 8, at + 8 + length) })
    at = end
    if (type === 'IEND') break
  }
  return at === bytes.length && chunks.at(-1)?.type === 'IEND' ? chunks : null
}

/** Compares message catalogues by their messages; the header of the catalogue has dates. Source: GNU gettext's manual, "The Format of GNU MO Files". */
export function compareMo(oldBytes: Buffer, newBytes: Buffer, file: FileContext): ContentDifference {
  const old = readMo(oldBytes)
  const newer = readMo(newBytes)
  if (old === null || newer === null) return compareBytes(oldBytes, newBytes, file)
  // Equal messages in another layout: the hash table, or the order of the strings.
  if (old === newer) return onlyNoise('OTHER_STAMPS')
  return compareText(Buffer.from(old, 'latin1'), Buffer.from(newer, 'latin1'), file)
}

const MAX_MESSAGES = 1_000_000

function readMo(bytes: Buffer): string | null {
  if (bytes.length < 28) return null
  const isLittle = bytes[0] === 0xde
  const number = (at: number) =>
    at + 4 > bytes.length ? Number.NaN : isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)
  const [revision, count, originals, translations] = [4, 8, 12, 16].map(number) as [
    number,
    number,
    number,
    number,
  ]
  // Minor revisions have a second table, of strings that depend on the system.
  if (revision !== 0 || count > MAX_MESSAGES) return null
  const ranges: [number, number][] = [
    [0, 28],
    [originals, originals + 8 * count],
    [translations, translations + 8 * count],
    [number(24), number(24) + 4 * number(20)],
  ]
  // One character per byte: what is not UTF-8 must not become equal.
  const text = (table: number, index: number) => {
    const [length, at] = [number(table + 8 * index), number(table + 8 * index + 4)]
    ranges.push([at, at + length + 1])
    return at + length <= bytes.length ? bytes.toString('latin1', at, at + length) : null
  }
  const lines: string[] = []
  for (let index = 0; index < count; index += 1) {
    const original = text(originals, index)
    const translation = text(translations, index)
    if (original === null || translation === null) return null
    lines.push(
      `msgid ${JSON.stringify(original)}`,
      original === '' ? translation : `msgstr ${JSON.stringify(translation)}`,
    )
  }
  return hasHiddenBytes(bytes, ranges) ? null : lines.join('\n')
}

/** Whether bytes that are not zero lie in none of the ranges. */
function hasHiddenBytes(bytes: Buffer, ranges: readonly [number, number][]): boolean {
  let at = 0
  for (const [from, to] of ranges.toSorted(([a], [b]) => a - b)) {
    if (from > at && bytes.subarray(at, from).some((byte) => byte !== 0)) return true
    at = Math.max(at, to)
  }
  return bytes.subarray(at).some((byte) => byte !== 0)
}

/** A compiled Python module: 16 bytes of header with the source's time and size or its hash (PEP 552), then the code. */
export function comparePyc(oldBytes: Buffer, newBytes: Buffer, file: FileContext): ContentDifference {
  const HEADER_BYTES = 16
  // The flags say whether Python checks the source at all.
  const MARK_BYTES = 8
  if (
    Math.min(oldBytes.length, newBytes.length) <= HEADER_BYTES ||
    !oldBytes.subarray(0, MARK_BYTES).equals(newBytes.subarray(0, MARK_BYTES)) ||
    !oldBytes.subarray(HEADER_BYTES).equals(newBytes.subarray(HEADER_BYTES))
  )
    return compareBytes(oldBytes, newBytes, file)
  return onlyNoise('PYC_STAMP')
}

/** DVI: the comment of the preamble says when TeX wrote it; everything else must be equal. Source: the DVI standard, 3.1. */
export function compareDvi(oldBytes: Buffer, newBytes: Buffer, file: FileContext): ContentDifference {
  const PREAMBLE_BYTES = 15
  const rest = (bytes: Buffer) => {
    const end = PREAMBLE_BYTES + (bytes[PREAMBLE_BYTES - 1] ?? 0)
    const comment = bytes.toString('latin1', PREAMBLE_BYTES, end)
    return bytes[0] === 247 && /^ TeX output \d{4}\.\d\d\.\d\d:\d{4}$/.test(comment)
      ? Buffer.concat([bytes.subarray(0, PREAMBLE_BYTES), bytes.subarray(end)])
      : bytes
  }
  return rest(oldBytes).equals(rest(newBytes))
    ? onlyNoise('PS_DVI_DATE')
    : compareBytes(oldBytes, newBytes, file)
}
