/**
 * A report as a column of leaves from top to bottom, however long: heads of nodes, pieces of hunks, and where nothing is loaded yet one leaf for all that
 * lies there. Each leaf has a height, guessed until it is loaded and measured when it is shown, and the sums are kept, so that any place is found in
 * time that does not grow with the report's lines. Knows neither the page nor the network.
 */
import type {
  HunkFactsFragment,
  LineFactsFragment,
  NodeFactsFragment,
  RowsFragment,
} from '../generated/graphql.ts'

/** Nodes of one request, and hunks of one. */
export const NODES = 100
export const HUNKS = 10
/** Lines or rows of a piece: as many as the service lets one ask for of ten hunks. A row may have two lines. */
const PIECE = { unified: 100, split: 50 }

export type Mode = 'unified' | 'split'
export type Line = LineFactsFragment
export type Row = RowsFragment['nodes'][number]

/** What stands in one piece of a hunk. */
export type Content = { readonly lines: readonly Line[] } | { readonly rows: readonly Row[] }

export interface Piece {
  height: number
  /** Null while it is not loaded. */
  content: Content | null
  /** Behind what its rows begin; null for the beginning, and for lines, which are found by their number. */
  readonly after: string | null
}

export interface Hunk {
  readonly facts: HunkFactsFragment
  /** Lines of the whole hunk, one below the other. */
  readonly lineCount: number
  /** Of rows, those known so far: each tells where the next one begins. */
  readonly pieces: Piece[]
}

export interface Node {
  readonly facts: NodeFactsFragment
  headHeight: number
  /** Hunks by tens; null while they are not loaded. */
  readonly hunkPages: (readonly Hunk[] | null)[]
  readonly hunkPageHeights: Float64Array
}

/**
 * A piece of the column:
 * - `nodes`: up to 100 nodes that are not loaded, from `ordinal` on;
 * - `head`: what is said of a node;
 * - `hunks`: up to ten hunks of it that are not loaded, from `hunk` on;
 * - `piece`: some lines of a hunk; the first one with the hunk's header.
 */
export interface Leaf {
  readonly kind: 'nodes' | 'head' | 'hunks' | 'piece'
  readonly ordinal: number
  readonly hunk: number
  readonly piece: number
}

export interface Heights {
  readonly line: number
  readonly head: number
  readonly hunk: number
}

export interface Totals {
  /** The root counts. */
  readonly nodes: number
  readonly hunks: number
  readonly added: number
  readonly removed: number
}

/** Lines around a change that are the same on both sides, as diffoscope leaves them. */
const CONTEXT_LINES = 8

export function keyOf({ kind, ordinal, hunk, piece }: Leaf): string {
  return `${kind}.${ordinal}.${hunk}.${piece}`
}

export class ReportModel {
  readonly mode: Mode
  /** Lines or rows of a piece at most. */
  readonly pieceSize: number
  /** Ordinals go from 1 to this. */
  readonly last: number
  readonly #heights: Heights
  readonly #pages: (Node[] | null)[]
  readonly #pageHeights: Float64Array
  /** Folded nodes, by ordinal: the first ordinal behind what is hidden. */
  readonly #folded = new Map<number, number>()
  #total = 0

  constructor(totals: Totals, mode: Mode, heights: Heights) {
    this.mode = mode
    this.pieceSize = PIECE[mode]
    this.last = totals.nodes - 1
    this.#heights = heights
    const pages = Math.ceil(this.last / NODES)
    this.#pages = Array.from({ length: pages }, () => null)
    this.#pageHeights = new Float64Array(pages)
    const all = this.last * heights.head + this.#guess(totals)
    for (let page = 0; page < pages; page += 1)
      this.#pageHeights[page] = (all / this.last) * Math.min(NODES, this.last - page * NODES)
    this.#sum()
  }

  /** Of the column, in pixels. */
  get total(): number {
    return this.#total
  }

  node(ordinal: number): Node | null {
    return this.#pages[pageOf(ordinal)]?.[(ordinal - 1) % NODES] ?? null
  }

  hunk(ordinal: number, hunk: number): Hunk | null {
    return this.node(ordinal)?.hunkPages[Math.floor(hunk / HUNKS)]?.[hunk % HUNKS] ?? null
  }

  piece({ ordinal, hunk, piece }: Leaf): Piece | null {
    return this.hunk(ordinal, hunk)?.pieces[piece] ?? null
  }

  /** The names of a node and of what it lies in, from the top, as far as they are loaded. */
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

  /** Loaded nodes in their order. */
  *nodes(): Generator<Node> {
    for (const page of this.#pages) if (page) yield* page
  }

  // What has been loaded.

  /** @param from ordinal of the first one, which begins a page */
  setNodes(from: number, facts: readonly NodeFactsFragment[]): void {
    const page = pageOf(from)
    if (this.#pages[page]) return
    this.#pages[page] = facts.map((node) => {
      const pages = Math.ceil((node.ownStat?.hunks ?? 0) / HUNKS)
      const all = this.#guess(node.ownStat)
      return {
        facts: node,
        headHeight: this.#heights.head + node.comments.length * this.#heights.line,
        hunkPages: Array.from({ length: pages }, () => null),
        hunkPageHeights: new Float64Array(pages).fill(all / pages),
      }
    })
    this.#sum()
  }

  /** @param from position of the first one, which begins a page */
  setHunks(ordinal: number, from: number, hunks: readonly Hunk[]): void {
    const node = this.node(ordinal)
    const page = from / HUNKS
    if (!node || node.hunkPages[page]) return
    node.hunkPages[page] = hunks
    const height = hunks.reduce(
      (sum, { pieces }) => pieces.reduce((all, piece) => all + piece.height, sum),
      0,
    )
    this.#grow(ordinal, page, height - (node.hunkPageHeights[page] as number))
  }

  /**
   * A hunk whose first piece is loaded.
   * @param next the cursor behind it, where rows go on
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

  /** @param next as of `newHunk` */
  setPiece(leaf: Leaf, content: Content, next: string | null): void {
    const hunk = this.hunk(leaf.ordinal, leaf.hunk)
    const piece = hunk?.pieces[leaf.piece]
    if (!hunk || !piece) return
    piece.content = content
    this.measure(leaf, sizeOf(content) * this.#heights.line)
    if (next === null || hunk.pieces[leaf.piece + 1]) return
    const height = this.pieceSize * this.#heights.line
    hunk.pieces.push({ content: null, height, after: next })
    this.#grow(leaf.ordinal, Math.floor(leaf.hunk / HUNKS), height)
  }

  /** Forgets hunks that are far away; their place stays as high as it was. */
  dropHunks(ordinal: number, from: number): void {
    const node = this.node(ordinal)
    if (node) node.hunkPages[from / HUNKS] = null
  }

  dropPiece(leaf: Leaf): void {
    const piece = this.piece(leaf)
    if (piece) piece.content = null
  }

  /** Forgets a page of nodes that is far away. */
  dropNodes(from: number): void {
    this.#pages[pageOf(from)] = null
  }

  // How high it is.

  height(leaf: Leaf): number {
    const page = Math.floor(leaf.hunk / HUNKS)
    if (leaf.kind === 'nodes') return this.#pageHeights[pageOf(leaf.ordinal)] as number
    if (leaf.kind === 'head') return this.node(leaf.ordinal)?.headHeight ?? 0
    if (leaf.kind === 'hunks') return this.node(leaf.ordinal)?.hunkPageHeights[page] ?? 0
    return this.piece(leaf)?.height ?? 0
  }

  /** Says how high a leaf has turned out to be. */
  measure(leaf: Leaf, height: number): void {
    const node = this.node(leaf.ordinal)
    const grown = height - this.height(leaf)
    if (!node || grown === 0) return
    if (leaf.kind === 'head') {
      node.headHeight = height
      this.#growPage(leaf.ordinal, grown)
    } else if (leaf.kind === 'piece') {
      ;(this.piece(leaf) as Piece).height = height
      this.#grow(leaf.ordinal, Math.floor(leaf.hunk / HUNKS), grown)
    }
  }

  #grow(ordinal: number, page: number, grown: number): void {
    const heights = (this.node(ordinal) as Node).hunkPageHeights
    heights[page] = (heights[page] as number) + grown
    if (!this.#folded.has(ordinal)) this.#growPage(ordinal, grown)
  }

  #growPage(ordinal: number, grown: number): void {
    if (this.#hiddenBy(ordinal) !== null) return
    const page = pageOf(ordinal)
    this.#pageHeights[page] = (this.#pageHeights[page] as number) + grown
    this.#total += grown
  }

  /** Sums that change in more than one place are made anew. */
  #sum(): void {
    this.#total = 0
    for (const [page, nodes] of this.#pages.entries()) {
      if (nodes) this.#pageHeights[page] = nodes.reduce((sum, node) => sum + this.#shownHeight(node), 0)
      this.#total += this.#shownPageHeight(page)
    }
  }

  /** Of a page that is not loaded, what a folded node hides of it is not seen. */
  #shownPageHeight(page: number): number {
    const isHidden = !this.#pages[page] && this.#hiddenBy(page * NODES + 1) !== null
    return isHidden && this.#hiddenBy(Math.min(this.last, (page + 1) * NODES)) !== null
      ? 0
      : (this.#pageHeights[page] as number)
  }

  #shownHeight(node: Node): number {
    const { ordinal } = node.facts
    if (this.#hiddenBy(ordinal) !== null) return 0
    return node.headHeight + (this.#folded.has(ordinal) ? 0 : sumOf(node.hunkPageHeights))
  }

  #guess(stat: Omit<Totals, 'nodes'> | null): number {
    if (!stat) return 0
    const { added, removed, hunks } = stat
    const changed = this.mode === 'split' ? Math.max(added, removed) : added + removed
    return hunks * (this.#heights.hunk + CONTEXT_LINES * this.#heights.line) + changed * this.#heights.line
  }

  // What is folded.

  isFolded(ordinal: number): boolean {
    return this.#folded.has(ordinal)
  }

  /** The head of the folded node in which a leaf is not seen; null where it is seen. */
  foldedOver({ kind, ordinal }: Leaf): Leaf | null {
    const by = this.#hiddenBy(ordinal) ?? (kind !== 'head' && this.#folded.has(ordinal) ? ordinal : null)
    return by === null ? null : { kind: 'head', ordinal: by, hunk: 0, piece: 0 }
  }

  /** Hides a loaded node's lines and all that is below it, or shows them again. */
  fold(ordinal: number, folded: boolean): void {
    const node = this.node(ordinal)
    if (!node) return
    if (folded) this.#folded.set(ordinal, ordinal + node.facts.stat.nodes)
    else this.#folded.delete(ordinal)
    this.#sum()
  }

  /** Shows a node that is hidden. */
  reveal(ordinal: number): void {
    for (const [folded, end] of this.#folded)
      if (folded <= ordinal && ordinal < end) this.#folded.delete(folded)
    this.#sum()
  }

  /** The outermost folded node that hides this one; null where it is seen. */
  #hiddenBy(ordinal: number): number | null {
    let by: number | null = null
    for (const [folded, end] of this.#folded)
      if (folded < ordinal && ordinal < end && (by === null || folded < by)) by = folded
    return by
  }

  // The way from leaf to leaf.

  /** Null in an empty report. */
  first(): Leaf | null {
    return this.#nodeStart(1)
  }

  /** The last leaf; null in an empty report. */
  end(): Leaf | null {
    return this.#nodeEnd(this.last)
  }

  next(leaf: Leaf): Leaf | null {
    const { ordinal, hunk, piece } = leaf
    if (leaf.kind === 'nodes') return this.#nodeStart(pageStart(ordinal) + NODES)
    if (leaf.kind === 'head')
      return this.#folded.has(ordinal)
        ? this.#nodeStart(this.#folded.get(ordinal) as number)
        : this.#hunkStart(ordinal, 0)
    if (leaf.kind === 'hunks') return this.#hunkStart(ordinal, hunk + HUNKS)
    const pieces = this.hunk(ordinal, hunk)?.pieces.length ?? 0
    return piece + 1 < pieces ? { ...leaf, piece: piece + 1 } : this.#hunkStart(ordinal, hunk + 1)
  }

  previous(leaf: Leaf): Leaf | null {
    const { ordinal, hunk, piece } = leaf
    if (leaf.kind === 'nodes') return this.#nodeEnd(pageStart(ordinal) - 1)
    if (leaf.kind === 'head') return this.#nodeEnd(ordinal - 1)
    if (leaf.kind === 'piece' && piece > 0) return { ...leaf, piece: piece - 1 }
    return hunk === 0 ? { kind: 'head', ordinal, hunk: 0, piece: 0 } : this.#hunkEnd(ordinal, hunk - 1)
  }

  /** Where a node, or a hunk of it, begins. */
  leafOf(ordinal: number, hunk: number | null): Leaf | null {
    return hunk === null ? this.#nodeStart(ordinal) : this.#hunkStart(ordinal, hunk)
  }

  /** The leaf at a height of the column, and how far below its top that is. */
  leafAt(offset: number): { leaf: Leaf; within: number } | null {
    let left = Math.max(0, offset)
    let page = 0
    for (; page < this.#pages.length - 1; page += 1) {
      const height = this.#shownPageHeight(page)
      if (left < height) break
      left -= height
    }
    let leaf = this.#nodeStart(page * NODES + 1)
    // Through nodes first, whose heights are sums, then through the leaves of one.
    for (let node = leaf && this.node(leaf.ordinal); leaf && node; node = this.node(leaf.ordinal)) {
      const height = this.#shownHeight(node)
      const behind = this.#folded.get(leaf.ordinal) ?? leaf.ordinal + 1
      const next = left < height ? null : this.#nodeStart(behind)
      if (!next) break
      left -= height
      leaf = next
    }
    if (leaf?.kind === 'head' && left >= this.height(leaf) && !this.#folded.has(leaf.ordinal)) {
      left -= this.height(leaf)
      const heights = this.node(leaf.ordinal)?.hunkPageHeights ?? []
      let hunks = 0
      for (; hunks < heights.length - 1 && left >= (heights[hunks] as number); hunks += 1)
        left -= heights[hunks] as number
      leaf = this.#hunkStart(leaf.ordinal, hunks * HUNKS)
    }
    while (leaf) {
      const next = left < this.height(leaf) ? null : this.next(leaf)
      if (!next) return { leaf, within: left }
      left -= this.height(leaf)
      leaf = next
    }
    return null
  }

  /** How far below the top of the column a leaf begins. */
  offsetOf(leaf: Leaf): number {
    let offset = 0
    const page = pageOf(leaf.ordinal)
    for (let before = 0; before < page; before += 1) offset += this.#shownPageHeight(before)
    if (leaf.kind === 'nodes') return offset
    for (const node of this.#pages[page] ?? []) {
      if (node.facts.ordinal < leaf.ordinal) offset += this.#shownHeight(node)
      else break
    }
    const node = this.node(leaf.ordinal)
    if (leaf.kind === 'head' || !node) return offset
    offset += node.headHeight
    const hunkPage = Math.floor(leaf.hunk / HUNKS)
    for (let before = 0; before < hunkPage; before += 1) offset += node.hunkPageHeights[before] as number
    for (const hunk of node.hunkPages[hunkPage] ?? []) {
      if (hunk.facts.position > leaf.hunk) break
      const pieces = hunk.facts.position < leaf.hunk ? hunk.pieces : hunk.pieces.slice(0, leaf.piece)
      offset += pieces.reduce((sum, { height }) => sum + height, 0)
    }
    return offset
  }

  #nodeStart(wanted: number): Leaf | null {
    const by = this.#hiddenBy(wanted)
    const ordinal = by === null ? wanted : (this.#folded.get(by) as number)
    if (by !== null && this.#hiddenBy(ordinal) !== null) return this.#nodeStart(ordinal)
    if (ordinal < 1 || ordinal > this.last) return null
    if (this.#pages[pageOf(ordinal)]) return { kind: 'head', ordinal, hunk: 0, piece: 0 }
    return { kind: 'nodes', ordinal: pageStart(ordinal), hunk: 0, piece: 0 }
  }

  #nodeEnd(wanted: number): Leaf | null {
    const ordinal = this.#hiddenBy(wanted) ?? wanted
    if (ordinal < 1) return null
    const node = this.node(ordinal)
    if (!node) return { kind: 'nodes', ordinal: pageStart(ordinal), hunk: 0, piece: 0 }
    const hunks = this.#folded.has(ordinal) ? 0 : (node.facts.ownStat?.hunks ?? 0)
    return hunks === 0 ? { kind: 'head', ordinal, hunk: 0, piece: 0 } : this.#hunkEnd(ordinal, hunks - 1)
  }

  #hunkStart(ordinal: number, hunk: number): Leaf | null {
    const node = this.node(ordinal)
    if (!node || hunk >= (node.facts.ownStat?.hunks ?? 0)) return this.#nodeStart(ordinal + 1)
    if (this.hunk(ordinal, hunk)) return { kind: 'piece', ordinal, hunk, piece: 0 }
    return { kind: 'hunks', ordinal, hunk: hunk - (hunk % HUNKS), piece: 0 }
  }

  #hunkEnd(ordinal: number, hunk: number): Leaf {
    const loaded = this.hunk(ordinal, hunk)
    if (loaded) return { kind: 'piece', ordinal, hunk, piece: loaded.pieces.length - 1 }
    return { kind: 'hunks', ordinal, hunk: hunk - (hunk % HUNKS), piece: 0 }
  }
}

function pageOf(ordinal: number): number {
  return Math.floor((ordinal - 1) / NODES)
}

function pageStart(ordinal: number): number {
  return pageOf(ordinal) * NODES + 1
}

function sizeOf(content: Content): number {
  return 'lines' in content ? content.lines.length : content.rows.length
}

function sumOf(heights: Float64Array): number {
  return heights.reduce((sum, height) => sum + height, 0)
}
