/**
 * A diffoscope report as one page, with diffoscope's elements and class names but a style of Differ's. The
 * page is written in document order while the report is read. Unless it is to be whole, its size is limited in
 * bytes and in nodes of the DOM: tables end after 128 rows, and once the page is full, nodes have only headings. Pages of the same kind that
 * begin where this one stops show what it omits.
 */
import type { Report, ReportNode } from '../../report/types.ts'
import { chunked } from '../chunked.ts'
import { escapeAttribute, escapeHtml, escapeName } from '../escape.ts'
import {
  contents,
  continuedHeading,
  lineCounts,
  PAGE_END,
  pageHeading,
  pageStart,
  shortName,
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
  /** Names of the two sides of the root. Default: those in the report. */
  readonly sources?: RootSources
  readonly title: string
  /** A stylesheet to link before the page's own. Ignored unless it is http(s) or relative. */
  readonly cssUrl?: string | undefined
  /**
   * Returns the URL of the page that begins at a position (see page-position.ts) or, for null, at the
   * report's beginning. Without it, omitted parts are counted but not linked.
   */
  readonly url?: ((from: string | null) => string) | undefined
  /** URL of the web page's view of the same comparison. Without it, the page has no link there. */
  readonly compareUrl?: string | undefined
  /** Position at which the page begins. Default: the report's beginning. */
  readonly from?: string | undefined
  /** What the report does not show, as HTML, at the end of the first page. */
  readonly unshown?: string | undefined
  /** Whether the page has all nodes and all rows. */
  readonly isWhole?: boolean
  /** Approximate size of the page. Ignored for a whole page. Default: 40 MiB, like diffoscope's; a tenth of that with `from`. */
  readonly limitBytes?: number
}

/** Elements and texts in a page that is not whole: a browser shows so many at once, also on a phone. */
const MAX_DOM_NODES = 20_000
/** Reserved for the head of the page, and for links to what is left out. */
const DOM_NODES_OF_FRAME = 1_200

const UNLIMITED = Number.POSITIVE_INFINITY

const LIMIT_BYTES = 40 * 1024 * 1024
/** A continued page may be fetched by a script to be put into the first one. */
const CONTINUED_LIMIT_BYTES = LIMIT_BYTES / 10
const CONTINUED_ROWS = 1000
/** Share of the page that diffs may fill. The rest is reserved for the headings of the nodes after them. */
const DIFF_SHARE = 0.8

/**
 * A chunk is valid until the next one is requested.
 * @throws UsageError before the first chunk if the report has no position `from`; as Report's methods, while
 *   it is read
 */
export function diffoscopeHtml(report: Report, options: HtmlOptions): AsyncGenerator<Uint8Array> {
  return chunked(new Page(report, options).pieces())
}

class Page {
  readonly #report: Report
  readonly #options: HtmlOptions
  readonly #limit: number
  readonly #url: PositionUrl | undefined
  readonly #maxDomNodes: number
  #written = 0
  #domNodes = 0
  /** The nodes to which the contents link. */
  readonly #linked: ReportNode[] = []

  constructor(report: Report, options: HtmlOptions) {
    const { url, from, isWhole = false, limitBytes } = options
    this.#report = report
    this.#options = options
    this.#limit = isWhole
      ? UNLIMITED
      : (limitBytes ?? (from === undefined ? LIMIT_BYTES : CONTINUED_LIMIT_BYTES))
    this.#maxDomNodes = isWhole ? UNLIMITED : MAX_DOM_NODES - DOM_NODES_OF_FRAME
    this.#url = url && ((position) => url(formatPosition(position)))
  }

  async *pieces(): AsyncGenerator<string> {
    for await (const text of this.#texts()) {
      this.#written += Buffer.byteLength(text)
      if (this.#maxDomNodes !== UNLIMITED) this.#domNodes += domNodesOf(text)
      yield text
    }
  }

  async *#texts(): AsyncGenerator<string> {
    const { title, cssUrl, from } = this.#options
    if (from !== undefined) return yield* this.#continued(parsePosition(from))
    yield pageStart(title, cssUrl)
    yield pageHeading(this.#report, this.#options.compareUrl)
    yield* contents(this.#report, this.#linked)
    yield '<main>\n'
    yield* this.#nodes(0)
    yield this.#options.unshown ?? ''
    yield PAGE_END
  }

  async *#continued(position: PagePosition): AsyncGenerator<string> {
    const { title, cssUrl, url } = this.#options
    const { node, hunk } = await resolvePosition(this.#report, position)
    const part =
      position.kind === 'line' && hunk ? await linePart(this.#report, hunk, position, this.#url) : null
    yield pageStart(`${title}, continued`, cssUrl)
    yield await continuedHeading(this.#report, node, url?.(null))
    yield '<main id="top">\n'
    if (position.kind === 'node') yield* this.#nodes(position.node)
    else if (position.kind === 'table') yield* this.#table(node, CONTINUED_ROWS, position)
    else yield part ?? ''
    yield PAGE_END
  }

  /** Nodes from ordinal `start` on, as many as there is room for. */
  async *#nodes(start: number): AsyncGenerator<string> {
    const { sources } = this.#options
    /** For each open element, the ordinal after the last node below it. */
    const ends: number[] = []
    for await (const node of documentOrder(this.#report, sources, start)) {
      for (; (ends.at(-1) ?? Number.POSITIVE_INFINITY) <= node.ordinal; ends.pop()) yield NODE_END
      const isDetached = node.parent !== null && node.parent < start
      const parentAttribute = isDetached ? parentAttributeOf(node.parent) : ''
      const isOver = this.#written > this.#limit || this.#domNodes > this.#maxDomNodes
      if (isOver && node.ordinal > start) {
        yield this.#omitted(node, parentAttribute)
        break
      }
      yield* this.#node(node, parentAttribute)
      ends.push(node.end)
    }
    for (const _ of ends) yield NODE_END
  }

  async *#node(node: ReportNode, parentAttribute: string): AsyncGenerator<string> {
    yield nodeStart(node, parentAttribute)
    if (node.comments.length > 0) yield commentsHtml(node.comments)
    if (node.diff === null || node.diff.hunks === 0) {
      if (node.ordinal === 0 && node.children === 0) yield '<p>No differences.</p>\n'
    } else if (this.#isFull()) {
      const { removedLines, addedLines } = node.diff
      const text = `${removedLines.toLocaleString('en')} removed and ${addedLines.toLocaleString('en')} added lines`
      const url = this.#url?.({ kind: 'table', node: node.ordinal, ...TABLE_START })
      yield `<div class="ondemand-details">${restLink('table', url, text)}</div>\n`
    } else yield* this.#table(node, this.#options.isWhole ? UNLIMITED : MAX_ROWS)
  }

  #table(
    node: ReportNode,
    maxRows: number,
    from: TableOptions['from'] = TABLE_START,
  ): AsyncGenerator<string> {
    return diffTable(this.#report, node, { url: this.#url, from, maxRows, isPageFull: () => this.#isFull() })
  }

  #isFull(): boolean {
    return this.#written > this.#limit * DIFF_SHARE || this.#domNodes > this.#maxDomNodes * DIFF_SHARE
  }

  #omitted({ ordinal }: ReportNode, parentAttribute: string): string {
    const count = this.#report.counts.nodes - ordinal
    const text = `${count.toLocaleString('en')} more files are not on this page`
    const link = restLink('nodes', this.#url?.({ kind: 'node', node: ordinal }), text)
    return `<div class="ondemand-details"${parentAttribute}>${link}</div>\n${this.#otherPages(ordinal)}`
  }

  /** Where links of the contents lead if their node is on another page. */
  #otherPages(from: number): string {
    const links = this.#linked
      .filter(({ ordinal }) => ordinal >= from)
      .map((node) => {
        const url = this.#url?.({ kind: 'node', node: node.ordinal })
        const name = shortName(node)
        const link = url === undefined ? name : `<a href="${escapeAttribute(url)}">${name}</a>`
        return `<li id="${nodeId(node.ordinal)}">${link}</li>\n`
      })
    return links.length === 0 ? '' : `<ul class="other-pages">\n${links.join('')}</ul>\n`
  }
}

/** The number of elements and texts in a piece of a page. */
function domNodesOf(html: string): number {
  let nodes = 0
  for (let at = html.indexOf('<'); at >= 0; at = html.indexOf('<', at + 1)) {
    if (html.charAt(at + 1) !== '/') nodes += 1
    const before = html.charAt(at - 1)
    if (before !== '' && before !== '>') nodes += 1
  }
  return nodes
}

/** For a node whose parent is on another page: names it, so that a script can move the node there. */
function parentAttributeOf(parent: number): string {
  return ` data-parent="${nodeId(parent)}"`
}

function nodeId(ordinal: number): string {
  return ordinal === 0 ? 'top' : `n${ordinal}`
}

function nodeStart(
  { ordinal, depth, source1, source2, subtree }: ReportNode,
  parentAttribute: string,
): string {
  const id = nodeId(ordinal)
  const anchor = `<a class="anchor" href="#${id}" aria-label="Link to this file">¶</a>`
  const second = `<div><span class="source">${escapeName(source2)}</span></div>`
  const names =
    source1 === source2
      ? second
      : `<div><span class="source">${escapeName(source1)}</span> vs.</div>\n${second}`
  return `<div class="difference" id="${id}"${parentAttribute}>
${anchor}<details open><summary><div class="diffheader" role="heading" aria-level="${Math.min(6, depth + 2)}">
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
