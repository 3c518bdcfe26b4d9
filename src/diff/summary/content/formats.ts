/** Formats whose own header or metadata says when they were made: PNG, PDF, message catalogues, compiled Python and Java. */
import { inflateSync } from 'node:zlib'
import { compareBytes } from './bytes.ts'
import { type ContentDifference, change, combine, type FileContext, onlyNoise } from './content.ts'
import { hole } from './normaliser.ts'
import { compareDecoded } from './text.ts'

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
    const text =
      type === 'tEXt' || type === 'iTXt'
        ? data.toString('latin1').replaceAll('\0', ' ').replaceAll('\n', ' ')
        : data.toString('hex')
    lines.push(`${type} ${text}`)
  }
  return lines.length > 0 ? lines : null
}

function isPngTime(type: string, data: Buffer): boolean {
  return (
    type === 'tIME' ||
    ((type === 'tEXt' || type === 'zTXt' || type === 'iTXt') &&
      PNG_TIME_KEYS.test(data.toString('latin1', 0, 80)))
  )
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
    if (end > bytes.length) return null
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
  const compared = compareDecoded(old, newer, file)
  // Equal messages in another layout: the hash table, or the order of the strings.
  return old === newer ? onlyNoise('OTHER_STAMPS') : compared
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
  if (revision > 0xffff || count > MAX_MESSAGES) return null
  const text = (table: number, index: number) => {
    const [length, at] = [number(table + 8 * index), number(table + 8 * index + 4)]
    return at + length <= bytes.length ? bytes.toString('utf8', at, at + length) : null
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
  return lines.join('\n')
}

/** A compiled Python module: 16 bytes of header with the source's time and size or its hash (PEP 552), then the code. */
export function comparePyc(oldBytes: Buffer, newBytes: Buffer, file: FileContext): ContentDifference {
  const HEADER_BYTES = 16
  if (
    !oldBytes.subarray(0, 4).equals(newBytes.subarray(0, 4)) ||
    !oldBytes.subarray(HEADER_BYTES).equals(newBytes.subarray(HEADER_BYTES))
  )
    return compareBytes(oldBytes, newBytes, file)
  return onlyNoise('PYC_STAMP')
}

/** PDF: streams are inflated, dates and ids taken out, positions left out, as they follow from lengths. Source: ISO 32000-1, 7.5 and 14.3. */
export function comparePdf(oldBytes: Buffer, newBytes: Buffer, file: FileContext): ContentDifference {
  const old = readPdf(oldBytes)
  const newer = readPdf(newBytes)
  const noise = new Set<string>()
  const clean = (text: string) =>
    PDF_NOISE.reduce((rest, [name, pattern]) => rest.replace(pattern, hole(name)), text)
  for (const [name, pattern] of PDF_NOISE) {
    const found = (text: string) => (text.match(pattern) ?? []).join('\n')
    if (found(old) !== found(newer)) noise.add(name)
  }
  const compared = compareDecoded(clean(old), clean(newer), {
    ...file,
    path: `${file.path}.objects`,
    kind: 'data',
  })
  if (noise.size === 0 && compared.changes.length === 0 && compared.noise.size === 0)
    noise.add('COMPRESSION_ONLY')
  return combine([
    { noise, changes: [] },
    {
      ...compared,
      changes: compared.changes.map((one) =>
        change(one.nature === 'ORDER' ? 'BYTES' : one.nature, one.old, one.new),
      ),
    },
  ])
}

const PDF_NOISE: readonly (readonly [string, RegExp])[] = [
  [
    'PDF_DATE',
    /\/(?:CreationDate|ModDate) ?(?:\([^()]*\)|<[0-9a-fA-F]*>)|<(?:xmp|xap|pdf):(?:CreateDate|ModifyDate|MetadataDate)>[^<]*<\/[^>]*>/g,
  ],
  [
    'RANDOM_ID',
    /\/ID ?\[\s*(?:<[0-9a-fA-F]*>|\([^()]*\))\s*(?:<[0-9a-fA-F]*>|\([^()]*\))\s*\]|<xmpMM:(?:DocumentID|InstanceID)>[^<]*<\/[^>]*>|xapMM:(?:DocumentID|InstanceID)='[^']*'|uuid:[0-9a-f-]{36}/g,
  ],
  [
    'TOOLCHAIN',
    /\/(?:Producer|Creator|PTEX\.Fullbanner) ?\((?:[^()\\]|\\.|\([^()]*\))*\)|<(?:pdf:Producer|xmp:CreatorTool)>[^<]*<\/[^>]*>/g,
  ],
]

const MAX_STREAM_BYTES = 64 << 20

/** The file as lines of text: streams unpacked where they can be, the table of positions and lengths of streams left out. */
function readPdf(bytes: Buffer): string {
  const text = bytes.toString('latin1')
  let left = MAX_STREAM_BYTES
  const unpacked = text.replace(/stream\r?\n([\s\S]*?)\r?\n?endstream/g, (_all, data: string) => {
    try {
      const content = inflateSync(Buffer.from(data, 'latin1'), { maxOutputLength: Math.max(1, left) })
      left -= content.length
      return `stream\n${content.toString('latin1')}\nendstream`
    } catch {
      return `stream\n${data}\nendstream`
    }
  })
  return unpacked
    .replace(/^xref\r?\n[\d\s]+(?:\d{10} \d{5} [nf]\s*)+/gm, 'xref\n')
    .replace(/^startxref\s+\d+/gm, 'startxref')
    .replace(/\/Length \d+/g, '/Length')
}

/** JSON: the order of the keys of an object means nothing (RFC 8259, 4). */
export function compareJson(oldBytes: Buffer, newBytes: Buffer, file: FileContext): ContentDifference | null {
  const old = sortedJson(oldBytes)
  const newer = sortedJson(newBytes)
  if (old === null || newer === null) return null
  if (old === newer) return onlyNoise('HASH_ORDER')
  const compared = compareDecoded(old, newer, file)
  const isReordered = keyOrder(oldBytes) !== keyOrder(newBytes)
  return isReordered ? combine([compared, onlyNoise('HASH_ORDER')]) : null
}

const MAX_JSON_BYTES = 8 << 20

/** Indented, the keys sorted; null for what is not JSON, has a key twice, or is too large. */
function sortedJson(bytes: Buffer): string | null {
  if (bytes.length > MAX_JSON_BYTES) return null
  try {
    const text = bytes.toString('utf8')
    const value: unknown = JSON.parse(text)
    // Numbers that lose digits when they are read must not become equal, nor keys that occur twice.
    if (
      /\d{16,}|\d\.\d{15,}/.test(text) ||
      countKeys(value) !== (text.match(/"(?:[^"\\]|\\.)*"\s*:/g) ?? []).length
    )
      return null
    return JSON.stringify(sortKeys(value), null, 1)
  } catch {
    return null
  }
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (typeof value !== 'object' || value === null) return value
  // Entries, because an object sorts keys that look like numbers by itself.
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => ({ [key]: sortKeys(inner) }))
}

function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const own = Array.isArray(value) ? 0 : Object.keys(value).length
  return Object.values(value).reduce<number>((sum, inner) => sum + countKeys(inner), own)
}

function keyOrder(bytes: Buffer): string {
  return (bytes.toString('utf8').match(/"(?:[^"\\]|\\.)*"\s*:/g) ?? []).join()
}
