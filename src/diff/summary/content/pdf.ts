/** Compares PDF files by their objects. */
import { compareBytes } from './bytes.ts'
import { type ContentDifference, change, combine, type FileContext } from './content.ts'
import { inflateExactly } from './inflate.ts'
import { hole } from './normaliser.ts'
import { compareDecoded, hasForgedHole } from './text.ts'

/** PDF: streams are inflated, dates and ids taken out, positions left out, as they follow from lengths. Source: ISO 32000-1, 7.5 and 14.3. */
export function comparePdf(oldBytes: Buffer, newBytes: Buffer, file: FileContext): ContentDifference {
  const old = readPdf(oldBytes)
  const newer = readPdf(newBytes)
  if (hasForgedHole(old, newer)) return compareBytes(oldBytes, newBytes, file)
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
    /\/(?:CreationDate|ModDate) ?(?:\(D:[\d'Z+-]{4,24}\)|<(?:FEFF)?(?:00)?44(?:00)?3A[0-9A-F]{8,96}>)|<(?:xmp|xap|pdf):(?:CreateDate|ModifyDate|MetadataDate)>[\dTZ:.+-]{4,35}<\/[^>]*>/gi,
  ],
  [
    'RANDOM_ID',
    /\/ID ?\[\s*(?:<[0-9a-fA-F]{0,64}>|\([^()]{0,64}\))\s*(?:<[0-9a-fA-F]{0,64}>|\([^()]{0,64}\))\s*\]|<xmpMM:(?:DocumentID|InstanceID)>[\w:.-]{0,80}<\/[^>]*>|xapMM:(?:DocumentID|InstanceID)='[\w:.-]{0,80}'|uuid:[0-9a-f-]{36}/g,
  ],
  // The name of the program stays, its version goes.
  [
    'TOOLCHAIN',
    /(?<=\/(?:Producer|Creator|PTEX\.Fullbanner) ?\((?:[^()\\\n]|\\[()]|\([^()\n]*\)){0,150}[\s/(-]v?)\d+(?:\.\d+)+[\w.+~-]*|(?<=<(?:pdf:Producer|xmp:CreatorTool)>[^<\n]{0,150}[\s/(-]v?)\d+(?:\.\d+)+[\w.+~-]*/g,
  ],
]

const MAX_STREAM_BYTES = 64 << 20

/** The file as lines of text: streams unpacked where they can be, the table of positions and lengths of streams left out. */
function readPdf(bytes: Buffer): string {
  const text = bytes.toString('latin1')
  const unpacked = withStreamsUnpacked(text)
  // An object that is there twice: the table of positions decides which one counts.
  const objects = text.match(/(?<=^|[\r\n])\d+ \d+ obj\b/g) ?? []
  if (new Set(objects).size !== objects.length) return unpacked
  return unpacked
    .replace(/^xref\r?\n[\d\s]+(?:\d{10} \d{5} [nf]\s*)+/gm, 'xref\n')
    .replace(/^startxref\s+\d+/gm, 'startxref')
    .replace(/\/Length \d+/g, '/Length')
}

/**
 * Goes through the text once. A pattern for a whole stream would look for the end of each stream up to the end of the file, which takes hours where
 * no stream has one.
 */
function withStreamsUnpacked(text: string): string {
  const beginning = /stream\r?\n/g
  const pieces: string[] = []
  let left = MAX_STREAM_BYTES
  let at = 0
  for (let found = beginning.exec(text); found; found = beginning.exec(text)) {
    const start = found.index + found[0].length
    const end = text.indexOf('endstream', start)
    if (end < 0) break
    const data = text.slice(start, end).replace(/\r?\n?$/, '')
    const content = inflateExactly(Buffer.from(data, 'latin1'), left)
    left -= content?.length ?? 0
    pieces.push(text.slice(at, found.index), `stream\n${content?.toString('latin1') ?? data}\nendstream`)
    at = beginning.lastIndex = end + 'endstream'.length
  }
  return pieces.join('') + text.slice(at)
}
