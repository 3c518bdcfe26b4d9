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

const CLOSING = { '{': '}', '<': '>', '[': ']' } as const
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
      const field =
        this.#match(/[A-Za-z_][A-Za-z0-9_]*|\[[^\]\n]*\]/y) ?? this.#fail('a field name is expected')
      this.#skipBlank()
      const colon = this.#take(':')
      this.#skipBlank()
      const start = this.#text[this.#at]
      if (start === '{' || start === '<') this.#value(depth)
      else if (colon) take(field, this.#value(depth))
      else this.#fail(`":" or "{" is expected behind ${field}`)
      this.#skipBlank()
      this.#match(/[,;]/y)
    }
  }

  /** Text of a string value; null for every other kind of value. */
  #value(depth: number): string | null {
    const start = this.#text[this.#at]
    if (start === '"' || start === "'") return this.#strings()
    if (start === '{' || start === '<') {
      this.#at += 1
      this.#fields(CLOSING[start], depth + 1, () => {})
      return null
    }
    if (start === '[') {
      this.#at += 1
      this.#list(depth + 1)
      return null
    }
    this.#match(/-?\s*[A-Za-z0-9_.][A-Za-z0-9_.+-]*/y) ?? this.#fail('a value is expected')
    return null
  }

  #list(depth: number): void {
    if (depth > MAX_DEPTH) this.#fail(`lists are nested deeper than ${MAX_DEPTH}`)
    this.#skipBlank()
    if (this.#take(']')) return
    for (;;) {
      this.#skipBlank()
      this.#value(depth)
      this.#skipBlank()
      if (this.#take(']')) return
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
    const unicode = this.#match(/u[0-9A-Fa-f]{4}|U00(?:0[0-9A-Fa-f]|10)[0-9A-Fa-f]{4}/y)
    if (unicode) return Buffer.from(String.fromCodePoint(Number.parseInt(unicode.slice(1), 16)))
    const simple = this.#match(/[abfnrtv?\\'"]/y) ?? this.#fail('this escape is not known')
    return Buffer.from(ESCAPES[simple] ?? simple)
  }

  #skipBlank(): void {
    this.#match(/(?:\s+|#[^\n]*)+/y)
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
