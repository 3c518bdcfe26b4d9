/**
 * What of a report's column is in view. It holds on to one leaf and where its top is seen, not to a distance from the top of all: what is loaded above
 * may turn out higher or lower than was guessed, and nothing that is in view moves.
 */
import type { Leaf, ReportModel } from './model.ts'

export interface Placed {
  readonly leaf: Leaf
  /** Pixels from the top of the view to its own; negative above. */
  readonly top: number
  readonly height: number
}

export class Column {
  readonly #model: ReportModel
  #pin: { leaf: Leaf; top: number } | null
  /** Held on to the end of all, whatever comes of what is guessed. */
  #atEnd = false
  /** Height of the view, in pixels. */
  viewHeight = 600

  constructor(model: ReportModel) {
    this.#model = model
    const leaf = model.first()
    this.#pin = leaf && { leaf, top: 0 }
  }

  /** Moves the view down, or up. @param pixels few: what lies between is gone through */
  scrollBy(pixels: number): void {
    if (pixels < 0) this.#atEnd = false
    if (this.#pin) this.#pin = { ...this.#pin, top: this.#pin.top - pixels }
  }

  /** Moves the view to anywhere. @param offset of its top from the top of the column */
  jumpTo(offset: number): void {
    this.#atEnd = false
    const found = this.#model.leafAt(offset)
    if (found) this.#pin = { leaf: found.leaf, top: -found.within }
  }

  /** Moves the view to the end, and stays there while that is loaded. */
  jumpToEnd(): void {
    this.#atEnd = true
  }

  /** Brings a place of a leaf to a place of the view. */
  show(leaf: Leaf, within: number, top: number): void {
    this.#atEnd = false
    this.#pin = { leaf, top: top - within }
  }

  /** How far the top of the view is from the top of the column. */
  get offset(): number {
    return this.#pin ? this.#model.offsetOf(this.#pin.leaf) - this.#pin.top : 0
  }

  /**
   * The leaves in view, top to bottom, and those within a margin around it.
   * @param margin in pixels
   */
  layout(margin: number): Placed[] {
    const end = this.#atEnd ? this.#model.end() : null
    if (end) this.#pin = { leaf: end, top: this.viewHeight - this.#model.height(end) }
    this.#resolve()
    if (!this.#pin) return []
    this.#holdEnds()
    const { leaf: pinned, top } = this.#pin
    const placed: Placed[] = []
    let at = top
    for (let leaf: Leaf | null = this.#model.previous(pinned); leaf && at > -margin; ) {
      const height = this.#model.height(leaf)
      at -= height
      placed.unshift({ leaf, top: at, height })
      leaf = this.#model.previous(leaf)
    }
    at = top
    for (let leaf: Leaf | null = pinned; leaf && at < this.viewHeight + margin; ) {
      const height = this.#model.height(leaf)
      placed.push({ leaf, top: at, height })
      at += height
      leaf = this.#model.next(leaf)
    }
    this.#repin(placed)
    // What it held on to may have been left far behind by one long step.
    return placed.filter(({ top, height }) => top + height >= -margin)
  }

  /** What was one leaf may have become many when it was loaded, or be hidden since. */
  #resolve(): void {
    if (!this.#pin) return
    const { leaf, top } = this.#pin
    const folded = leaf.kind === 'nodes' ? null : this.#model.foldedOver(leaf)
    if (folded) {
      this.#pin = { leaf: folded, top: Math.max(top, 0) }
      return
    }
    const begin = this.#model.leafOf(
      leaf.ordinal,
      leaf.kind === 'hunks' || leaf.kind === 'piece' ? leaf.hunk : null,
    )
    if (!begin) return
    const isGuess = leaf.kind === 'nodes' || leaf.kind === 'hunks'
    if (begin.kind === leaf.kind && begin.ordinal === leaf.ordinal) {
      if (leaf.kind === 'piece' && !this.#model.piece(leaf)) this.#pin = { leaf: begin, top }
      return
    }
    let at: Leaf = begin
    let y = top
    // As deep in what has come as it was in what was guessed.
    for (let next = this.#model.next(at); isGuess && next && y + this.#model.height(at) <= 0; ) {
      y += this.#model.height(at)
      at = next
      next = this.#model.next(at)
    }
    this.#pin = { leaf: at, top: isGuess ? y : Math.max(top, 0) }
  }

  /** Nothing is seen above the first leaf, and below the last only what a short report leaves. */
  #holdEnds(): void {
    if (!this.#pin) return
    let { leaf, top } = this.#pin
    let bottom = top
    let next: Leaf | null = leaf
    for (; next && bottom < this.viewHeight; next = this.#model.next(next)) bottom += this.#model.height(next)
    if (!next && bottom < this.viewHeight) top += this.viewHeight - bottom
    let above = top
    let previous = this.#model.previous(leaf)
    for (; previous && above > 0; previous = this.#model.previous(previous)) {
      above -= this.#model.height(previous)
      leaf = previous
    }
    this.#pin = above > 0 ? { leaf: previous ?? leaf, top: 0 } : { leaf: this.#pin.leaf, top }
  }

  /** Holds on to the first leaf in view that is loaded; what is guessed may change its height. */
  #repin(placed: readonly Placed[]): void {
    const seen = placed.filter(({ top, height }) => top + height > 0 && top < this.viewHeight)
    const loaded = seen.find(({ leaf }) => leaf.kind === 'head' || this.#model.piece(leaf)?.content != null)
    const pin = loaded ?? seen[0]
    if (pin) this.#pin = { leaf: pin.leaf, top: pin.top }
  }
}
