/** Reads the text of PDFs that Chromium prints. Other programs write PDFs that this does not understand. */
import { inflateSync } from 'node:zlib'

/** The text of each page, without white space: a PDF has positions instead. */
export function pagesOf(pdf: Buffer): string[] {
  const objects = objectsOf(pdf)
  const fonts = new Map<string, ReadonlyMap<string, string>>()
  const fontOf = (reference: string) => {
    const known = fonts.get(reference)
    if (known) return known
    const unicode = /\/ToUnicode (\d+) 0 R/.exec(objects.get(reference)?.head ?? '')?.[1] ?? ''
    const font = charactersOf(objects.get(unicode)?.stream ?? '')
    fonts.set(reference, font)
    return font
  }
  return [...objects.values()]
    .filter(({ head }) => /\/Type \/Page\b(?!s)/.test(head))
    .map(({ head }) => {
      const named = [...head.matchAll(/\/(F\d+) (\d+) 0 R/g)].map(([, name = '', reference = '']) => [
        name,
        fontOf(reference),
      ]) as [string, ReadonlyMap<string, string>][]
      const content = objects.get(/\/Contents (\d+) 0 R/.exec(head)?.[1] ?? '')?.stream ?? ''
      return textOf(content, new Map(named))
    })
}

interface PdfObject {
  readonly head: string
  readonly stream: string
}

function objectsOf(pdf: Buffer): ReadonlyMap<string, PdfObject> {
  const text = pdf.toString('latin1')
  const objects = new Map<string, PdfObject>()
  for (const { 1: id = '', index } of text.matchAll(/^(\d+) 0 obj$/gm)) {
    const head = /^[\s\S]*?(?=^stream$|^endobj$|>> stream\n|endobj)/m.exec(text.slice(index))?.[0] ?? ''
    const length = Number(/\/Length (\d+)/.exec(head)?.[1] ?? 0)
    const from = text.indexOf('stream\n', index) + 'stream\n'.length
    const isStream = length > 0 && from > index && from - index < head.length + 20
    const bytes = isStream ? pdf.subarray(from, from + length) : Buffer.alloc(0)
    const isCompressed = /FlateDecode/.test(head)
    objects.set(id, {
      head,
      stream: (isStream && isCompressed ? inflateSync(bytes) : bytes).toString('latin1'),
    })
  }
  return objects
}

/** The characters of a font by their glyphs, both as hexadecimal digits. */
function charactersOf(unicodeMap: string): ReadonlyMap<string, string> {
  const characters = new Map<string, string>()
  const text = (hex: string) => Buffer.from(hex, 'hex').swap16().toString('utf16le')
  for (const [, list = ''] of unicodeMap.matchAll(/beginbfchar([\s\S]*?)endbfchar/g))
    for (const [, glyph = '', hex = ''] of list.matchAll(/<(\w+)> <(\w+)>/g)) characters.set(glyph, text(hex))
  for (const [, list = ''] of unicodeMap.matchAll(/beginbfrange([\s\S]*?)endbfrange/g))
    for (const [, first = '', last = '', hex = ''] of list.matchAll(/<(\w+)> <(\w+)> <(\w+)>/g))
      for (let glyph = Number.parseInt(first, 16); glyph <= Number.parseInt(last, 16); glyph += 1)
        characters.set(
          glyph.toString(16).toUpperCase().padStart(first.length, '0'),
          String.fromCodePoint(Number.parseInt(hex, 16) + glyph - Number.parseInt(first, 16)),
        )
  return characters
}

function textOf(content: string, fonts: ReadonlyMap<string, ReadonlyMap<string, string>>): string {
  let font: ReadonlyMap<string, string> = new Map()
  let text = ''
  for (const [, name, glyphs = ''] of content.matchAll(/\/(F\d+) [\d.]+ Tf|<([0-9A-F]+)>/g)) {
    if (name !== undefined) font = fonts.get(name) ?? new Map()
    else for (const [glyph] of glyphs.matchAll(/.{4}/g)) text += font.get(glyph) ?? ''
  }
  // Without ligatures.
  return text.normalize('NFKC').replace(/\s/g, '')
}
