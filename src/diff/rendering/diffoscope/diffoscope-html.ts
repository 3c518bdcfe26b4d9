/**
 * A diffoscope report as one page: diffoscope's elements and class names, our own looks. It is written as it is read, in
 * document order, and has a size limit: tables end after 128 rows, and behind the limit nodes are headings only. What it leaves out is
 * on pages of the same kind that begin where it stops.
 */
import type { Report, ReportNode } from '../../report/types.ts'
import { chunked } from '../chunked.ts'
import { escapeHtml, escapeName } from '../escape.ts'
import {
  contents,
  continuedHeading,
  lineCounts,
  PAGE_END,
  pageHeading,
  pageStart,
} from './diffoscope-html-frame.ts'
import { linePart } from './diffoscope-html-line.ts'
import { type PositionUrl, restLink } from './diffoscope-html-rest-link.ts'
import { diffTable, MAX_ROWS, type TableOptions } from './diffoscope-html-table.ts'
import { documentOrder, type RootSources } from './document-order.ts'
import {
  formatPosition,
  type PagePosition,
  parsePosition,
  resolvePosition,
  TABLE_START,
} from './page-position.ts'

export interface HtmlOptions {
  /** What to call the two sides of the root. */
  readonly sources?: RootSources
  readonly title: string
  /** A stylesheet, linked ahead of the page's own; left out unless it is http(s) or relative. */
  readonly cssUrl?: string | undefined
  /** The address of the page that begins at a place (as text: see place.ts) or, with null, at the report's beginning. Without it what the page
   * leaves out is only counted. */
  readonly url?: ((from: string | null) => string) | undefined
  /** The place at which the page begins. Default: the report's beginning. */
  readonly from?: string | undefined
  /** Size of the page, about. Default: 40 MiB, as diffoscope's; a tenth of it for one that begins at a place. */
  readonly limitBytes?: number
}

const LIMIT_BYTES = 40 * 1024 * 1024
/** A page that goes on is a piece that a script may have fetched. */
const CONTINUED_LIMIT_BYTES = LIMIT_BYTES / 10
const CONTINUED_ROWS = 1000
/** Share of the page that diffs may fill; the rest is kept for the headings of nodes behind them. */
const DIFF_SHARE = 0.8

/** @throws as Report's methods, while it is read; UsageError where the report has no such place, ahead of everything else */
export function diffoscopeHtml(report: Report, options: HtmlOptions): AsyncGenerator<Uint8Array> {
  return chunked(new Page(report, options).pieces())
}

class Page {
  readonly #report: Report
  readonly #options: HtmlOptions
  readonly #limit: number
  readonly #url: PositionUrl | undefined
  #written = 0

  constructor(report: Report, options: HtmlOptions) {
    const { url, from, limitBytes } = options
    this.#report = report
    this.#options = options
    this.#limit = limitBytes ?? (from === undefined ? LIMIT_BYTES : CONTINUED_LIMIT_BYTES)
    this.#url = url && ((place) => url(formatPosition(place)))
  }

  async *pieces(): AsyncGenerator<string> {
    for await (const text of this.#texts()) {
      this.#written += Buffer.byteLength(text)
      yield text
    }
  }

  async *#texts(): AsyncGenerator<string> {
    const { title, cssUrl, from } = this.#options
    if (from !== undefined) return yield* this.#continued(parsePosition(from))
    yield pageStart(title, cssUrl)
    yield pageHeading(this.#report)
    yield* contents(this.#report)
    yield '<main>\n'
    yield* this.#nodes(0)
    yield PAGE_END
  }

  async *#continued(place: PagePosition): AsyncGenerator<string> {
    const { title, cssUrl, url } = this.#options
    const { node, hunk } = await resolvePosition(this.#report, place)
    const part = place.kind === 'line' && hunk ? await linePart(this.#report, hunk, place, this.#url) : null
    yield pageStart(`${title}, continued`, cssUrl)
    yield await continuedHeading(this.#report, node, url?.(null))
    yield '<main id="top">\n'
    if (place.kind === 'node') yield* this.#nodes(place.node)
    else if (place.kind === 'table') yield* this.#table(node, CONTINUED_ROWS, place)
    else yield part ?? ''
    yield PAGE_END
  }

  /** Nodes from one on, as many as there is room for. */
  async *#nodes(start: number): AsyncGenerator<string> {
    const { sources } = this.#options
    /** Ordinals at which the nodes that are still open end. */
    const ends: number[] = []
    for await (const node of documentOrder(this.#report, sources, start)) {
      for (; (ends.at(-1) ?? Number.POSITIVE_INFINITY) <= node.ordinal; ends.pop()) yield NODE_END
      const isBelow = node.parent !== null && node.parent < start ? below(node.parent) : ''
      if (this.#written > this.#limit && node.ordinal > start) {
        yield this.#leftOut(node, isBelow)
        break
      }
      yield* this.#node(node, isBelow)
      ends.push(node.end)
    }
    for (const _ of ends) yield NODE_END
  }

  async *#node(node: ReportNode, isBelow: string): AsyncGenerator<string> {
    yield nodeStart(node, isBelow)
    if (node.comments.length > 0) yield commentsHtml(node.comments)
    if (node.diff === null || node.diff.hunks === 0) {
      if (node.ordinal === 0 && node.children === 0) yield '<p>No differences.</p>\n'
    } else if (this.#isFull()) {
      const { removedLines, addedLines } = node.diff
      const what = `${removedLines.toLocaleString('en')} removed and ${addedLines.toLocaleString('en')} added lines`
      const url = this.#url?.({ kind: 'table', node: node.ordinal, ...TABLE_START })
      yield `<div class="ondemand-details">${restLink('table', url, what)}</div>\n`
    } else yield* this.#table(node, MAX_ROWS)
  }

  #table(
    node: ReportNode,
    maxRows: number,
    from: TableOptions['from'] = TABLE_START,
  ): AsyncGenerator<string> {
    return diffTable(this.#report, node, { url: this.#url, from, maxRows, full: () => this.#isFull() })
  }

  #isFull(): boolean {
    return this.#written > this.#limit * DIFF_SHARE
  }

  #leftOut({ ordinal }: ReportNode, isBelow: string): string {
    const count = this.#report.counts.nodes - ordinal
    const what = `${count.toLocaleString('en')} more entries are not on this page`
    const link = restLink('nodes', this.#url?.({ kind: 'node', node: ordinal }), what)
    return `<div class="ondemand-details"${isBelow}>${link}</div>\n`
  }
}

/** Names the parent, which is on another page, so that a script can put the node there. */
function below(parent: number): string {
  return ` data-parent="${nodeId(parent)}"`
}

function nodeId(ordinal: number): string {
  return ordinal === 0 ? 'top' : `n${ordinal}`
}

function nodeStart({ ordinal, depth, source1, source2, subtree }: ReportNode, isBelow: string): string {
  const id = nodeId(ordinal)
  const anchor = `<a class="anchor" href="#${id}" aria-label="Link to this entry">¶</a>`
  const second = `<div><span class="source">${escapeName(source2)}</span>\n${anchor}</div>`
  const names =
    source1 === source2
      ? second
      : `<div><span class="source">${escapeName(source1)}</span> vs.</div>\n${second}`
  return `<div class="difference" id="${id}"${isBelow}>
<details open><summary><div class="diffheader" role="heading" aria-level="${Math.min(6, depth + 2)}">
<div class="diffcontrol" aria-hidden="true">▾</div>
<div class="diffsize">${lineCounts(subtree.addedLines, subtree.removedLines)}</div>
${names}
</div></summary>
`
}

const NODE_END = '</details>\n</div>\n'

function commentsHtml(comments: readonly string[]): string {
  const multiline = comments.length > 1 || comments[0]?.includes('\n') ? ' multiline' : ''
  return `<div class="comment${multiline}">${comments.map(escapeHtml).join('\n')}</div>\n`
}
