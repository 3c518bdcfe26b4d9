/**
 * Which items of a report's list are in view. The viewport is anchored to an item and the position of its
 * top, not to a distance from the top of the list: estimated heights above may turn out wrong without moving
 * anything that is visible.
 */

import type { ItemList } from './item-list.ts'
import type { Item } from './items.ts'
import type { ReportModel } from './model.ts'

export interface PlacedItem {
  readonly item: Item
  /** Pixels from the top of the viewport to the top of the item; negative above. */
  readonly top: number
  readonly height: number
}

/** Before the real height is known, in pixels. */
const INITIAL_HEIGHT = 600

export class Viewport {
  readonly #list: ItemList
  readonly #model: ReportModel
  #anchor: { item: Item; top: number } | null
  /** Anchored to the end of the list, whatever happens to the estimates. */
  #atEnd = false
  /** In pixels. */
  height = INITIAL_HEIGHT

  constructor(list: ItemList) {
    this.#list = list
    this.#model = list.model
    const item = list.first()
    this.#anchor = item && { item, top: 0 }
  }

  /**
   * Moves down, or up if `pixels` is negative. For short distances: the next `layout` visits every item
   * between.
   */
  scrollBy(pixels: number): void {
    if (pixels < 0) this.#atEnd = false
    if (this.#anchor) this.#anchor = { ...this.#anchor, top: this.#anchor.top - pixels }
  }

  /** Moves its top to an offset from the top of the list. */
  jumpTo(offset: number): void {
    this.#atEnd = false
    const found = this.#list.itemAt(offset)
    if (found) this.#anchor = { item: found.item, top: -found.within }
  }

  /** Moves to the end of the list and stays there while the end is loaded. */
  jumpToEnd(): void {
    this.#atEnd = true
  }

  /**
   * Shows a point of an item at a given height of the viewport.
   * @param within pixels below the top of the item
   * @param top pixels below the top of the viewport
   */
  show(item: Item, within: number, top: number): void {
    this.#atEnd = false
    this.#anchor = { item, top: top - within }
  }

  /** The distance from the top of the list to the top of the viewport. */
  get offset(): number {
    return this.#anchor ? this.#list.offsetOf(this.#anchor.item) - this.#anchor.top : 0
  }

  /** The items within `margin` pixels of the viewport, top to bottom. */
  layout(margin: number): PlacedItem[] {
    const last = this.#atEnd ? this.#list.last() : null
    if (last) this.#anchor = { item: last, top: this.height - this.#model.height(last) }
    this.#updateAnchor()
    if (!this.#anchor) return []
    this.#stayWithinList()
    const { item: anchored, top } = this.#anchor
    const placed: PlacedItem[] = []
    let at = top
    for (let item: Item | null = this.#list.previous(anchored); item && at > -margin; ) {
      const height = this.#model.height(item)
      at -= height
      placed.unshift({ item, top: at, height })
      item = this.#list.previous(item)
    }
    at = top
    for (let item: Item | null = anchored; item && at < this.height + margin; ) {
      const height = this.#model.height(item)
      placed.push({ item, top: at, height })
      at += height
      item = this.#list.next(item)
    }
    this.#chooseAnchor(placed)
    // After a long step the old anchor may be far above.
    return placed.filter(({ top, height }) => top + height >= -margin)
  }

  /** Replaces an anchor that has been loaded (one item became many), unloaded or hidden. */
  #updateAnchor(): void {
    if (!this.#anchor) return
    const { item, top } = this.#anchor
    const folded = item.kind === 'nodes' ? null : this.#model.foldedOver(item)
    if (folded) {
      this.#anchor = { item: folded, top: Math.max(top, 0) }
      return
    }
    const begin = this.#list.itemOf(
      item.ordinal,
      item.kind === 'hunks' || item.kind === 'piece' ? item.hunk : null,
    )
    if (!begin) return
    const isEstimate = item.kind === 'nodes' || item.kind === 'hunks'
    if (begin.kind === item.kind && begin.ordinal === item.ordinal) {
      if (item.kind === 'piece' && !this.#model.piece(item)) this.#anchor = { item: begin, top }
      return
    }
    let at: Item = begin
    let y = top
    // Equally deep inside the loaded items as inside the estimate that they replace.
    for (let next = this.#list.next(at); isEstimate && next && y + this.#model.height(at) <= 0; ) {
      y += this.#model.height(at)
      at = next
      next = this.#list.next(at)
    }
    this.#anchor = { item: at, top: isEstimate ? y : Math.max(top, 0) }
  }

  /** Shows nothing above the first item, and below the last one only what a short report leaves empty. */
  #stayWithinList(): void {
    if (!this.#anchor) return
    let { item, top } = this.#anchor
    let bottom = top
    let next: Item | null = item
    for (; next && bottom < this.height; next = this.#list.next(next)) bottom += this.#model.height(next)
    if (!next && bottom < this.height) top += this.height - bottom
    let above = top
    let previous = this.#list.previous(item)
    for (; previous && above > 0; previous = this.#list.previous(previous)) {
      above -= this.#model.height(previous)
      item = previous
    }
    this.#anchor = above > 0 ? { item: previous ?? item, top: 0 } : { item: this.#anchor.item, top }
  }

  /** Anchors to the first loaded item in view, because the height of others is only an estimate. */
  #chooseAnchor(placed: readonly PlacedItem[]): void {
    const inView = placed.filter(({ top, height }) => top + height > 0 && top < this.height)
    const anchor = inView.find(({ item }) => this.#model.isLoaded(item)) ?? inView[0]
    if (anchor) this.#anchor = { item: anchor.item, top: anchor.top }
  }
}
