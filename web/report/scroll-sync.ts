/**
 * Keeps the scroll bar of a report and its viewport in step. The scroll bar stands for the whole list. If the
 * list is higher than an element can be, dragging the bar goes to the same part of the list, and a wheel
 * scrolls as far as ever.
 */
import type { ItemList } from './item-list.ts'
import { type Item, keyOf } from './items.ts'
import type { PlaceInView } from './memory.ts'
import type { ReportModel } from './model.ts'
import { type PlacedItem, Viewport } from './viewport.ts'

/** The height that browsers support for an element, in pixels. */
const MAX_HEIGHT = 8_000_000
/** Scrolling has ended after this pause, in milliseconds. */
const STILL_MS = 150
/** A scroll step of more viewport heights than this is a jump. */
const JUMP_VIEWS = 3
/** A target line must be at least this far above the bottom of the viewport, in pixels. */
const TARGET_MARGIN = 40

export interface ScrollSyncOptions {
  readonly list: ItemList
  readonly scroller: { readonly current: HTMLElement | null }
  /** `scrollTop` as of the last event: later differences are steps of the user. */
  readonly lastTop: { current: number }
  /** Draws the items near the viewport. @param inView those that are visible */
  readonly draw: (placed: readonly PlacedItem[], inView: readonly PlacedItem[]) => void
}

/** The height of the element that stands for the list. */
export function scrollHeightOf(model: ReportModel): number {
  return Math.min(model.total, MAX_HEIGHT)
}

export class ScrollSync {
  readonly #options: ScrollSyncOptions
  readonly #model: ReportModel
  readonly #viewport: Viewport
  #timer: ReturnType<typeof setTimeout> | undefined
  /** The user is jumping: smooth scrolling ends with small steps, which belong to the jump. */
  #isJumping = false
  /** Home or End was pressed: events of a smooth scroll that it replaced are ignored. */
  #isGoingToEnd = false
  /**
   * The target line must be brought into view once it is drawn: wrapped lines are not where they were
   * estimated.
   */
  #isAiming = false
  /** The place to which the view returns once it is drawn, for the same reason. */
  #returning: PlaceInView | null = null

  constructor(options: ScrollSyncOptions) {
    this.#options = options
    this.#model = options.list.model
    this.#viewport = new Viewport(options.list)
  }

  /** Follows the size of the element. @returns stops it */
  observe(element: HTMLElement): () => void {
    this.#options.lastTop.current = element.scrollTop
    const observer = new ResizeObserver(() => this.draw())
    observer.observe(element)
    return () => {
      observer.disconnect()
      clearTimeout(this.#timer)
    }
  }

  draw(): void {
    const element = this.#options.scroller.current
    if (!element) return
    const { clientHeight } = element
    this.#viewport.height = clientHeight
    const placed = this.#viewport.layout(this.#model.isSmall ? Number.POSITIVE_INFINITY : clientHeight)
    const inView = placed.filter(({ top, height }) => top + height > 0 && top < clientHeight)
    this.#options.draw(placed, inView)
  }

  /** Brings an item into view. @param within pixels below its top */
  show(item: Item, within = 0): void {
    const clientHeight = this.#options.scroller.current?.clientHeight ?? 0
    this.#isAiming = within !== 0
    this.#returning = null
    this.#viewport.show(item, within, within === 0 ? 0 : clientHeight / 3)
    this.draw()
    this.#settle()
  }

  /** Brings an item back to where it was. @param within pixels from its top to the place */
  restore(item: Item, within: number, place: PlaceInView): void {
    this.#isAiming = false
    this.#returning = place
    this.#viewport.show(item, within, place.y)
    this.draw()
    this.#settle()
  }

  /** What is at the top of the viewport; null before something is drawn. */
  place(): PlaceInView | null {
    const element = this.#options.scroller.current
    if (!element) return null
    const { top } = element.getBoundingClientRect()
    for (const one of element.querySelectorAll<HTMLElement>('[data-position]')) {
      const box = one.getBoundingClientRect()
      if (box.bottom > top) return { position: one.dataset.position ?? '', y: box.top - top }
    }
    return null
  }

  /** The visible items, top to bottom. */
  inView(): readonly PlacedItem[] {
    return this.#viewport.layout(0)
  }

  focus(): void {
    this.#options.scroller.current?.focus({ preventScroll: true })
  }

  /** Handles a scroll event. */
  scrolled(): void {
    const element = this.#options.scroller.current
    if (!element) return
    const { lastTop } = this.#options
    const step = element.scrollTop - lastTop.current
    const isByUser = !this.#isGoingToEnd && !wasCut(element, lastTop.current)
    lastTop.current = element.scrollTop
    if (step !== 0) {
      if (isByUser) this.#follow(element, step)
      else this.#isJumping = false
      this.draw()
    }
    this.#settleSoon()
  }

  /**
   * Handles Home and End. A smooth scroll would be interrupted by the first height that is measured
   * meanwhile.
   */
  keyPressed(event: KeyboardEvent): void {
    this.#isGoingToEnd = false
    if (event.altKey || event.shiftKey || event.metaKey) return
    if (event.key === 'Home') this.#viewport.jumpTo(0)
    else if (event.key === 'End') this.#viewport.jumpToEnd()
    else return
    this.#isGoingToEnd = true
    event.preventDefault()
    this.draw()
    this.#settle()
  }

  /** The user begins to scroll by wheel, pointer or touch. */
  userScrolls(): void {
    this.#isGoingToEnd = false
  }

  /** Records the heights of what was drawn. Items below move; the anchored item does not. */
  measure(placed: readonly PlacedItem[]): void {
    const element = this.#options.scroller.current
    if (!element) return
    const { lastTop } = this.#options
    const items = new Map(placed.map(({ item }) => [keyOf(item), item]))
    let isChanged = false
    for (const drawn of element.querySelectorAll<HTMLElement>('[data-item]')) {
      const item = items.get(drawn.dataset.item ?? '')
      if (!item || !this.#model.isLoaded(item)) continue
      const { height } = drawn.getBoundingClientRect()
      if (Math.abs(height - this.#model.height(item)) < 0.5) continue
      this.#model.measure(item, height)
      isChanged = true
    }
    const isCut = wasCut(element, lastTop.current)
    if (isCut) lastTop.current = element.scrollTop
    if (isChanged || isCut) this.draw()
    this.#settleSoon()
    if (this.#isAiming && !isChanged) this.#aim(element)
    if (this.#returning && !isChanged) this.#return(element, this.#returning)
  }

  #follow(element: HTMLElement, step: number): void {
    const { scrollTop, clientHeight } = element
    const room = Math.max(1, scrollHeightOf(this.#model) - clientHeight)
    const isFar = Math.abs(step) >= JUMP_VIEWS * clientHeight
    this.#isJumping ||= isFar
    if (this.#isJumping && scrollTop >= room - 1) this.#viewport.jumpToEnd()
    else if (this.#isJumping && scrollTop <= 0) this.#viewport.jumpTo(0)
    else if (isFar) this.#viewport.jumpTo((scrollTop / room) * Math.max(0, this.#model.total - clientHeight))
    else this.#viewport.scrollBy(step)
  }

  #aim(element: HTMLElement): void {
    const target = element.querySelector('.line.target, .row.target')
    if (!target) return
    this.#isAiming = false
    const below = target.getBoundingClientRect().top - element.getBoundingClientRect().top
    if (below >= 0 && below <= element.clientHeight - TARGET_MARGIN) return
    this.#viewport.scrollBy(below - element.clientHeight / 3)
    this.draw()
  }

  #return(element: HTMLElement, { position, y }: PlaceInView): void {
    const target = element.querySelector(`[data-position="${CSS.escape(position)}"]`)
    if (!target) return
    this.#returning = null
    const step = target.getBoundingClientRect().top - element.getBoundingClientRect().top - y
    if (Math.abs(step) < 1) return
    this.#viewport.scrollBy(step)
    this.draw()
  }

  #settleSoon(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#settle(), STILL_MS)
  }

  /** Moves the scroll bar to where the viewport is. Nothing visible moves. */
  #settle(): void {
    const element = this.#options.scroller.current
    this.#isJumping = false
    this.#isGoingToEnd = false
    if (!element) return
    const { total } = this.#model
    const { offset } = this.#viewport
    const height = scrollHeightOf(this.#model)
    const { clientHeight } = element
    const wanted =
      total <= MAX_HEIGHT ? offset : (offset / Math.max(1, total - clientHeight)) * (height - clientHeight)
    if (Math.abs(element.scrollTop - wanted) <= 1) return
    element.scrollTop = wanted
    this.#options.lastTop.current = element.scrollTop
    this.draw()
  }
}

/**
 * Whether the browser has reduced `scrollTop` because the list has become shorter.
 * @param lastTop its last value
 */
function wasCut({ scrollTop, scrollHeight, clientHeight }: HTMLElement, lastTop: number): boolean {
  return scrollTop < lastTop && scrollTop >= scrollHeight - clientHeight - 1
}
