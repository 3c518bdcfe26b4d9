/**
 * The grammar of a diffoscope report (JSON version 1), fed with bytes as they come, in constant memory and without recursion.
 *
 * Stricter than a parser where leniency would hide damage: a node needs both sources and a `unified_diff`, no member occurs
 * twice, types are what the tool writes. Members that it does not know are skipped.
 */
import { isUtf8 } from 'node:buffer'
import { closingQuote, decodeText, fragmentEnd, JsonTextError } from './json-text.ts'

/** Deepest node; the tool itself stops opening containers at 50. */
export const MAX_DEPTH = 500
const MAX_STACK = 2 * MAX_DEPTH + 500
const MAX_KEY_BYTES = 2048

export type TextMember = 'source1' | 'source2' | 'comment'

/** What the scanner finds, in document order. Offsets are those of the file. */
export interface ReportVisitor {
  nodeStart(): void
  /** @param offset behind the closing brace */
  nodeEnd(offset: number): void
  /** A segment of a string (see json-text.ts); `last` with its last one, which may be empty. */
  text(member: TextMember, bytes: Buffer, from: number, to: number, last: boolean): void
  /**
   * A segment of a node's diff that begins at `offset`. Returns how far it went, `from <= returned <= to`; what is left comes again with
   * more behind it, except when `last`, which takes all.
   */
  diff(bytes: Buffer, from: number, to: number, offset: number, last: boolean): number
  internalLineNumbers(value: boolean): void
  /** A member of the root: from its name's quote to behind its value. */
  rootMember(name: string, start: number, valueStart: number, end: number): void
}

/** What stands where a value is due. */
type Role = 'node' | 'details' | 'comments' | TextMember | 'diff' | 'linenos' | 'version' | 'other'

const ROLES = new Map<string, Role>([
  ['source1', 'source1'],
  ['source2', 'source2'],
  ['comments', 'comments'],
  ['unified_diff', 'diff'],
  ['details', 'details'],
  ['has_internal_linenos', 'linenos'],
])
const REQUIRED = ['source1', 'source2', 'unified_diff']

interface Frame {
  readonly role: Role
  readonly array: boolean
  /** Names met so far, in nodes; null elsewhere. */
  readonly seen: Set<string> | null
  member: string
  memberStart: number
  valueStart: number
  /** Role of the next value. */
  next: Role
}

type Due = 'value' | 'valueOrEnd' | 'key' | 'keyOrEnd' | 'colon' | 'commaOrEnd' | 'nothing'

export class ReportScanner {
  /** Set where the bytes to come may hold control characters or anything that is not ASCII: strings are then looked at more closely. */
  suspicious = false
  readonly #visitor: ReportVisitor
  readonly #stack: Frame[] = []
  #due: Due = 'value'
  #depth = -1
  #string: Role | null = null

  constructor(visitor: ReportVisitor) {
    this.#visitor = visitor
  }

  /**
   * Takes bytes that begin at `base` of the file; `last` says that nothing follows. Returns how many it used; the rest (less than 4 KB)
   * must come again at the beginning of the next call.
   * @throws JsonTextError saying what is wrong and at which byte.
   */
  push(bytes: Buffer, base: number, last: boolean): number {
    let at = 0
    for (;;) {
      if (this.#string !== null) {
        at = this.#continueString(bytes, at, base, this.#string, last)
        if (this.#string !== null) break
        continue
      }
      while (isSpace(bytes[at])) at++
      if (at >= bytes.length) break
      const next = this.#token(bytes, at, base, last)
      if (next < 0) break
      at = next
    }
    if (last && (this.#due !== 'nothing' || at < bytes.length)) fail('it ends too early', base + bytes.length)
    return at
  }

  /** One token; its end, or -1 if it does not end within `bytes`. */
  #token(bytes: Buffer, at: number, base: number, last: boolean): number {
    const byte = bytes[at] as number
    const frame = this.#stack[this.#stack.length - 1]
    switch (this.#due) {
      case 'value':
        return this.#value(bytes, at, base, last)
      case 'valueOrEnd':
        return byte === 0x5d ? this.#close(at, base) : this.#value(bytes, at, base, last)
      case 'key':
      case 'keyOrEnd': {
        if (byte === 0x7d && this.#due === 'keyOrEnd') return this.#close(at, base)
        if (byte !== 0x22) fail("a member's name is missing", base + at)
        const end = closingQuote(bytes, at + 1, bytes.length)
        if (end < 0 ? bytes.length - at > MAX_KEY_BYTES : end - at > MAX_KEY_BYTES)
          fail("a member's name is too long", base + at)
        if (end < 0) return -1
        this.#check(bytes, at + 1, end, base)
        this.#key(frame as Frame, decodeText(bytes, at + 1, end), base + at)
        this.#due = 'colon'
        return end + 1
      }
      case 'colon':
        if (byte !== 0x3a) fail('a colon is missing', base + at)
        this.#due = 'value'
        return at + 1
      case 'commaOrEnd': {
        const { array } = frame as Frame
        if (byte === 0x2c) {
          this.#due = array ? 'value' : 'key'
          return at + 1
        }
        if (byte === (array ? 0x5d : 0x7d)) return this.#close(at, base)
        return fail('a comma is missing', base + at)
      }
      case 'nothing':
        return fail('something follows its end', base + at)
    }
  }

  #key(frame: Frame, name: string, offset: number): void {
    frame.member = name
    frame.memberStart = offset
    frame.next = 'other'
    if (frame.seen === null) return
    const role = name === 'diffoscope-json-version' && this.#depth === 0 ? 'version' : ROLES.get(name)
    if (role === undefined) return
    if (frame.seen.has(name)) fail(`a node has two members "${name}"`, offset)
    frame.seen.add(name)
    frame.next = role
  }

  #value(bytes: Buffer, at: number, base: number, last: boolean): number {
    const frame = this.#stack[this.#stack.length - 1]
    const role = frame === undefined ? 'node' : frame.next
    if (frame !== undefined) frame.valueStart = base + at
    const byte = bytes[at] as number
    if (byte === 0x22 && STRINGS.has(role)) {
      this.#string = role
      return at + 1
    }
    if (byte === 0x7b && (role === 'node' || role === 'other')) return this.#open(role, false, base + at, at)
    if (byte === 0x5b && (role === 'details' || role === 'comments' || role === 'other'))
      return this.#open(role, true, base + at, at)
    let end = at
    while (end < bytes.length && isLiteral(bytes[end] as number)) end++
    if (end - at > 64) fail('a value is too long', base + at)
    if (end === bytes.length && !last) return -1
    this.#literal(role, bytes.toString('latin1', at, end), base + at)
    this.#valueEnded(base + end)
    return end
  }

  #open(role: Role, array: boolean, offset: number, at: number): number {
    if (role === 'node' && ++this.#depth > MAX_DEPTH) fail(`it is nested deeper than ${MAX_DEPTH}`, offset)
    if (this.#stack.length >= MAX_STACK) fail('it is nested too deeply', offset)
    const next = role === 'details' ? 'node' : role === 'comments' ? 'comment' : 'other'
    const seen = role === 'node' ? new Set<string>() : null
    this.#stack.push({ role, array, seen, member: '', memberStart: 0, valueStart: 0, next })
    this.#due = array ? 'valueOrEnd' : 'keyOrEnd'
    if (role === 'node') this.#visitor.nodeStart()
    return at + 1
  }

  #close(at: number, base: number): number {
    const frame = this.#stack.pop() as Frame
    if (frame.seen !== null) {
      for (const name of REQUIRED)
        if (!frame.seen.has(name)) fail(`a node has no member "${name}"`, base + at)
      if (this.#depth === 0 && !frame.seen.has('diffoscope-json-version'))
        fail('it has no member "diffoscope-json-version"', base + at)
      this.#depth--
      this.#visitor.nodeEnd(base + at + 1)
    }
    this.#valueEnded(base + at + 1)
    return at + 1
  }

  #valueEnded(offset: number): void {
    const frame = this.#stack[this.#stack.length - 1]
    this.#due = frame === undefined ? 'nothing' : 'commaOrEnd'
    if (this.#stack.length === 1 && frame !== undefined)
      this.#visitor.rootMember(frame.member, frame.memberStart, frame.valueStart, offset)
  }

  #literal(role: Role, text: string, offset: number): void {
    if (role === 'version') {
      if (text !== '1') fail('it is not of diffoscope-json-version 1', offset)
    } else if (role === 'linenos') {
      if (text !== 'true' && text !== 'false') fail('has_internal_linenos is not true or false', offset)
      this.#visitor.internalLineNumbers(text === 'true')
    } else if (role === 'diff' ? text !== 'null' : role !== 'other') {
      fail(role === 'node' ? 'a node is not an object' : `the type of "${role}" is wrong`, offset)
    } else if (!LITERAL.test(text)) {
      fail('a value is not lawful JSON', offset)
    }
  }

  #continueString(bytes: Buffer, from: number, base: number, role: Role, last: boolean): number {
    const quote = closingQuote(bytes, from, bytes.length)
    if (quote < 0 && last) fail('it ends too early, within a string', base + bytes.length)
    const ends = quote >= 0
    const to = ends ? quote : fragmentEnd(bytes, from, bytes.length)
    this.#check(bytes, from, to, base)
    let used = to
    if (role === 'diff') used = this.#visitor.diff(bytes, from, to, base + from, ends)
    else if (role === 'other') decodeText(bytes, from, to)
    else this.#visitor.text(role as TextMember, bytes, from, to, ends)
    if (!ends) return used
    this.#string = null
    this.#valueEnded(base + quote + 1)
    return quote + 1
  }

  #check(bytes: Buffer, from: number, to: number, base: number): void {
    if (this.suspicious && !isLawful(bytes, from, to))
      fail('a string holds bytes that JSON does not allow', base + from)
  }
}

const STRINGS: ReadonlySet<Role> = new Set<Role>(['source1', 'source2', 'comment', 'diff', 'other'])
const LITERAL = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

function isLiteral(byte: number): boolean {
  return byte > 0x20 && byte !== 0x2c && byte !== 0x5d && byte !== 0x7d && byte !== 0x3a
}

function isLawful(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if ((bytes[at] as number) < 0x20) return false
  return isUtf8(bytes.subarray(from, to))
}

function fail(what: string, offset: number): never {
  throw new JsonTextError(`${what} (byte ${offset})`)
}
