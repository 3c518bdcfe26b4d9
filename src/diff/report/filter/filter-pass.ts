/**
 * Writes the filtered report in one pass and constant memory. The beginning of a node or hunk is written
 * before it is known whether the filter removes it. If so, the output is rewound to that beginning.
 */
import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { DamagedReportError } from '../../../errors.ts'
import type { ByteReader } from '../../content/byte-reader.ts'
import { openContent } from '../../content/content-file.ts'
import type { Report, ReportHunk, ReportLine, ReportNode } from '../types.ts'
import type { FilterRules } from './filter-rules.ts'
import { RewindableFile } from './rewindable-file.ts'

const NODE_PAGE = 100
const HUNK_PAGE = 200
/**
 * In UTF-16 units. A hunk with a longer line is copied unfiltered, because such a line is not about versions.
 */
const MAX_LINE_LENGTH = 4 * 1024 * 1024
const COPY_CHUNK_BYTES = 256 * 1024

/** @throws the errors of Report's methods; file system errors */
export async function writeFiltered(report: Report, rules: FilterRules, into: FileHandle): Promise<void> {
  const source = await openContent(report.path)
  try {
    const out = new RewindableFile(into)
    await new FilterPass(report, source, rules, out).run()
    await out.end()
  } finally {
    await source.close()
  }
}

/** A node that has not ended yet. */
interface OpenNode {
  readonly node: ReportNode
  /** Position in the output to rewind to if the node is removed. */
  readonly start: number
  /** Whether the filter left any of its hunks. */
  readonly diffLeft: boolean
  childrenLeft: number
}

class FilterPass {
  readonly #report: Report
  readonly #source: ByteReader
  readonly #rules: FilterRules
  readonly #out: RewindableFile
  readonly #open: OpenNode[] = []

  constructor(report: Report, source: ByteReader, rules: FilterRules, out: RewindableFile) {
    this.#report = report
    this.#source = source
    this.#rules = rules
    this.#out = out
  }

  async run(): Promise<void> {
    const { nodes: total } = this.#report.counts
    for (let at = 0; at < total; ) {
      for (const node of await this.#report.nodes(at, NODE_PAGE)) {
        if (node.ordinal < at) continue
        await this.#endNodes(node.ordinal)
        const isRemoved = await this.#rules.removesNode(node, this.#ancestors())
        if (!isRemoved) await this.#beginNode(node)
        at = isRemoved ? node.end : node.ordinal + 1
      }
    }
    await this.#endNodes(total)
    await this.#out.write('\n')
  }

  #ancestors(): ReportNode[] {
    return this.#open.map(({ node }) => node)
  }

  async #beginNode(node: ReportNode): Promise<void> {
    const parent = this.#open.at(-1)
    const start = this.#out.position
    if (parent !== undefined) await this.#out.write(parent.childrenLeft === 0 ? ', "details": [' : ', ')
    const head = {
      ...(parent === undefined && { 'diffoscope-json-version': 1 }),
      ...this.#rules.sourcesOf(node),
      ...(node.comments.length > 0 && { comments: node.comments }),
      ...(node.hasInternalLineNumbers && { has_internal_linenos: true }),
    }
    await this.#out.write(`${JSON.stringify(head).slice(0, -1)}, "unified_diff": `)
    const diffLeft = await this.#writeDiff(node)
    this.#open.push({ node, start, diffLeft, childrenLeft: 0 })
  }

  /** Ends the open nodes that are not ancestors of the node with this ordinal. */
  async #endNodes(ordinal: number): Promise<void> {
    for (let last = this.#open.at(-1); last && last.node.end <= ordinal; last = this.#open.at(-1)) {
      this.#open.pop()
      const { node, start, diffLeft, childrenLeft } = last
      const parent = this.#open.at(-1)
      const isEmpty = !diffLeft && childrenLeft === 0
      if (parent !== undefined && isEmpty && this.#rules.removesEmpty(node, this.#ancestors())) {
        this.#out.rewind(start)
        continue
      }
      await this.#out.write(childrenLeft > 0 ? ']}' : '}')
      if (parent !== undefined) parent.childrenLeft += 1
    }
  }

  /** @returns whether the filter left any hunk */
  async #writeDiff(node: ReportNode): Promise<boolean> {
    const { ordinal, diff } = node
    const start = this.#out.position
    let anyLeft = false
    await this.#out.write('"')
    for (let at = 0; at < (diff?.hunks ?? 0); at += HUNK_PAGE) {
      for (const hunk of await this.#report.hunks(ordinal, at, HUNK_PAGE)) {
        if (await this.#writeHunk(node, hunk)) anyLeft = true
      }
    }
    await this.#out.write('"')
    if (anyLeft) return true
    this.#out.rewind(start)
    await this.#out.write(diff !== null && diff.hunks === 0 ? '""' : 'null')
    return false
  }

  /** @returns whether the filter left the hunk */
  async #writeHunk(node: ReportNode, hunk: ReportHunk): Promise<boolean> {
    const { rewriteLine, removesHunk } = this.#rules
    if (removesHunk && (await removesHunk.call(this.#rules, node, this.#ancestors(), hunk))) return false
    if (rewriteLine && hunk.header !== null) return this.#rewriteHunk(hunk, hunk.header, rewriteLine)
    await this.#copy(hunk.startBytes, hunk.sizeBytes)
    return true
  }

  /** @returns false if both sides of the rewritten hunk are equal, so that it was removed */
  async #rewriteHunk(
    hunk: ReportHunk,
    header: string,
    rewriteLine: (line: ReportLine) => string,
  ): Promise<boolean> {
    const start = this.#out.position
    // Sides of different length differ. Those of a cut hunk are not known.
    const sides = !hunk.cut && hunk.addedLines === hunk.removedLines ? new SideComparison() : null
    await this.#out.write(escaped(`${header}\n`))
    for await (const batch of this.#report.lines(hunk, { maxTextLength: MAX_LINE_LENGTH })) {
      let text = ''
      for (const line of batch) {
        if (line.textCut > 0) {
          this.#out.rewind(start)
          await this.#copy(hunk.startBytes, hunk.sizeBytes)
          return true
        }
        const rewritten = rewriteLine(line)
        text += `${signOf(line)}${rewritten}\n`
        sides?.add(line.kind, rewritten)
      }
      sides?.digest()
      await this.#out.write(escaped(text))
    }
    if (!sides?.areEqual()) return true
    this.#out.rewind(start)
    return false
  }

  async #copy(start: number, size: number): Promise<void> {
    const buffer = Buffer.allocUnsafe(Math.min(size, COPY_CHUNK_BYTES))
    for (let at = start; at < start + size; ) {
      const { bytesRead } = await this.#source.read(buffer, 0, Math.min(buffer.length, start + size - at), at)
      if (bytesRead === 0)
        throw new DamagedReportError(this.#report.path, `it ends at byte ${at}, within a hunk`)
      await this.#out.write(buffer.subarray(0, bytesRead))
      at += bytesRead
    }
  }
}

function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

function signOf({ kind, oldNumber }: ReportLine): string {
  if (kind === 'removed' || (kind === 'elided' && oldNumber !== null)) return '-'
  if (kind === 'added' || kind === 'elided') return '+'
  return kind === 'noNewline' ? '\\' : ' '
}

/** Decides whether the two sides of a hunk have the same lines, without holding them in memory. */
class SideComparison {
  readonly #old = createHash('sha1')
  readonly #new = createHash('sha1')
  #oldText = ''
  #newText = ''
  /** Kind of the previous line, which `noNewline` refers to. */
  #last: ReportLine['kind'] = 'context'

  add(kind: ReportLine['kind'], text: string): void {
    const sidesOf = kind === 'noNewline' ? this.#last : kind
    const line = kind === 'noNewline' ? '\\\n' : ` ${text}\n`
    if (sidesOf !== 'added') this.#oldText += line
    if (sidesOf !== 'removed') this.#newText += line
    this.#last = sidesOf
  }

  /** Hashes the added text, so that it need not be kept. */
  digest(): void {
    this.#old.update(this.#oldText)
    this.#new.update(this.#newText)
    this.#oldText = this.#newText = ''
  }

  areEqual(): boolean {
    return this.#old.digest('hex') === this.#new.digest('hex')
  }
}
