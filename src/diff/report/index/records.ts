/**
 * The records of the index's tables. A TextRef has an offset in the table `texts`; other offsets are in the
 * report file.
 */
import type { Checkpoint } from '../scan/diff-scanner.ts'

/** A string in `texts`, JSON-escaped. */
export interface TextRef {
  readonly offset: number
  readonly length: number
}

export interface NodeRecord {
  readonly parent: number | null
  readonly depth: number
  readonly end: number
  readonly children: number
  readonly position: number
  readonly source1: TextRef
  readonly source2: TextRef
  /** Each comment ends in a line feed, which a JSON string cannot contain. */
  readonly comments: TextRef
  readonly hash1: number
  readonly hash2: number
  readonly hasInternalLineNumbers: boolean
  readonly diff: DiffRecord | null
  readonly subtreeHunks: number
  readonly subtreeAdded: number
  readonly subtreeRemoved: number
}

export interface DiffRecord {
  readonly start: number
  readonly end: number
  readonly trimmedEnd: number
  readonly longestFence: number
  readonly firstHunk: number
  readonly hunks: number
  readonly added: number
  readonly removed: number
}

export interface HunkRecord {
  readonly node: number
  readonly position: number
  readonly start: number
  readonly end: number
  /** Null if there is no header, or if the header is plain. */
  readonly header: TextRef | null
  /** Whether the header consists of its numbers only, so that it can be made from them. */
  readonly plainHeader: boolean
  readonly oldStart: number
  readonly oldCount: number
  readonly newStart: number
  readonly newCount: number
  readonly lines: number
  readonly added: number
  readonly removed: number
  readonly cut: boolean
  readonly firstCheckpoint: number
  readonly checkpoints: number
}

const NONE = 0xffffffff
const LINENOS = 1
const DIFF = 2
const HEADER = 1
const PLAIN_HEADER = 2
const CUT = 4

/** Writes and reads consecutive fields. A number too large for 32 bits is stored as the largest one. */
class Fields {
  readonly #bytes: Buffer
  #at = 0
  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }
  put32(value: number): this {
    this.#at = this.#bytes.writeUInt32LE(Math.min(value, NONE), this.#at)
    return this
  }
  put64(value: number): this {
    this.#at = this.#bytes.writeDoubleLE(value, this.#at)
    return this
  }
  get32(): number {
    this.#at += 4
    return this.#bytes.readUInt32LE(this.#at - 4)
  }
  get64(): number {
    this.#at += 8
    return this.#bytes.readDoubleLE(this.#at - 8)
  }
}

export function encodeNode(node: NodeRecord, into: Buffer): void {
  const fields = new Fields(into)
  const flags = (node.hasInternalLineNumbers ? LINENOS : 0) | (node.diff !== null ? DIFF : 0)
  fields
    .put32(node.parent ?? NONE)
    .put32(node.depth)
    .put32(flags)
    .put32(node.end)
    .put32(node.children)
    .put32(node.position)
    .put32(node.hash1)
    .put32(node.hash2)
  for (const text of [node.source1, node.source2, node.comments]) {
    fields.put64(text.offset)
    fields.put32(text.length)
  }
  fields.put32(node.subtreeHunks).put32(node.subtreeAdded).put32(node.subtreeRemoved)
  const { diff } = node
  if (diff === null) return
  fields.put64(diff.start).put64(diff.end).put64(diff.trimmedEnd)
  fields
    .put32(diff.longestFence)
    .put32(diff.firstHunk)
    .put32(diff.hunks)
    .put32(diff.added)
    .put32(diff.removed)
}

export function decodeNode(from: Buffer): NodeRecord {
  const fields = new Fields(from)
  const parent = fields.get32()
  const depth = fields.get32()
  const flags = fields.get32()
  const text = (): TextRef => ({ offset: fields.get64(), length: fields.get32() })
  return {
    parent: parent === NONE ? null : parent,
    depth,
    hasInternalLineNumbers: (flags & LINENOS) !== 0,
    end: fields.get32(),
    children: fields.get32(),
    position: fields.get32(),
    hash1: fields.get32(),
    hash2: fields.get32(),
    source1: text(),
    source2: text(),
    comments: text(),
    subtreeHunks: fields.get32(),
    subtreeAdded: fields.get32(),
    subtreeRemoved: fields.get32(),
    diff:
      (flags & DIFF) === 0
        ? null
        : {
            start: fields.get64(),
            end: fields.get64(),
            trimmedEnd: fields.get64(),
            longestFence: fields.get32(),
            firstHunk: fields.get32(),
            hunks: fields.get32(),
            added: fields.get32(),
            removed: fields.get32(),
          },
  }
}

export function encodeHunk(hunk: HunkRecord, into: Buffer): void {
  const fields = new Fields(into)
  const flags = (hunk.header ? HEADER : 0) | (hunk.plainHeader ? PLAIN_HEADER : 0) | (hunk.cut ? CUT : 0)
  fields
    .put32(hunk.node)
    .put32(hunk.position)
    .put32(flags)
    .put32(hunk.header?.length ?? 0)
  fields
    .put64(hunk.start)
    .put64(hunk.end)
    .put64(hunk.header?.offset ?? 0)
  fields.put32(hunk.oldStart).put32(hunk.oldCount).put32(hunk.newStart).put32(hunk.newCount)
  fields
    .put32(hunk.lines)
    .put32(hunk.added)
    .put32(hunk.removed)
    .put32(hunk.firstCheckpoint)
    .put32(hunk.checkpoints)
}

export function decodeHunk(from: Buffer): HunkRecord {
  const fields = new Fields(from)
  const [node, position, flags, length] = [fields.get32(), fields.get32(), fields.get32(), fields.get32()]
  return {
    node,
    position,
    start: fields.get64(),
    end: fields.get64(),
    header: headerRef(flags, fields.get64(), length),
    plainHeader: (flags & PLAIN_HEADER) !== 0,
    oldStart: fields.get32(),
    oldCount: fields.get32(),
    newStart: fields.get32(),
    newCount: fields.get32(),
    lines: fields.get32(),
    added: fields.get32(),
    removed: fields.get32(),
    cut: (flags & CUT) !== 0,
    firstCheckpoint: fields.get32(),
    checkpoints: fields.get32(),
  }
}

function headerRef(flags: number, offset: number, length: number): TextRef | null {
  return (flags & HEADER) === 0 ? null : { offset, length }
}

export function encodeCheckpoint(checkpoint: Checkpoint, into: Buffer): void {
  const { offset, line, old, new: newer, oldElided, newElided } = checkpoint
  new Fields(into).put64(offset).put64(line).put64(old).put64(newer).put64(oldElided).put64(newElided)
}

export function decodeCheckpoint(from: Buffer): Checkpoint {
  const fields = new Fields(from)
  return {
    offset: fields.get64(),
    line: fields.get64(),
    old: fields.get64(),
    new: fields.get64(),
    oldElided: fields.get64(),
    newElided: fields.get64(),
  }
}

/** FNV-1a hash of UTF-16 units, for finding nodes by name. @param hash of the text before, or `EMPTY_HASH` */
export function hashText(text: string, hash: number): number {
  let result = hash
  for (let at = 0; at < text.length; at++) result = Math.imul(result ^ text.charCodeAt(at), 0x01000193)
  return result >>> 0
}
export const EMPTY_HASH = 0x811c9dc5
