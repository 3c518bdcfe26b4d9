/**
 * Writes what the filter leaves of a report as a report of its own, in one pass and constant memory: everything is written as it
 * comes, and taken back when its end shows that nothing of it is left.
 */
import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import type { Report, ReportHunk, ReportLine, ReportNode } from '../types.ts'
import {
  type BuildVersions,
  createRenaming,
  hasOneName,
  isBoringEntry,
  type Renaming,
} from './filter-rules.ts'
import { RewindableFile } from './rewindable-file.ts'

const NODE_PAGE = 100
const HUNK_PAGE = 200
/** A hunk with a longer line stays as it is: nothing of that length is a version. UTF-16 units. */
const MAX_LINE_LENGTH = 4 * 1024 * 1024
const RAW_PIECE_BYTES = 256 * 1024

/** @throws as Report's methods; file system errors */
export async function writeFiltered(
  report: Report,
  versions: BuildVersions,
  into: FileHandle,
): Promise<void> {
  const source = await open(report.path)
  try {
    const out = new RewindableFile(into)
    await new FilterPass(report, source, createRenaming(versions), out).run()
    await out.end()
  } finally {
    await source.close()
  }
}

/** A node whose end is still to come. */
interface OpenNode {
  readonly node: ReportNode
  /** Where the output goes on if the node goes. */
  readonly mark: number
  readonly diffLeft: boolean
  childrenLeft: number
}

class FilterPass {
  readonly #report: Report
  readonly #source: FileHandle
  readonly #renaming: Renaming
  readonly #out: RewindableFile
  readonly #open: OpenNode[] = []

  constructor(report: Report, source: FileHandle, renaming: Renaming, out: RewindableFile) {
    this.#report = report
    this.#source = source
    this.#renaming = renaming
    this.#out = out
  }

  async run(): Promise<void> {
    const { nodes: total } = this.#report.counts
    for (let at = 0; at < total; ) {
      for (const node of await this.#report.nodes(at, NODE_PAGE)) {
        if (node.ordinal < at) continue
        await this.#endNodes(node.ordinal)
        const boring = node.depth === 1 && isBoringEntry(node)
        if (!boring) await this.#beginNode(node)
        at = boring ? node.end : node.ordinal + 1
      }
    }
    await this.#endNodes(total)
    await this.#out.write('\n')
  }

  async #beginNode(node: ReportNode): Promise<void> {
    const parent = this.#open.at(-1)
    const mark = this.#out.position
    if (parent !== undefined) await this.#out.write(parent.childrenLeft === 0 ? ', "details": [' : ', ')
    const oneName = hasOneName(node)
    const head = {
      ...(parent === undefined && { 'diffoscope-json-version': 1 }),
      source1: oneName ? this.#renaming.either(node.source1) : this.#renaming.old(node.source1),
      source2: oneName ? this.#renaming.either(node.source2) : this.#renaming.new(node.source2),
      ...(node.comments.length > 0 && { comments: node.comments }),
      ...(node.hasInternalLineNumbers && { has_internal_linenos: true }),
    }
    await this.#out.write(`${JSON.stringify(head).slice(0, -1)}, "unified_diff": `)
    const diffLeft = await this.#writeDiff(node)
    this.#open.push({ node, mark, diffLeft, childrenLeft: 0 })
  }

  /** Ends the nodes that hold no node of this ordinal. */
  async #endNodes(ordinal: number): Promise<void> {
    for (
      let last = this.#open.at(-1);
      last !== undefined && last.node.end <= ordinal;
      last = this.#open.at(-1)
    ) {
      this.#open.pop()
      const { node, mark, diffLeft, childrenLeft } = last
      const parent = this.#open.at(-1)
      const hadSomething = node.children > 0 || (node.diff?.hunks ?? 0) > 0
      if (parent !== undefined && hadSomething && !diffLeft && childrenLeft === 0) {
        this.#out.rewind(mark)
        continue
      }
      await this.#out.write(childrenLeft > 0 ? ']}' : '}')
      if (parent !== undefined) parent.childrenLeft += 1
    }
  }

  /** @returns whether a hunk is left */
  async #writeDiff({ ordinal, diff }: ReportNode): Promise<boolean> {
    const mark = this.#out.position
    let left = false
    await this.#out.write('"')
    for (let at = 0; at < (diff?.hunks ?? 0); at += HUNK_PAGE) {
      for (const hunk of await this.#report.hunks(ordinal, at, HUNK_PAGE)) {
        if (await this.#writeHunk(hunk)) left = true
      }
    }
    await this.#out.write('"')
    if (left) return true
    this.#out.rewind(mark)
    await this.#out.write(diff !== null && diff.hunks === 0 ? '""' : 'null')
    return false
  }

  /** @returns whether the hunk stays */
  async #writeHunk(hunk: ReportHunk): Promise<boolean> {
    if (hunk.header === null) {
      // Lines ahead of any header compare nothing.
      await this.#copy(hunk.startBytes, hunk.sizeBytes)
      return true
    }
    const mark = this.#out.position
    // Sides of unequal length differ; those of a cut hunk are not known.
    const sides = !hunk.cut && hunk.addedLines === hunk.removedLines ? new SideComparison() : null
    await this.#out.write(escaped(`${hunk.header}\n`))
    for await (const batch of this.#report.lines(hunk, { maxTextLength: MAX_LINE_LENGTH })) {
      let text = ''
      for (const line of batch) {
        if (line.textCut > 0) {
          this.#out.rewind(mark)
          await this.#copy(hunk.startBytes, hunk.sizeBytes)
          return true
        }
        const renamed = this.#renamed(line)
        text += `${markOf(line)}${renamed}\n`
        sides?.add(line.kind, renamed)
      }
      sides?.digest()
      await this.#out.write(escaped(text))
    }
    if (!sides?.equal()) return true
    this.#out.rewind(mark)
    return false
  }

  #renamed({ kind, text }: ReportLine): string {
    if (kind === 'removed') return this.#renaming.old(text)
    return kind === 'added' ? this.#renaming.new(text) : text
  }

  async #copy(start: number, size: number): Promise<void> {
    const buffer = Buffer.allocUnsafe(Math.min(size, RAW_PIECE_BYTES))
    for (let at = start; at < start + size; ) {
      const { bytesRead } = await this.#source.read(buffer, 0, Math.min(buffer.length, start + size - at), at)
      if (bytesRead === 0) throw new RangeError('the report has become shorter')
      await this.#out.write(buffer.subarray(0, bytesRead))
      at += bytesRead
    }
  }
}

function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

function markOf({ kind, oldNumber }: ReportLine): string {
  if (kind === 'removed' || (kind === 'elided' && oldNumber !== null)) return '-'
  if (kind === 'added' || kind === 'elided') return '+'
  return kind === 'noNewline' ? '\\' : ' '
}

/** Tells whether a hunk's two sides are the same lines in the same order, without holding them. */
class SideComparison {
  readonly #old = createHash('sha1')
  readonly #new = createHash('sha1')
  #oldText = ''
  #newText = ''
  /** The line before, which a missing newline is about. */
  #last: ReportLine['kind'] = 'context'

  add(kind: ReportLine['kind'], text: string): void {
    const about = kind === 'noNewline' ? this.#last : kind
    const line = kind === 'noNewline' ? '\\\n' : ` ${text}\n`
    if (about !== 'added') this.#oldText += line
    if (about !== 'removed') this.#newText += line
    this.#last = about
  }

  /** Forgets the text that was added. */
  digest(): void {
    this.#old.update(this.#oldText)
    this.#new.update(this.#newText)
    this.#oldText = this.#newText = ''
  }

  equal(): boolean {
    return this.#old.digest('hex') === this.#new.digest('hex')
  }
}
