/**
 * Reads `janitor.conf`, the build farm's configuration: protobuf's text format, of which five top-level text fields matter here. Everything
 * else, nested messages and lists included, is checked for its grammar and skipped, so a newer farm's file works.
 * The format: https://protobuf.dev/reference/protobuf/textformat-spec/
 */
import { UsageError } from '../errors.ts'

export const JANITOR_FIELDS = [
  'database_location',
  'artifact_location',
  'redis_location',
  'zipkin_address',
  'user_agent',
] as const
export type JanitorField = (typeof JANITOR_FIELDS)[number]

/**
 * The fields that matter, where the text has them; of a field given twice the last counts.
 * @param name the file's name, for messages
 * @throws UsageError with line and column for a text that is not of the format
 */
export function parseJanitorConf(text: string, name: string): Partial<Record<JanitorField, string>> {
  return new Reader(text, name).file()
}

const CLOSING = { '{': '}', '<': '>' } as const
/** Decimal (a fraction, an exponent, an `f` at its end), hexadecimal or octal; nothing of a word behind it. */
const NUMBER =
  /(?:0[xX][0-9A-Fa-f]+|0[0-7]+|(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?[fF]?)(?![A-Za-z0-9_.])/y
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y
const SIGNED_WORD = /(?:inf|infinity|nan)(?![A-Za-z0-9_])/iy
const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b', f: '\f', v: '\v' }
const MAX_DEPTH = 100

class Reader {
  readonly #text: string
  readonly #name: string
  #at = 0

  constructor(text: string, name: string) {
    this.#text = text
    this.#name = name
  }

  file(): Partial<Record<JanitorField, string>> {
    const found: Partial<Record<JanitorField, string>> = {}
    this.#fields(null, 0, (field, value) => {
      const known = JANITOR_FIELDS.find((candidate) => candidate === field)
      if (known && value !== null) found[known] = value
      else if (known) this.#fail(`${field} must be a text in quotes`)
    })
    return found
  }

  #fields(end: string | null, depth: number, take: (field: string, value: string | null) => void): void {
    if (depth > MAX_DEPTH) this.#fail(`messages are nested deeper than ${MAX_DEPTH}`)
    for (;;) {
      this.#skipBlank()
      if (this.#at >= this.#text.length) {
        if (end !== null) this.#fail(`the file ends where ${end} is missing`)
        return
      }
      if (end !== null && this.#take(end)) return
      const field = this.#fieldName()
      this.#skipBlank()
      const colon = this.#take(':')
      this.#skipBlank()
      // Only ahead of messages, one or a list of them, the colon may be left out.
      if (!colon && !/[{<[]/.test(this.#text[this.#at] ?? ''))
        this.#fail(`":" or "{" is expected behind ${field}`)
      take(field, this.#take('[') ? this.#list(depth, colon) : this.#value(depth))
      this.#skipBlank()
      this.#match(/[,;]/y)
    }
  }

  /** A plain name, or in brackets that of an extension (`[a.b]`) or of a type (`[host/a.b]`). */
  #fieldName(): string {
    if (!this.#take('[')) return this.#match(WORD) ?? this.#fail('a field name is expected')
    let name = ''
    for (;;) {
      this.#skipBlank()
      if (name !== '' && this.#take(']')) return `[${name}]`
      name += this.#match(/[A-Za-z0-9_./%~!$&()*+=-]+/y) ?? this.#fail('the name of an extension is expected')
    }
  }

  /** Text of a string value; null for every other kind of value. */
  #value(depth: number): string | null {
    const start = this.#text[this.#at]
    if (start === '"' || start === "'") return this.#strings()
    if (start === '{' || start === '<') this.#message(start, depth)
    else if (this.#take('-')) {
      this.#skipBlank()
      this.#match(NUMBER) ?? this.#match(SIGNED_WORD) ?? this.#fail('a number is expected')
    } else this.#match(NUMBER) ?? this.#match(WORD) ?? this.#fail('a value is expected')
    return null
  }

  #message(start: '{' | '<', depth: number): void {
    this.#at += 1
    this.#fields(CLOSING[start], depth + 1, () => {})
  }

  #list(depth: number, colon: boolean): null {
    this.#skipBlank()
    if (this.#take(']')) return null
    for (;;) {
      this.#skipBlank()
      if (!colon && !/[{<]/.test(this.#text[this.#at] ?? '')) this.#fail('a message is expected')
      this.#value(depth)
      this.#skipBlank()
      if (this.#take(']')) return null
      if (!this.#take(',')) this.#fail('"," or "]" is expected')
    }
  }

  /** Adjacent strings are one. */
  #strings(): string {
    let all = ''
    for (;;) {
      const quote = this.#match(/["']/y)
      if (!quote) return all
      all += this.#string(quote)
      this.#skipBlank()
    }
  }

  #string(quote: string): string {
    const bytes: Buffer[] = []
    for (;;) {
      const char = this.#match(/[^\n\\"']+|["']/y)
      if (char === quote) return Buffer.concat(bytes).toString('utf8')
      if (char !== null) {
        bytes.push(Buffer.from(char))
        continue
      }
      if (!this.#take('\\')) this.#fail('the line ends inside a text')
      bytes.push(this.#escape())
    }
  }

  #escape(): Buffer {
    const octal = this.#match(/[0-7]{1,3}/y)
    if (octal) return Buffer.from([Number.parseInt(octal, 8) & 0xff])
    const hex = this.#match(/[xX][0-9A-Fa-f]{1,2}/y)
    if (hex) return Buffer.from([Number.parseInt(hex.slice(1), 16)])
    const pair = this.#match(/u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2}/y)
    if (pair) return Buffer.from(JSON.parse(`"\\${pair}"`) as string)
    const unicode = this.#match(
      /u(?![dD][89a-fA-F])[0-9A-Fa-f]{4}|U00(?!00[dD][89a-fA-F])(?:0[0-9A-Fa-f]|10)[0-9A-Fa-f]{4}/y,
    )
    if (unicode) return Buffer.from(String.fromCodePoint(Number.parseInt(unicode.slice(1), 16)))
    const simple = this.#match(/[abfnrtv?\\'"]/y) ?? this.#fail('this escape is not known')
    return Buffer.from(ESCAPES[simple] ?? simple)
  }

  #skipBlank(): void {
    this.#match(/(?:[ \t\n\v\f\r]+|#[^\n]*)+/y)
  }

  #take(char: string): boolean {
    if (!this.#text.startsWith(char, this.#at)) return false
    this.#at += char.length
    return true
  }

  /** Takes what a sticky pattern matches here. */
  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at
    const [found] = pattern.exec(this.#text) ?? []
    if (!found) return null
    this.#at += found.length
    return found
  }

  #fail(what: string): never {
    const before = this.#text.slice(0, this.#at).split('\n')
    const line = before.length
    const column = (before.at(-1)?.length ?? 0) + 1
    throw new UsageError(`${this.#name}, line ${line}, column ${column}: ${what}`)
  }
}
