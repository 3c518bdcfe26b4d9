/**
 * The loaded parts of a report, and the height of every part. A height is estimated until the part is loaded,
 * and measured when it is drawn. Sums of heights are updated with each change, so that looking up an offset
 * does not take time proportional to the number of lines. Knows neither the DOM nor the network.
 */
import type { HunkFactsFragment, NodeFactsFragment } from '../generated/graphql.ts'
import { Folds } from './folds.ts'
import {
  type Content,
  HUNKS,
  type Hunk,
  headOf,
  hunkPageOf,
  type Item,
  type Mode,
  NODES,
  type Node,
  PIECE,
  type Piece,
  pageOf,
  sizeOf,
} from './items.ts'

/** The heights that the style sheet gives to a line, the heading of a node, and the header of a hunk. */
export interface Heights {
  readonly line: number
  readonly head: number
  readonly hunk: number
}

export interface Totals {
  /** Includes the root. */
  readonly nodes: number
  readonly hunks: number
  readonly added: number
  readonly removed: number
}

/** Unchanged lines around a change, as diffoscope prints them. */
const CONTEXT_LINES = 8
/** The columns of line numbers are at least so wide, so that they seldom grow while more is loaded. */
const MIN_DIGITS = 4

/** A report with at most so many lines and nodes is in the document as a whole. */
export const SMALL = { lines: 1_000, nodes: 60 }
/** For each hunk, on average. */
const LINES_BESIDE_CHANGES = 6

export class ReportModel {
  readonly mode: Mode
  /** Whether all of it is in the document, so that the browser's own search finds all, and prints all. */
  readonly isSmall: boolean
  /** The maximum number of lines or rows in a piece. */
  readonly pieceSize: number
  /** Ordinals go from 1 to this one. */
  readonly last: number
  readonly #heights: Heights
  readonly #pages: (Node[] | null)[]
  readonly #pageHeights: Float64Array
  readonly #folds: Folds
  /** Hunks that are shown although they change white space alone, as `ORDINAL.HUNK`. */
  readonly #unfoldedHunks = new Set<string>()
  /** Whether hunks that change white space alone are folded. */
  foldsWhiteSpace = false
  #total = 0

  /** @param folds the nodes that are folded from the beginning */
  constructor(totals: Totals, mode: Mode, heights: Heights, folds = new Folds()) {
    this.mode = mode
    this.#folds = folds
    this.pieceSize = PIECE[mode]
    this.last = totals.nodes - 1
    const lines = totals.added + totals.removed + totals.hunks * LINES_BESIDE_CHANGES
    this.isSmall = lines <= SMALL.lines && totals.nodes <= SMALL.nodes
    this.#heights = heights
    const pages = Math.ceil(this.last / NODES)
    this.#pages = Array.from({ length: pages }, () => null)
    this.#pageHeights = new Float64Array(pages)
    const all = this.last * heights.head + this.#estimate(totals)
    for (let page = 0; page < pages; page += 1)
      this.#pageHeights[page] = (all / this.last) * Math.min(NODES, this.last - page * NODES)
    this.#updateSums()
  }

  /** The height of the whole list. */
  get total(): number {
    return this.#total
  }

  /** The number of pages of nodes. */
  get pages(): number {
    return this.#pages.length
  }

  /** The loaded nodes of a page; null if it is not loaded. */
  page(page: number): readonly Node[] | null {
    return this.#pages[page] ?? null
  }

  node(ordinal: number): Node | null {
    return this.#pages[pageOf(ordinal)]?.[(ordinal - 1) % NODES] ?? null
  }

  hunk(ordinal: number, hunk: number): Hunk | null {
    return this.node(ordinal)?.hunkPages[hunkPageOf(hunk)]?.[hunk % HUNKS] ?? null
  }

  piece({ ordinal, hunk, piece }: Item): Piece | null {
    return this.hunk(ordinal, hunk)?.pieces[piece] ?? null
  }

  /** Whether an item shows loaded content rather than a placeholder. */
  isLoaded(item: Item): boolean {
    return item.kind === 'head' || this.piece(item)?.content != null
  }

  /** The number of digits of line numbers: the same in all hunks of a node, as far as they are loaded. */
  digitsOf(ordinal: number): number {
    return this.node(ordinal)?.digits ?? MIN_DIGITS
  }

  /**
   * Whether the heading of a node is joined to that of its only child, because it has nothing but a name:
   * `control.tar.xz / control.tar`. The first heading is not, which names the whole.
   */
  isJoined(ordinal: number): boolean {
    const [node, child] = [this.node(ordinal)?.facts, this.node(ordinal + 1)?.facts]
    if (!node || !child || ordinal === 1 || this.isFolded(ordinal)) return false
    const hasNothing = (node.ownStat?.hunks ?? 0) === 0 && node.comments.length === 0
    const isOnly = child.depth === node.depth + 1 && child.stat.nodes === node.stat.nodes - 1
    return hasNothing && isOnly && node.source1 === node.source2
  }

  /** The names of a node and its ancestors, outermost first, as far as they are loaded. */
  pathOf(ordinal: number): string[] {
    const names: string[] = []
    let depth = Number.POSITIVE_INFINITY
    for (let node = this.node(ordinal); node && depth > 1; node = this.node(node.facts.ordinal - 1)) {
      if (node.facts.depth >= depth) continue
      depth = node.facts.depth
      names.unshift(node.facts.source2)
    }
    if (depth > 1 && names.length > 0) names.unshift('…')
    return names
  }

  /** All loaded nodes in order. */
  *nodes(): Generator<Node> {
    for (const page of this.#pages) if (page) yield* page
  }

  // Loading

  /** @param from the ordinal of the first node, which begins a page */
  setNodes(from: number, facts: readonly NodeFactsFragment[]): void {
    const page = pageOf(from)
    if (this.#pages[page]) return
    this.#pages[page] = facts.map((node) => {
      const pages = Math.ceil((node.ownStat?.hunks ?? 0) / HUNKS)
      const all = this.#estimate(node.ownStat)
      return {
        facts: node,
        headHeight: this.#heights.head + node.comments.length * this.#heights.line,
        digits: MIN_DIGITS,
        hunkPages: Array.from({ length: pages }, () => null),
        hunkPageHeights: new Float64Array(pages).fill(all / pages),
      }
    })
    this.#updateSums()
  }

  /** @param from the position of the first hunk, which begins a page */
  setHunks(ordinal: number, from: number, hunks: readonly Hunk[]): void {
    const node = this.node(ordinal)
    const page = hunkPageOf(from)
    if (!node || node.hunkPages[page]) return
    node.hunkPages[page] = hunks
    for (const { facts } of hunks) {
      const last = Math.max(facts.oldStart + facts.oldLines, facts.newStart + facts.newLines)
      node.digits = Math.max(node.digits, String(last).length)
    }
    const height = hunks.reduce(
      (sum, { pieces }) => pieces.reduce((all, piece) => all + piece.height, sum),
      0,
    )
    this.#growHunks(node, page, height - numberAt(node.hunkPageHeights, page))
  }

  /**
   * A hunk whose first piece is loaded.
   * @param next the cursor after that piece, if it has rows and more follow
   */
  newHunk(facts: HunkFactsFragment, lineCount: number, content: Content, next: string | null): Hunk {
    const { line, hunk } = this.#heights
    const first = { content, height: hunk + sizeOf(content) * line, after: null }
    const pieces: Piece[] = [first]
    if ('rows' in content) {
      if (next !== null) pieces.push({ content: null, height: this.pieceSize * line, after: next })
    } else
      for (let from = this.pieceSize; from < lineCount; from += this.pieceSize)
        pieces.push({ content: null, height: Math.min(this.pieceSize, lineCount - from) * line, after: null })
    return { facts, lineCount, pieces }
  }

  /** @param next as for `newHunk` */
  setPiece(item: Item, content: Content, next: string | null): void {
    const node = this.node(item.ordinal)
    const hunk = this.hunk(item.ordinal, item.hunk)
    const piece = hunk?.pieces[item.piece]
    if (!node || !hunk || !piece) return
    piece.content = content
    this.measure(item, sizeOf(content) * this.#heights.line)
    if (next === null || hunk.pieces[item.piece + 1]) return
    const height = this.pieceSize * this.#heights.line
    hunk.pieces.push({ content: null, height, after: next })
    this.#growHunks(node, hunkPageOf(item.hunk), height)
  }

  /** Unloads a page of hunks. It keeps its height. */
  dropHunks(ordinal: number, from: number): void {
    const node = this.node(ordinal)
    if (node) node.hunkPages[hunkPageOf(from)] = null
  }

  dropPiece(item: Item): void {
    const piece = this.piece(item)
    if (piece) piece.content = null
  }

  /** Unloads a page of nodes. It keeps its height. */
  dropNodes(from: number): void {
    this.#pages[pageOf(from)] = null
  }

  // Heights

  height(item: Item): number {
    if (item.kind === 'nodes') return numberAt(this.#pageHeights, pageOf(item.ordinal))
    if (item.kind === 'piece') return this.piece(item)?.height ?? 0
    const node = this.node(item.ordinal)
    if (!node) return 0
    return item.kind === 'head' ? node.headHeight : numberAt(node.hunkPageHeights, hunkPageOf(item.hunk))
  }

  /** Records the drawn height of a loaded item. */
  measure(item: Item, height: number): void {
    const node = this.node(item.ordinal)
    const growth = height - this.height(item)
    if (!node || growth === 0) return
    if (item.kind === 'head') {
      node.headHeight = height
      this.#growPage(item.ordinal, growth)
    } else if (item.kind === 'piece') {
      const piece = this.piece(item)
      if (!piece) return
      piece.height = height
      this.#growHunks(node, hunkPageOf(item.hunk), growth)
    }
  }

  /** The height of a node without its children: 0 if it is hidden, the heading if it is folded. */
  visibleHeight(node: Node): number {
    const { ordinal } = node.facts
    if (this.#folds.hiddenBy(ordinal) !== null) return 0
    return node.headHeight + (this.#folds.has(ordinal) ? 0 : sumOf(node.hunkPageHeights))
  }

  /** The height of a page of nodes: 0 if it is not loaded and entirely hidden. */
  visiblePageHeight(page: number): number {
    const isHidden = !this.#pages[page] && this.#folds.hiddenBy(page * NODES + 1) !== null
    return isHidden && this.#folds.hiddenBy(Math.min(this.last, (page + 1) * NODES)) !== null
      ? 0
      : numberAt(this.#pageHeights, page)
  }

  #growHunks(node: Node, page: number, growth: number): void {
    const { ordinal } = node.facts
    node.hunkPageHeights[page] = numberAt(node.hunkPageHeights, page) + growth
    if (!this.#folds.has(ordinal)) this.#growPage(ordinal, growth)
  }

  #growPage(ordinal: number, growth: number): void {
    if (this.#folds.hiddenBy(ordinal) !== null) return
    const page = pageOf(ordinal)
    this.#pageHeights[page] = numberAt(this.#pageHeights, page) + growth
    this.#total += growth
  }

  /** Recomputes all sums after a change that affects several pages. */
  #updateSums(): void {
    this.#total = 0
    for (const [page, nodes] of this.#pages.entries()) {
      if (nodes) this.#pageHeights[page] = nodes.reduce((sum, node) => sum + this.visibleHeight(node), 0)
      this.#total += this.visiblePageHeight(page)
    }
  }

  #estimate(stat: Omit<Totals, 'nodes'> | null): number {
    if (!stat) return 0
    const { added, removed, hunks } = stat
    const changed = this.mode === 'split' ? Math.max(added, removed) : added + removed
    return hunks * (this.#heights.hunk + CONTEXT_LINES * this.#heights.line) + changed * this.#heights.line
  }

  // Folding

  /** Whether a hunk is shown as one line, because it changes white space alone. */
  isHunkFolded(ordinal: number, hunk: Hunk): boolean {
    const { whiteSpaceOnly, position } = hunk.facts
    const isFoldable = this.foldsWhiteSpace && whiteSpaceOnly && hunk.pieces.length === 1
    return isFoldable && !this.#unfoldedHunks.has(`${ordinal}.${position}`)
  }

  unfoldHunk(ordinal: number, hunk: number): void {
    this.#unfoldedHunks.add(`${ordinal}.${hunk}`)
  }

  isFolded(ordinal: number): boolean {
    return this.#folds.has(ordinal)
  }

  /** The ordinal after a node, and if it is folded, after everything that it hides. */
  endOf(ordinal: number): number {
    return this.#folds.endOf(ordinal)
  }

  /** The outermost folded node that hides this one; null if it is visible. */
  hiddenBy(ordinal: number): number | null {
    return this.#folds.hiddenBy(ordinal)
  }

  /** The heading of the folded node that hides an item; null if the item is visible. */
  foldedOver({ kind, ordinal }: Item): Item | null {
    const by = this.#folds.hiddenBy(ordinal) ?? (kind !== 'head' && this.#folds.has(ordinal) ? ordinal : null)
    return by === null ? null : headOf(by)
  }

  /** Folds or unfolds a loaded node. */
  fold(ordinal: number, folded: boolean): void {
    const node = this.node(ordinal)
    if (!node) return
    if (folded) this.#folds.fold(ordinal, node.facts.stat.nodes)
    else this.#folds.unfold(ordinal)
    this.#updateSums()
  }

  /** Unfolds a node and everything that hides it. */
  reveal(ordinal: number): void {
    this.#folds.reveal(ordinal)
    this.#updateSums()
  }
}

function sumOf(heights: Float64Array): number {
  return heights.reduce((sum, height) => sum + height, 0)
}

/** 0 if there is no such element. */
function numberAt(numbers: Float64Array, index: number): number {
  return numbers[index] ?? 0
}
