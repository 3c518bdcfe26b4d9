/**
 * An incremental parser for diffoscope reports of JSON version 1, in constant memory and without recursion.
 *
 * It is stricter than JSON so that it detects damage: a node must have both sources and a `unified_diff`, no
 * member may occur twice, and values must have the types that the tool writes. It skips unknown members.
 */
import { isUtf8 } from 'node:buffer'
import { closingQuote, decodeText, fragmentEnd, JsonTextError } from './json-text.ts'

/** Greatest depth of a node. The tool opens containers down to 50 levels. */
export const MAX_DEPTH = 500
const MAX_STACK = 2 * MAX_DEPTH + 500
const MAX_KEY_BYTES = 2048

export type TextMember = 'source1' | 'source2' | 'comment'

/**
 * Receives what the scanner finds, in document order. `offset`, `start`, `valueStart` and `end` are offsets
 * in the file.
 */
export interface ReportVisitor {
  nodeStart(): void
  /** @param offset of the first byte after the closing brace */
  nodeEnd(offset: number): void
  /** A fragment `bytes[from, to)` of a string (see json-text.ts). The last one may be empty. */
  text(member: TextMember, bytes: Buffer, from: number, to: number, last: boolean): void
  /**
   * A fragment `bytes[from, to)` of a node's diff that begins at `offset`.
   * @returns the end of what was used, from `from` to `to`. The rest comes again with more bytes after it. If
   *   `last`, all must be used.
   */
  diff(bytes: Buffer, from: number, to: number, offset: number, last: boolean): number
  internalLineNumbers(value: boolean): void
  /** A member of the root, from the quote of its name to the end of its value. */
  rootMember(name: string, start: number, valueStart: number, end: number): void
}

/** The meaning of a value. */
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
  /** Names of the node's members so far; null if the frame is not a node. */
  readonly seen: Set<string> | null
  member: string
  memberStart: number
  valueStart: number
  /** Role of the next value. */
  next: Role
}

/** What the grammar allows next. */
type Expected = 'value' | 'valueOrEnd' | 'key' | 'keyOrEnd' | 'colon' | 'commaOrEnd' | 'nothing'

export class ReportScanner {
  /**
   * Set it if the next bytes may contain control characters or non-ASCII bytes: strings are then checked
   * closely.
   */
  isSuspicious = false
  readonly #visitor: ReportVisitor
  readonly #stack: Frame[] = []
  #expected: Expected = 'value'
  #depth = -1
  /** Role of the string that has begun but not ended. */
  #string: Role | null = null

  constructor(visitor: ReportVisitor) {
    this.#visitor = visitor
  }

  /**
   * @param base offset of the bytes in the file
   * @param last whether the file ends after them
   * @returns how many bytes were used; the rest, less than 4 KB, must be at the beginning of the next call's
   *   bytes
   * @throws JsonTextError with the defect and its byte offset
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
    if (last && (this.#expected !== 'nothing' || at < bytes.length))
      fail('it ends too early', base + bytes.length)
    return at
  }

  /** Scans one token. @returns its end, or -1 if it does not end within `bytes` */
  #token(bytes: Buffer, at: number, base: number, last: boolean): number {
    const byte = bytes[at] as number
    const frame = this.#stack[this.#stack.length - 1]
    switch (this.#expected) {
      case 'value':
        return this.#value(bytes, at, base, last)
      case 'valueOrEnd':
        return byte === 0x5d ? this.#close(at, base) : this.#value(bytes, at, base, last)
      case 'key':
      case 'keyOrEnd': {
        if (byte === 0x7d && this.#expected === 'keyOrEnd') return this.#close(at, base)
        if (byte !== 0x22) fail("a member's name is missing", base + at)
        const end = closingQuote(bytes, at + 1, bytes.length)
        if (end < 0 ? bytes.length - at > MAX_KEY_BYTES : end - at > MAX_KEY_BYTES)
          fail("a member's name is too long", base + at)
        if (end < 0) return -1
        this.#check(bytes, at + 1, end, base)
        this.#key(frame as Frame, decodeText(bytes, at + 1, end), base + at)
        this.#expected = 'colon'
        return end + 1
      }
      case 'colon':
        if (byte !== 0x3a) fail('a colon is missing', base + at)
        this.#expected = 'value'
        return at + 1
      case 'commaOrEnd': {
        const { array } = frame as Frame
        if (byte === 0x2c) {
          this.#expected = array ? 'value' : 'key'
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
    this.#expected = array ? 'valueOrEnd' : 'keyOrEnd'
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
    this.#expected = frame === undefined ? 'nothing' : 'commaOrEnd'
    if (this.#stack.length === 1 && frame !== undefined)
      this.#visitor.rootMember(frame.member, frame.memberStart, frame.valueStart, offset)
  }

  #literal(role: Role, text: string, offset: number): void {
    if (role === 'version') {
      if (text !== '1') fail(`its diffoscope-json-version must be 1, not ${text}`, offset)
    } else if (role === 'linenos') {
      if (text !== 'true' && text !== 'false') fail('has_internal_linenos is not true or false', offset)
      this.#visitor.internalLineNumbers(text === 'true')
    } else if (role === 'diff' ? text !== 'null' : role !== 'other') {
      fail(role === 'node' ? 'a node is not an object' : `the type of "${role}" is wrong`, offset)
    } else if (!LITERAL.test(text)) {
      fail('a value is not valid JSON', offset)
    }
  }

  #continueString(bytes: Buffer, from: number, base: number, role: Role, last: boolean): number {
    const quote = closingQuote(bytes, from, bytes.length)
    if (quote < 0 && last) fail('it ends too early, within a string', base + bytes.length)
    const isComplete = quote >= 0
    const to = isComplete ? quote : fragmentEnd(bytes, from, bytes.length)
    this.#check(bytes, from, to, base)
    let used = to
    if (role === 'diff') used = this.#visitor.diff(bytes, from, to, base + from, isComplete)
    else if (role === 'other') decodeText(bytes, from, to)
    else this.#visitor.text(role as TextMember, bytes, from, to, isComplete)
    if (!isComplete) return used
    this.#string = null
    this.#valueEnded(base + quote + 1)
    return quote + 1
  }

  #check(bytes: Buffer, from: number, to: number, base: number): void {
    if (this.isSuspicious && !isValid(bytes, from, to))
      fail('a string has bytes that JSON does not allow', base + from)
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

function isValid(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if ((bytes[at] as number) < 0x20) return false
  return isUtf8(bytes.subarray(from, to))
}

function fail(defect: string, offset: number): never {
  throw new JsonTextError(`${defect} (byte ${offset})`)
}
