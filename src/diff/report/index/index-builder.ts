/** Converts what the scanner finds to records of an index. */
import { plainHunkHeader } from '../scan/diff-line.ts'
import { type Checkpoint, DiffScanner, type ScannedHunk } from '../scan/diff-scanner.ts'
import { COMMENT_HEAD_LENGTH, classifyComment } from '../scan/incomplete.ts'
import { decodeText, JsonTextError } from '../scan/json-text.ts'
import type { ReportVisitor, TextMember } from '../scan/report-scanner.ts'
import type { ByteRange, IncompleteKind, IncompleteNotice, ReportCounts } from '../types.ts'
import type { TableName } from './index-format.ts'
import type { TableWriter } from './index-writer.ts'
import {
  type DiffRecord,
  EMPTY_HASH,
  encodeCheckpoint,
  encodeHunk,
  encodeNode,
  hashText,
  type TextRef,
} from './records.ts'

const MAX_NOTICES = 100
/** Limits in bytes of JSON, far above what the tool writes: readers get a node with all of its texts. */
const MAX_SOURCE_BYTES = 64 * 1024
const MAX_COMMENTS_BYTES = 1024 * 1024

interface OpenNode {
  readonly ordinal: number
  readonly parent: number | null
  readonly depth: number
  readonly position: number
  children: number
  source1: { offset: number; length: number }
  source2: { offset: number; length: number }
  comments: { offset: number; length: number }
  hash1: number
  hash2: number
  hasInternalLineNumbers: boolean
  diff: DiffRecord | null
  hunks: number
  added: number
  removed: number
}

interface OpenDiff {
  readonly start: number
  readonly firstHunk: number
  firstCheckpoint: number
  readonly scanner: DiffScanner
  /** Kinds that have a notice already: one per diff is enough. */
  readonly noticed: Set<IncompleteKind>
}

export class IndexBuilder implements ReportVisitor {
  readonly incomplete: IncompleteNotice[] = []
  incompleteCount = 0
  counts: ReportCounts = { nodes: 0, hunks: 0, addedLines: 0, removedLines: 0 }

  readonly #tables: Readonly<Record<TableName, TableWriter>>
  readonly #open: OpenNode[] = []
  #nodes = 0
  #comment = ''
  #diff: OpenDiff | null = null
  #added = 0
  #removed = 0
  readonly #rootMembers = new Map<string, ByteRange>()
  #rootEnd = 0

  constructor(tables: Readonly<Record<TableName, TableWriter>>) {
    this.#tables = tables
  }

  get root(): { object: ByteRange; source1: ByteRange; source2: ByteRange } {
    const [source1, source2] = ['source1', 'source2'].map((name) => this.#rootMembers.get(name) as ByteRange)
    return {
      object: { start: 0, end: this.#rootEnd },
      source1: source1 as ByteRange,
      source2: source2 as ByteRange,
    }
  }

  nodeStart(): void {
    const parent = this.#open.at(-1)
    this.#tables.nodes.reserve()
    this.#open.push({
      ordinal: this.#nodes++,
      parent: parent?.ordinal ?? null,
      depth: this.#open.length,
      position: parent === undefined ? 0 : parent.children++,
      children: 0,
      source1: { offset: 0, length: 0 },
      source2: { offset: 0, length: 0 },
      comments: { offset: 0, length: 0 },
      hash1: EMPTY_HASH,
      hash2: EMPTY_HASH,
      hasInternalLineNumbers: false,
      diff: null,
      hunks: 0,
      added: 0,
      removed: 0,
    })
  }

  nodeEnd(offset: number): void {
    const node = this.#open.pop() as OpenNode
    const { hunks, added, removed } = node
    this.#tables.nodes.fill(node.ordinal, (into) =>
      encodeNode(
        { ...node, end: this.#nodes, subtreeHunks: hunks, subtreeAdded: added, subtreeRemoved: removed },
        into,
      ),
    )
    const parent = this.#open.at(-1)
    if (parent === undefined) {
      this.#rootEnd = offset
      this.counts = { nodes: this.#nodes, hunks, addedLines: added, removedLines: removed }
      return
    }
    parent.hunks += hunks
    parent.added += added
    parent.removed += removed
  }

  internalLineNumbers(value: boolean): void {
    this.#node.hasInternalLineNumbers = value
  }

  rootMember(name: string, _start: number, valueStart: number, end: number): void {
    if (name === 'source1' || name === 'source2') this.#rootMembers.set(name, { start: valueStart, end })
  }

  text(member: TextMember, bytes: Buffer, from: number, to: number, last: boolean): void {
    const node = this.#node
    const text = decodeText(bytes, from, to)
    const offset = this.#tables.texts.append(bytes, from, to)
    const ref = member === 'comment' ? node.comments : node[member]
    if (ref.length === 0) ref.offset = offset
    ref.length += to - from
    const maxBytes = member === 'comment' ? MAX_COMMENTS_BYTES : MAX_SOURCE_BYTES
    if (ref.length > maxBytes)
      throw new JsonTextError(`node ${node.ordinal} has more than ${maxBytes} bytes of ${member}`)
    if (member === 'source1') node.hash1 = hashText(text, node.hash1)
    else if (member === 'source2') node.hash2 = hashText(text, node.hash2)
    else this.#readComment(text, node, last)
  }

  #readComment(text: string, node: OpenNode, last: boolean): void {
    this.#comment = (this.#comment + text).slice(0, COMMENT_HEAD_LENGTH)
    if (!last) return
    const end = this.#tables.texts.append(LINE_FEED, 0, 1)
    if (node.comments.length === 0) node.comments.offset = end
    node.comments.length++
    const found = classifyComment(this.#comment)
    if (found !== null) this.#addNotice({ ...found, node: node.ordinal, comment: this.#comment })
    this.#comment = ''
  }

  diff(bytes: Buffer, from: number, to: number, offset: number, last: boolean): number {
    this.#diff ??= this.#startDiff(offset)
    const { start, firstHunk, scanner } = this.#diff
    const used = scanner.consume(bytes, from, to, offset, last)
    if (!last) return used
    const node = this.#node
    node.diff = {
      start,
      end: offset - from + to,
      trimmedEnd: Math.max(start, scanner.trimmedEnd),
      longestFence: scanner.longestFence,
      firstHunk,
      hunks: this.#tables.hunks.count - firstHunk,
      added: this.#added,
      removed: this.#removed,
    }
    node.hunks += node.diff.hunks
    node.added += this.#added
    node.removed += this.#removed
    this.#diff = null
    return used
  }

  #startDiff(start: number): OpenDiff {
    this.#added = 0
    this.#removed = 0
    const { hunks, checkpoints } = this.#tables
    const scanner = new DiffScanner({
      checkpoint: (checkpoint) => this.#addCheckpoint(checkpoint),
      hunk: (hunk) => this.#addHunk(hunk),
      inputCut: () => this.#addNoticeOnce('INPUT_CUT'),
    })
    return { start, firstHunk: hunks.count, firstCheckpoint: checkpoints.count, scanner, noticed: new Set() }
  }

  #addCheckpoint(checkpoint: Checkpoint): void {
    const { checkpoints } = this.#tables
    checkpoints.fill(checkpoints.reserve(), (into) => encodeCheckpoint(checkpoint, into))
  }

  #addHunk(hunk: ScannedHunk): void {
    const { hunks, checkpoints, texts } = this.#tables
    const diff = this.#diff as OpenDiff
    const plainHeader = hunk.header === plainHunkHeader(hunk)
    let header: TextRef | null = null
    if (hunk.header !== null && !plainHeader) {
      const escaped = Buffer.from(JSON.stringify(hunk.header).slice(1, -1))
      header = { offset: texts.append(escaped, 0, escaped.length), length: escaped.length }
    }
    // Each field by name: there are millions of hunks, and spreading `hunk` would cost more than everything
    // else here.
    const record = {
      node: this.#node.ordinal,
      position: hunks.count - diff.firstHunk,
      start: hunk.start,
      end: hunk.end,
      header,
      plainHeader,
      oldStart: hunk.oldStart,
      oldCount: hunk.oldCount,
      newStart: hunk.newStart,
      newCount: hunk.newCount,
      lines: hunk.lines,
      added: hunk.added,
      removed: hunk.removed,
      cut: hunk.cut,
      firstCheckpoint: diff.firstCheckpoint,
      checkpoints: checkpoints.count - diff.firstCheckpoint,
    }
    hunks.fill(hunks.reserve(), (into) => encodeHunk(record, into))
    diff.firstCheckpoint = checkpoints.count
    this.#added += hunk.added
    this.#removed += hunk.removed
    if (hunk.cut) this.#addNoticeOnce('BLOCK_CUT')
  }

  #addNoticeOnce(kind: 'BLOCK_CUT' | 'INPUT_CUT'): void {
    const { noticed } = this.#diff as OpenDiff
    if (!noticed.has(kind)) this.#addNotice({ kind, node: this.#node.ordinal, tool: null, comment: null })
    noticed.add(kind)
  }

  #addNotice(notice: IncompleteNotice): void {
    this.incompleteCount++
    if (this.incomplete.length < MAX_NOTICES) this.incomplete.push(notice)
  }

  get #node(): OpenNode {
    return this.#open.at(-1) as OpenNode
  }
}

const LINE_FEED = Buffer.from('\n')
