/** Control files, deb822(5), and what their fields hold. Text is one character per byte (Latin-1) until it is shown. */

export interface Field {
  readonly name: string
  /** Without blanks around it; further lines keep their leading blank, as written. */
  readonly value: string
}

/** The fields of one paragraph in order. Names compare without regard to case. */
export class Paragraph {
  readonly fields: readonly Field[]
  /** Lines that are no field; a well-formed control file has none. */
  readonly strayLines: readonly string[]

  constructor(fields: readonly Field[], strayLines: readonly string[] = []) {
    this.fields = fields
    this.strayLines = strayLines
  }

  /** The value of a field; of one given twice the last, as dpkg reads it. */
  get(name: string): string | undefined {
    return this.fields.findLast((field) => field.name.toLowerCase() === name.toLowerCase())?.value
  }

  names(): string[] {
    return this.fields.map(({ name }) => name)
  }
}

/** The first paragraph of a control file. */
export function parseParagraph(text: string): Paragraph {
  return parseParagraphs(text)[0] ?? new Paragraph([])
}

/** All paragraphs of a file such as `templates`. */
export function parseParagraphs(text: string): Paragraph[] {
  return text
    .split(/\n(?:[ \t]*\n)+/)
    .filter((part) => withoutBlanks(part, 'both') !== '')
    .map(parseLines)
}

function parseLines(text: string): Paragraph {
  const fields: { name: string; lines: string[] }[] = []
  const stray: string[] = []
  for (const line of text.split('\n')) {
    const [, name, value = ''] = /^([!-9;-~]+):[ \t]*(.*)$/.exec(line) ?? []
    if (/^[ \t]/.test(line) && fields.length > 0) fields.at(-1)?.lines.push(withoutBlanks(line, 'end'))
    else if (name !== undefined) fields.push({ name, lines: [withoutBlanks(value, 'end')] })
    else if (withoutBlanks(line, 'both') !== '') stray.push(line)
  }
  return new Paragraph(
    fields.map(({ name, lines }) => ({ name, value: withoutBlanks(lines.join('\n'), 'both') })),
    stray,
  )
}

/** Blanks of ASCII only: in text of one character per byte, U+00A0 is the second half of a letter such as à. */
function withoutBlanks(text: string, where: 'end' | 'both'): string {
  const rest = text.replace(/[ \t\r\n]+$/, '')
  return where === 'end' ? rest : rest.replace(/^[ \t\r\n]+/, '')
}

/** One package of a relation field: `libc6:any (>= 2.36) [amd64] <!nocheck>`. */
export interface Relation {
  readonly name: string
  /** After the colon: `any`, `native`, or an architecture; empty without one. */
  readonly qualifier: string
  /** `<<`, `<=`, `=`, `>=`, `>>`; empty without a version. */
  readonly operator: string
  readonly version: string
  /** Between brackets, and between angle brackets, as written; empty in built packages. */
  readonly restrictions: string
  /** As written, with single blanks. */
  readonly text: string
}

/** Alternatives, of which one must hold: `a | b`. */
export type RelationGroup = readonly Relation[]

const RELATION =
  /^(?<name>[^\s:(|[<]+)(?::(?<qualifier>[^\s(|[<]+))?\s*(?:\(\s*(?<operator><<|<=|=|>=|>>|<|>)?\s*(?<version>[^)]*?)\s*\))?\s*(?<restrictions>(?:\[[^\]]*\]|<[^>]*>|\s)*)$/

/** The alternatives of a relation field (Debian policy 7.1). What is no relation becomes one that has nothing but its text as a name. */
export function parseRelations(value: string): RelationGroup[] {
  return value
    .split(',')
    .map((group) => group.trim())
    .filter((group) => group !== '')
    .map((group) => group.split('|').map((text) => parseRelation(text.trim().replace(/\s+/g, ' '))))
}

function parseRelation(text: string): Relation {
  const groups = RELATION.exec(text)?.groups
  const { name = text, qualifier = '', operator = '', version = '', restrictions = '' } = groups ?? {}
  // `<` and `>` are old spellings of `<=` and `>=`.
  const modern = operator === '<' || operator === '>' ? `${operator}=` : operator
  return {
    name,
    qualifier,
    operator: version && !modern ? '=' : modern,
    version,
    restrictions: restrictions.trim(),
    text,
  }
}

/** A group as text: `a (>= 1) | b`. */
export function groupText(group: RelationGroup): string {
  return group.map(({ text }) => text).join(' | ')
}
