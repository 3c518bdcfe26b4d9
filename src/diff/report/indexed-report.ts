/** Implements `Report` (see types.ts) on a report file and its index. */
import { DamagedReportError } from '../../errors.ts'
import type { ContentFile } from '../content/content-file.ts'
import { checkpointsAround } from './index/checkpoints.ts'
import { IndexedPlaces } from './index/diff-places.ts'
import type { IndexReader } from './index/index-reader.ts'
import { sizeOfLines } from './index/line-sizes.ts'
import {
  decodeHunk,
  decodeNode,
  EMPTY_HASH,
  type HunkRecord,
  hashText,
  type NodeRecord,
  type TextRef,
} from './index/records.ts'
import { readLines, readLineText } from './lines.ts'
import { toHunk, toNode } from './node-view.ts'
import { ReadWindow, WINDOW_BYTES } from './read-window.ts'
import { decodeText, JsonTextError } from './scan/json-text.ts'
import { readFragments } from './scan/string-fragments.ts'
import { unescapeAll, windowsOf } from './scan/unescape.ts'
import type {
  DiffPlaces,
  DiffTextOptions,
  DiffWindow,
  LinePart,
  LineRange,
  NodeOutline,
  Report,
  ReportHunk,
  ReportLine,
  ReportNode,
} from './types.ts'

const MAX_PAGE = 1000
const DIFF_CHUNK_BYTES = 256 * 1024
const LINES_CHUNK_BYTES = 64 * 1024
const NO_PREFIX = new Uint8Array(0)

export class IndexedReport implements Report {
  readonly path: string
  readonly sizeBytes: number
  readonly digest: string
  readonly root: Report['root']
  readonly counts: Report['counts']
  readonly incomplete: Report['incomplete']
  readonly incompleteCount: number
  readonly #file: ContentFile
  readonly #index: IndexReader
  readonly #window: ReadWindow
  #closed: Promise<void> | null = null

  /** Takes ownership of `file` and `index`: `close` closes them. */
  constructor(file: ContentFile, index: IndexReader) {
    const { report, root, counts, incomplete, incompleteCount } = index.footer
    this.path = file.path
    this.sizeBytes = report.sizeBytes
    this.digest = report.digest
    this.root = root
    this.counts = counts
    this.incomplete = incomplete
    this.incompleteCount = incompleteCount
    this.#file = file
    this.#window = new ReadWindow(file)
    this.#index = index
  }

  async node(ordinal: number): Promise<ReportNode> {
    return this.#load(ordinal, await this.#node(ordinal))
  }

  async outline(ordinal: number): Promise<NodeOutline> {
    const { parent, depth, end, source1, source2, comments } = await this.#node(ordinal)
    const textBytes = source1.length + source2.length + comments.length
    return { parent, depth, end, newNameBytes: source2.length, textBytes }
  }

  async newName(ordinal: number): Promise<string> {
    return decodeText(await this.#text((await this.#node(ordinal)).source2))
  }

  async nodes(from: number, count: number): Promise<ReportNode[]> {
    checkPage(from, count)
    const nodes: ReportNode[] = []
    const end = Math.min(this.counts.nodes, from + count)
    for (let ordinal = from; ordinal < end; ordinal++) nodes.push(await this.node(ordinal))
    return nodes
  }

  async children(
    ordinal: number,
    { after, count }: { after?: number; count: number },
  ): Promise<ReportNode[]> {
    checkPage(0, count)
    const { end } = await this.#node(ordinal)
    let at = ordinal + 1
    if (after !== undefined) {
      const previous = await this.#node(after)
      if (previous.parent !== ordinal) throw new RangeError(`node ${after} is not a child of node ${ordinal}`)
      at = previous.end
    }
    const nodes: ReportNode[] = []
    while (at < end && nodes.length < count) {
      const record = await this.#node(at)
      nodes.push(await this.#load(at, record))
      at = record.end
    }
    return nodes
  }

  async ancestry(ordinal: number): Promise<ReportNode[]> {
    const nodes: ReportNode[] = []
    for (let at: number | null = ordinal; at !== null; ) {
      const node: ReportNode = await this.node(at)
      nodes.push(node)
      at = node.parent
    }
    return nodes.reverse()
  }

  async find(path: readonly string[], limit = 100): Promise<ReportNode[]> {
    let level = [0]
    for (const [depth, name] of path.entries()) {
      const hash = hashText(name, EMPTY_HASH)
      // The limit applies to the last name only: a node before it may have no match below.
      const max = depth === path.length - 1 ? limit : MAX_PAGE
      const next: number[] = []
      for (const parent of level) {
        const { end } = await this.#node(parent)
        for (let at = parent + 1; at < end && next.length < max; ) {
          const record = await this.#node(at)
          if (await this.#isNamed(record, name, hash)) next.push(at)
          at = record.end
        }
      }
      level = next
    }
    return Promise.all(level.slice(0, limit).map((ordinal) => this.node(ordinal)))
  }

  async hunks(ordinal: number, from: number, count: number): Promise<ReportHunk[]> {
    checkPage(from, count)
    const { diff } = await this.#node(ordinal)
    const hunks: ReportHunk[] = []
    for (let at = from; at < Math.min(diff?.hunks ?? 0, from + count); at++) {
      const record = decodeHunk(await this.#index.record('hunks', (diff?.firstHunk ?? 0) + at))
      hunks.push(toHunk(record, record.header && (await this.#text(record.header))))
    }
    return hunks
  }

  async *lines(hunk: ReportHunk, range: LineRange = {}): AsyncGenerator<ReportLine[]> {
    const record = await this.#hunk(hunk)
    const { at } = await checkpointsAround(this.#index, record, ({ line }) => line <= (range.from ?? 0))
    const fragments = this.#fragments(at?.offset ?? record.start, record.end, LINES_CHUNK_BYTES)
    yield* this.#typed(readLines(fragments, record, at, range))
  }

  async sizeOfLines(hunk: ReportHunk, { from, count, maxTextLength }: Required<LineRange>): Promise<number> {
    const record = await this.#hunk(hunk)
    return sizeOfLines(this.#index, record, { from, count, maxLineBytes: maxTextLength })
  }

  async nextLineOn(hunk: ReportHunk, side: 'old' | 'new', from: number): Promise<number> {
    const record = await this.#hunk(hunk)
    const search = async (start: number, end: number) => {
      let line = start
      for await (const batch of this.lines(hunk, { from: start, count: end - start, maxTextLength: 0 }))
        for (const { oldNumber, newNumber } of batch) {
          if ((side === 'old' ? oldNumber : newNumber) !== null) return line
          line += 1
        }
      return end
    }
    const { next } = await checkpointsAround(this.#index, record, ({ line }) => line <= from)
    const near = await search(from, next?.line ?? record.lines)
    if (next === null || near < next.line) return near
    // Checkpoints with the same count for the side have no line of that side between them: skip them all.
    const run = await checkpointsAround(this.#index, record, (checkpoint) => checkpoint[side] <= next[side])
    return search(run.at?.line ?? from, run.next?.line ?? record.lines)
  }

  async lineText(hunk: ReportHunk, line: number, from: number, length: number): Promise<LinePart> {
    const record = await this.#hunk(hunk)
    const { at } = await checkpointsAround(this.#index, record, (checkpoint) => checkpoint.line <= line)
    const fragments = this.#fragments(at?.offset ?? record.start, record.end, LINES_CHUNK_BYTES)
    return readLineText(fragments, record, at, { line, from, length }).catch((error: unknown) => {
      throw this.#toDifferError(error)
    })
  }

  async *diff(ordinal: number, options: DiffTextOptions = {}): AsyncGenerator<Uint8Array> {
    const { trimmed = false, linePrefix = NO_PREFIX } = options
    const { diff } = await this.#node(ordinal)
    if (diff === null) return
    const end = trimmed ? diff.trimmedEnd : diff.end
    yield* this.#typed(unescapeAll(this.#fragments(diff.start, end, DIFF_CHUNK_BYTES), linePrefix))
  }

  async places(ordinal: number): Promise<DiffPlaces | null> {
    const { diff } = await this.#node(ordinal)
    return diff === null || diff.hunks === 0 ? null : new IndexedPlaces(this.#index, diff)
  }

  async *windows(ordinal: number, from: number): AsyncGenerator<DiffWindow> {
    const { diff } = await this.#node(ordinal)
    if (diff === null) return
    yield* this.#typed(windowsOf(this.#fragments(from, diff.end, DIFF_CHUNK_BYTES), from))
  }

  async *#fragments(start: number, end: number, chunkBytes: number): AsyncGenerator<Buffer> {
    if (end - start > Math.min(chunkBytes, WINDOW_BYTES))
      yield* readFragments(this.#file, start, end, chunkBytes)
    else if (end > start) yield await this.#window.read(start, end)
  }

  close(): Promise<void> {
    this.#closed ??= Promise.all([this.#file.close(), this.#index.close()]).then(() => {})
    return this.#closed
  }

  async #node(ordinal: number): Promise<NodeRecord> {
    return decodeNode(await this.#index.record('nodes', ordinal))
  }

  async #load(ordinal: number, record: NodeRecord): Promise<ReportNode> {
    const { source1, source2, comments } = record
    return toNode(ordinal, record, {
      source1: await this.#text(source1),
      source2: await this.#text(source2),
      comments: await this.#text(comments),
    })
  }

  /** @throws RangeError if the node has no such hunk */
  async #hunk({ node, position }: ReportHunk): Promise<HunkRecord> {
    const { diff } = await this.#node(node)
    if (diff === null || position >= diff.hunks) throw new RangeError(`node ${node} has no hunk ${position}`)
    return decodeHunk(await this.#index.record('hunks', diff.firstHunk + position))
  }

  async #isNamed(record: NodeRecord, name: string, hash: number): Promise<boolean> {
    for (const [textHash, text] of [
      [record.hash1, record.source1],
      [record.hash2, record.source2],
    ] as const)
      if (textHash === hash && decodeText(await this.#text(text)) === name) return true
    return false
  }

  #text(text: TextRef): Promise<Buffer> {
    return this.#index.text(text)
  }

  /** Passes on `source`, with damage as DamagedReportError. */
  async *#typed<T>(source: AsyncGenerator<T>): AsyncGenerator<T> {
    try {
      yield* source
    } catch (error) {
      throw this.#toDifferError(error)
    }
  }

  #toDifferError(error: unknown): unknown {
    return error instanceof JsonTextError ? new DamagedReportError(this.path, error.message) : error
  }
}

function checkPage(from: number, count: number): void {
  if (!(Number.isInteger(from) && from >= 0))
    throw new RangeError(`a page must begin at a whole number from 0, not at ${from}`)
  if (!(Number.isInteger(count) && count >= 0 && count <= MAX_PAGE))
    throw new RangeError(`a page must have 0 to ${MAX_PAGE} entries, not ${count}`)
}
