/**
 * A diffoscope report as one page: diffoscope's elements and class names, our own looks. It is written as it is read, in
 * document order, and has a size limit: tables end after 128 rows, and behind the limit nodes are headings only.
 */
import type { Report, ReportNode } from '../report/types.ts'
import { chunked } from './chunked.ts'
import { contents, lineCounts, PAGE_END, pageHeading, pageStart } from './diffoscope-html-frame.ts'
import { diffTable, type RestUrl } from './diffoscope-html-table.ts'
import { documentOrder, type RootSources } from './document-order.ts'
import { escapeAttribute, escapeHtml } from './escape.ts'

export interface HtmlOptions {
  /** What to call the two sides of the root. */
  readonly sources?: RootSources
  readonly title: string
  /** A stylesheet, linked ahead of the page's own; left out unless it is http(s) or relative. */
  readonly cssUrl?: string | undefined
  /** Where what the page leaves out can be read; without it the page only says how much that is. */
  readonly restUrl?: RestUrl | undefined
  /** Size of the page, about. Default: 40 MiB, as diffoscope's. */
  readonly limitBytes?: number
}

const LIMIT_BYTES = 40 * 1024 * 1024
/** Share of the page that diffs may fill; the rest is kept for the headings of nodes behind them. */
const DIFF_SHARE = 0.8

/** @throws as Report's methods, while it is read */
export function diffoscopeHtml(report: Report, options: HtmlOptions): AsyncGenerator<Uint8Array> {
  return chunked(new Page(report, options).pieces())
}

class Page {
  readonly #report: Report
  readonly #options: HtmlOptions
  readonly #limit: number
  #written = 0

  constructor(report: Report, options: HtmlOptions) {
    this.#report = report
    this.#options = options
    this.#limit = options.limitBytes ?? LIMIT_BYTES
  }

  async *pieces(): AsyncGenerator<Uint8Array> {
    for await (const text of this.#texts()) {
      const bytes = Buffer.from(text)
      this.#written += bytes.length
      yield bytes
    }
  }

  async *#texts(): AsyncGenerator<string> {
    const { title, cssUrl, sources } = this.#options
    yield pageStart(title, cssUrl)
    yield pageHeading(this.#report)
    yield* contents(this.#report)
    yield '<main>\n'
    /** Ordinals at which the nodes that are still open end. */
    const ends: number[] = []
    for await (const node of documentOrder(this.#report, sources)) {
      for (; (ends.at(-1) ?? Number.POSITIVE_INFINITY) <= node.ordinal; ends.pop()) yield NODE_END
      if (this.#written > this.#limit) {
        yield this.#leftOut(node)
        break
      }
      yield* this.#node(node)
      ends.push(node.end)
    }
    for (const _ of ends) yield NODE_END
    yield PAGE_END
  }

  async *#node(node: ReportNode): AsyncGenerator<string> {
    yield this.#nodeStart(node)
    if (node.comments.length > 0) yield commentsHtml(node.comments)
    if (node.diff === null || node.diff.hunks === 0) {
      if (node.ordinal === 0 && node.children === 0) yield '<p>No differences.</p>\n'
    } else if (this.#isFull()) {
      const { removedLines, addedLines } = node.diff
      yield this.#rest(
        node.ordinal,
        `${removedLines.toLocaleString('en')} removed and ${addedLines.toLocaleString('en')} added lines`,
      )
    } else {
      yield* diffTable(this.#report, node, this.#options.restUrl, () => this.#isFull())
    }
  }

  #isFull(): boolean {
    return this.#written > this.#limit * DIFF_SHARE
  }

  #nodeStart({ ordinal, depth, source1, source2, subtree }: ReportNode): string {
    const id = ordinal === 0 ? 'top' : `n${ordinal}`
    const anchor = `<a class="anchor" href="#${id}" aria-label="Link to this entry">¶</a>`
    const second = `<div><span class="source">${escapeHtml(source2)}</span>\n${anchor}</div>`
    const names =
      source1 === source2
        ? second
        : `<div><span class="source">${escapeHtml(source1)}</span> vs.</div>\n${second}`
    return `<div class="difference" id="${id}">
<details open><summary><div class="diffheader" role="heading" aria-level="${Math.min(6, depth + 2)}">
<div class="diffcontrol" aria-hidden="true">▾</div>
<div class="diffsize">${lineCounts(subtree.addedLines, subtree.removedLines)}</div>
${names}
</div></summary>
`
  }

  #leftOut({ ordinal }: ReportNode): string {
    const count = this.#report.counts.nodes - ordinal
    return this.#rest(ordinal, `${count.toLocaleString('en')} more entries are not on this page`)
  }

  #rest(ordinal: number, text: string): string {
    const url = this.#options.restUrl?.(ordinal, 0, 0)
    const shown = url === undefined ? text : `<a href="${escapeAttribute(url)}">${text}</a>`
    return `<div class="ondemand-details">${shown}</div>\n`
  }
}

const NODE_END = '</details>\n</div>\n'

function commentsHtml(comments: readonly string[]): string {
  const multiline = comments.length > 1 || comments[0]?.includes('\n') ? ' multiline' : ''
  return `<div class="comment${multiline}">${comments.map(escapeHtml).join('\n')}</div>\n`
}
