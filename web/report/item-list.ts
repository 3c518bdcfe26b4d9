/**
 * The virtual list of a report: its items in order, and which item is at which offset. Loaded parts are
 * headings and pieces of hunks; a part that is not loaded is one item. Folded nodes hide their items.
 */
import { HUNKS, headOf, hunkPageOf, hunksAround, type Item, NODES, nodesAround, pageOf } from './items.ts'
import type { ReportModel } from './model.ts'

export class ItemList {
  readonly model: ReportModel

  constructor(model: ReportModel) {
    this.model = model
  }

  /** Null if the report is empty. */
  first(): Item | null {
    return this.#nodeStart(1)
  }

  /** Null if the report is empty. */
  last(): Item | null {
    return this.#nodeEnd(this.model.last)
  }

  next(item: Item): Item | null {
    const { kind, ordinal, hunk, piece } = item
    if (kind === 'nodes') return this.#nodeStart(nodesAround(ordinal).ordinal + NODES)
    if (kind === 'head')
      return this.model.isFolded(ordinal)
        ? this.#nodeStart(this.model.endOf(ordinal))
        : this.#hunkStart(ordinal, 0)
    if (kind === 'hunks') return this.#hunkStart(ordinal, hunk + HUNKS)
    const pieces = this.model.hunk(ordinal, hunk)?.pieces.length ?? 0
    return piece + 1 < pieces ? { ...item, piece: piece + 1 } : this.#hunkStart(ordinal, hunk + 1)
  }

  previous(item: Item): Item | null {
    const { kind, ordinal, hunk, piece } = item
    if (kind === 'nodes') return this.#nodeEnd(nodesAround(ordinal).ordinal - 1)
    if (kind === 'head') return this.#nodeEnd(ordinal - 1)
    if (kind === 'piece' && piece > 0) return { ...item, piece: piece - 1 }
    return hunk === 0 ? headOf(ordinal) : this.#hunkEnd(ordinal, hunk - 1)
  }

  /** The item in which a node, or one of its hunks, begins; the next visible one if it is hidden. */
  itemOf(ordinal: number, hunk: number | null): Item | null {
    return hunk === null ? this.#nodeStart(ordinal) : this.#hunkStart(ordinal, hunk)
  }

  /**
   * The item at an offset from the top of the list.
   * @returns `within`: the distance from the top of the item, in pixels
   */
  itemAt(offset: number): { item: Item; within: number } | null {
    const { model } = this
    let left = Math.max(0, offset)
    let page = 0
    for (; page < model.pages - 1; page += 1) {
      const height = model.visiblePageHeight(page)
      if (left < height) break
      left -= height
    }
    let item = this.#nodeStart(page * NODES + 1)
    // Nodes first, whose heights are sums; then the items of one node.
    for (let node = item && model.node(item.ordinal); item && node; node = model.node(item.ordinal)) {
      const height = model.visibleHeight(node)
      const next = left < height ? null : this.#nodeStart(model.endOf(item.ordinal))
      if (!next) break
      left -= height
      item = next
    }
    if (item?.kind === 'head' && left >= model.height(item) && !model.isFolded(item.ordinal)) {
      left -= model.height(item)
      const heights = model.node(item.ordinal)?.hunkPageHeights
      let hunks = 0
      for (const height of heights?.subarray(0, -1) ?? []) {
        if (left < height) break
        left -= height
        hunks += HUNKS
      }
      item = this.#hunkStart(item.ordinal, hunks)
    }
    while (item) {
      const next = left < model.height(item) ? null : this.next(item)
      if (!next) return { item, within: left }
      left -= model.height(item)
      item = next
    }
    return null
  }

  /** The distance from the top of the list to an item, in pixels. */
  offsetOf(item: Item): number {
    const { model } = this
    let offset = 0
    const page = pageOf(item.ordinal)
    for (let before = 0; before < page; before += 1) offset += model.visiblePageHeight(before)
    if (item.kind === 'nodes') return offset
    for (const node of model.page(page) ?? []) {
      if (node.facts.ordinal >= item.ordinal) break
      offset += model.visibleHeight(node)
    }
    const node = model.node(item.ordinal)
    if (item.kind === 'head' || !node) return offset
    offset += node.headHeight
    const hunkPage = hunkPageOf(item.hunk)
    for (const height of node.hunkPageHeights.subarray(0, hunkPage)) offset += height
    for (const hunk of node.hunkPages[hunkPage] ?? []) {
      if (hunk.facts.position > item.hunk) break
      const pieces = hunk.facts.position < item.hunk ? hunk.pieces : hunk.pieces.slice(0, item.piece)
      offset += pieces.reduce((sum, { height }) => sum + height, 0)
    }
    return offset
  }

  #nodeStart(wanted: number): Item | null {
    const { model } = this
    const by = model.hiddenBy(wanted)
    const ordinal = by === null ? wanted : model.endOf(by)
    if (by !== null && model.hiddenBy(ordinal) !== null) return this.#nodeStart(ordinal)
    if (ordinal < 1 || ordinal > model.last) return null
    return model.page(pageOf(ordinal)) ? headOf(ordinal) : nodesAround(ordinal)
  }

  #nodeEnd(wanted: number): Item | null {
    const { model } = this
    const ordinal = model.hiddenBy(wanted) ?? wanted
    if (ordinal < 1) return null
    const node = model.node(ordinal)
    if (!node) return nodesAround(ordinal)
    const hunks = model.isFolded(ordinal) ? 0 : (node.facts.ownStat?.hunks ?? 0)
    return hunks === 0 ? headOf(ordinal) : this.#hunkEnd(ordinal, hunks - 1)
  }

  #hunkStart(ordinal: number, hunk: number): Item | null {
    const node = this.model.node(ordinal)
    if (!node || hunk >= (node.facts.ownStat?.hunks ?? 0)) return this.#nodeStart(ordinal + 1)
    if (this.model.hunk(ordinal, hunk)) return { kind: 'piece', ordinal, hunk, piece: 0 }
    return hunksAround(ordinal, hunk)
  }

  #hunkEnd(ordinal: number, hunk: number): Item {
    const loaded = this.model.hunk(ordinal, hunk)
    if (loaded) return { kind: 'piece', ordinal, hunk, piece: loaded.pieces.length - 1 }
    return hunksAround(ordinal, hunk)
  }
}
