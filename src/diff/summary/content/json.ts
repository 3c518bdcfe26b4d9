/** Compares JSON files: the order of the keys of an object, and blanks between values, mean nothing (RFC 8259, 2 and 4). */
import { type ContentDifference, combine, type FileContext, onlyNoise } from './content.ts'
import { compareDecoded } from './text.ts'

const MAX_JSON_BYTES = 8 << 20
const MAX_DEPTH = 200

/** Files whose readers go through the keys in the order written: Node.js's conditions of exports, Composer's repositories. */
const ORDERED = /(^|\/)(package|composer|tsconfig[^/]*|importmap)\.json$/

/** Null where the file has to be compared as text. */
export function compareJson(oldBytes: Buffer, newBytes: Buffer, file: FileContext): ContentDifference | null {
  if (ORDERED.test(file.path)) return null
  const old = readJson(oldBytes)
  const newer = readJson(newBytes)
  if (old === null || newer === null) return null
  // What only blanks, a newline at the end or a byte order mark make different is compared as text.
  if (old.keys === newer.keys || old.around !== newer.around) return null
  return old.sorted === newer.sorted
    ? onlyNoise('HASH_ORDER')
    : combine([compareDecoded(old.sorted, newer.sorted, file), onlyNoise('HASH_ORDER')])
}

interface SortedJson {
  /** Indented, the keys sorted. Numbers and strings are as written: `1e3` is not `1000`, and `1.0` not `1`. */
  readonly sorted: string
  /** The keys in the order written. */
  readonly keys: string
  /** Blanks before and after the value, and whether lines end in CR LF. */
  readonly around: string
}

/** Null for what is not JSON in UTF-8, has a key twice, or is too large. */
function readJson(bytes: Buffer): SortedJson | null {
  if (bytes.length > MAX_JSON_BYTES) return null
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    JSON.parse(text)
    const reader = new JsonReader(text)
    const around = `${/^\s*/.exec(text)?.[0]}|${/\s*$/.exec(text)?.[0]}|${text.includes('\r\n')}`
    return { sorted: reader.value(0), keys: reader.keys.join(), around }
  } catch {
    // Not JSON, or not such as can be sorted: it is compared as text.
    return null
  }
}

const TOKEN = /\s*("(?:[^"\\]|\\.)*"|[^\s{}[\],:"]+|[{}[\],:])/y

/** Goes through text that `JSON.parse` accepts. */
class JsonReader {
  readonly keys: string[] = []
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  value(depth: number): string {
    if (depth > MAX_DEPTH) throw new Error('nested too deeply')
    const token = this.#next()
    if (token === '{') return this.#object(depth)
    return token === '[' ? this.#array(depth) : token
  }

  #object(depth: number): string {
    const members = new Map<string, string>()
    while (this.#peek() !== '}') {
      const key = this.#next()
      const name = String(JSON.parse(key))
      this.keys.push(key)
      this.#next()
      if (members.has(name)) throw new Error('a key twice')
      members.set(name, `${key}: ${this.value(depth + 1)}`)
      if (this.#peek() === ',') this.#next()
    }
    this.#next()
    const sorted = [...members].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, member]) => member)
    return enclosed('{', sorted, '}', depth)
  }

  #array(depth: number): string {
    const items: string[] = []
    while (this.#peek() !== ']') {
      items.push(this.value(depth + 1))
      if (this.#peek() === ',') this.#next()
    }
    this.#next()
    return enclosed('[', items, ']', depth)
  }

  #next(): string {
    TOKEN.lastIndex = this.#at
    const [, token] = TOKEN.exec(this.#text) ?? []
    if (token === undefined) throw new Error('no token')
    this.#at = TOKEN.lastIndex
    return token
  }

  #peek(): string {
    const before = this.#at
    const token = this.#next()
    this.#at = before
    return token
  }
}

function enclosed(open: string, parts: readonly string[], close: string, depth: number): string {
  const indent = ' '.repeat(depth + 1)
  return parts.length === 0
    ? open + close
    : `${open}\n${parts.map((part) => indent + part).join(',\n')}\n${' '.repeat(depth)}${close}`
}
