/**
 * Reads `janitor.conf`, the build farm's configuration: four strings at the top level of a file in protobuf's
 * text format (https://protobuf.dev/reference/protobuf/textformat-spec/). Other fields are skipped, whatever
 * they contain, so that files of newer farms work.
 */
import { UsageError } from '../errors.ts'

export const JANITOR_FIELDS = [
  'database_location',
  'artifact_location',
  'redis_location',
  'zipkin_address',
] as const
export type JanitorField = (typeof JANITOR_FIELDS)[number]

/** A string in quotes; a bracket or separator; or a word, which is anything else up to a blank. */
const TOKEN = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[{}<>[\]:,;]|[^\s#"'{}<>[\]:,;]+/y
const BLANKS_AND_COMMENTS = /(?:\s|#.*)*/y
const CLOSING: Readonly<Record<string, string>> = { '{': '}', '<': '>', '[': ']' }
const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  '"': '"',
  "'": "'",
  '\\': '\\',
}

/**
 * The known fields that the file contains. If a field occurs twice, the last one counts.
 * @param name the file's name, for messages
 * @throws UsageError with line and column
 */
export function parseJanitorConf(text: string, name: string): Partial<Record<JanitorField, string>> {
  const tokens = new Tokens(text, name)
  const found: Partial<Record<JanitorField, string>> = {}
  while (tokens.next !== '') {
    const field = takeName(tokens)
    const known = JANITOR_FIELDS.find((candidate) => candidate === field)
    tokens.takeIf(':')
    if (known) found[known] = takeString(tokens, known)
    else skipValue(tokens, field)
    if (!tokens.takeIf(',')) tokens.takeIf(';')
  }
  return found
}

/** A word, or the name of an extension in brackets. */
function takeName(tokens: Tokens): string {
  if (tokens.next === '[') {
    skipBrackets(tokens)
    return 'the extension'
  }
  if (/^["'{}<>[\]:,;]/.test(tokens.next)) tokens.fail(`expected the name of a field, not ${tokens.next}`)
  return tokens.take()
}

/** Adjacent strings are one string. */
function takeString(tokens: Tokens, field: JanitorField): string {
  if (!isString(tokens.next)) tokens.fail(`${field} must be a string in quotes`)
  let value = ''
  while (isString(tokens.next)) value += decode(tokens, field)
  return value
}

function skipValue(tokens: Tokens, field: string): void {
  if (CLOSING[tokens.next]) skipBrackets(tokens)
  else if (isString(tokens.next)) while (isString(tokens.next)) tokens.take()
  else if (tokens.next === '' || /^[}>\]:,;]/.test(tokens.next)) tokens.fail(`expected the value of ${field}`)
  else tokens.take()
}

/** Skips a message, list or extension name to its closing bracket. */
function skipBrackets(tokens: Tokens): void {
  const open: string[] = []
  do {
    const token = tokens.next
    if (token === '') tokens.fail(`the file ends before a closing ${open.at(-1)}`)
    if (CLOSING[token]) open.push(CLOSING[token])
    else if (/^[}>\]]/.test(token) && token !== open.pop()) tokens.fail(`this ${token} closes nothing`)
    tokens.take()
  } while (open.length > 0)
}

function isString(token: string): boolean {
  return token.startsWith('"') || token.startsWith("'")
}

/**
 * The escapes that protobuf's own printers write: those of C's common ones, and bytes in octal or
 * hexadecimal.
 */
function decode(tokens: Tokens, field: JanitorField): string {
  const quoted = tokens.next
  const bytes = quoted
    .slice(1, -1)
    .match(/\\(?:[0-7]{1,3}|[xX][0-9A-Fa-f]{1,2}|.)|[^\\]+/gs)
    ?.map((piece) => {
      if (!piece.startsWith('\\')) return Buffer.from(piece)
      const code = piece.slice(1)
      if (/^[0-7]/.test(code)) return Buffer.of(Number.parseInt(code, 8) & 0xff)
      if (/^[xX]./.test(code)) return Buffer.of(Number.parseInt(code.slice(1), 16))
      return Buffer.from(ESCAPES[code] ?? tokens.fail(`${field} contains the unsupported escape ${piece}`))
    })
  tokens.take()
  return Buffer.concat(bytes ?? []).toString('utf8')
}

/** The tokens of a text, one at a time. */
class Tokens {
  readonly #text: string
  readonly #name: string
  #at = 0
  /** The token to take next; empty at the end of the text. */
  next = ''

  constructor(text: string, name: string) {
    this.#text = text
    this.#name = name
    this.#advance()
  }

  take(): string {
    const token = this.next
    this.#at += token.length
    this.#advance()
    return token
  }

  takeIf(token: string): boolean {
    if (this.next !== token) return false
    this.take()
    return true
  }

  /** @throws UsageError that names the position of the next token */
  fail(problem: string): never {
    const before = this.#text.slice(0, this.#at).split('\n')
    const column = (before.at(-1)?.length ?? 0) + 1
    throw new UsageError(`${this.#name}, line ${before.length}, column ${column}: ${problem}`)
  }

  #advance(): void {
    this.#at += this.#match(BLANKS_AND_COMMENTS).length
    this.next = this.#match(TOKEN)
    if (this.next === '' && this.#at < this.#text.length) this.fail('the string is not closed in its line')
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    return pattern.exec(this.#text)?.[0] ?? ''
  }
}
