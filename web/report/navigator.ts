/** Moves through a report: to a position, to the next change, line by line; and links to positions. */
import type { Pair } from '../pair.ts'
import { changeQuery, urlOf } from '../router.ts'
import { announce } from '../ui/announce.ts'
import { copyAddress } from '../ui/copy-text.ts'
import { visible } from '../ui/format.ts'
import { anchorInUrl, anchorOf, findAnchor, isAt } from './anchor.ts'
import { HEIGHTS } from './heights.ts'
import type { ItemList } from './item-list.ts'
import type { Loader } from './loader.ts'
import { type PlaceInView, placeInHistory } from './memory.ts'
import { type Found, findPosition, nextHunk, nextNode } from './navigate.ts'
import { formatPosition, parsePosition, type ReportPosition } from './position.ts'
import type { DocumentHandle } from './report-document.tsx'

/** What is at the top of the viewport. */
export interface TopPosition {
  readonly ordinal: number
  readonly hunk: number | null
}

/** What the view shows at the moment. */
export interface NavigatorState {
  readonly list: ItemList
  readonly loader: Loader
  /** The position in the URL; null if there is none. */
  readonly target: ReportPosition | null
  readonly top: TopPosition
}

export class Navigator {
  readonly #pair: Pair
  readonly #handle: { readonly current: DocumentHandle | null }
  #state: NavigatorState
  /**
   * The position in the URL that is shown already, because it was navigated to or set here; undefined before the
   * first one.
   */
  #shown: string | null | undefined
  /** Moves run one after the other, so that a key pressed twice moves two steps. */
  #moves: Promise<unknown> = Promise.resolve()

  constructor(pair: Pair, handle: { readonly current: DocumentHandle | null }, state: NavigatorState) {
    this.#pair = pair
    this.#handle = handle
    this.#state = state
  }

  /** Call it with every rendering of the view. */
  update(state: NavigatorState): void {
    this.#state = state
  }

  /** The URL of a position in this report, with the other settings of the current URL. */
  linkTo = (position: ReportPosition): string =>
    urlOf(['compare', this.#pair.old, this.#pair.new], {
      ...Object.fromEntries(new URLSearchParams(location.search)),
      ...anchorOf(this.#state.list.model, position),
      at: formatPosition(position),
    })

  /** As `to`, as a step of the browser's history, and the keys scroll from there. */
  async jump(position: ReportPosition): Promise<void> {
    await this.to(position, 'push')
    this.#handle.current?.focus()
  }

  /** Shows a position and puts it into the URL. Announces it, and errors. */
  async to(
    wanted: ReportPosition | null | Promise<ReportPosition | null>,
    how: 'push' | 'replace' = 'replace',
  ): Promise<void> {
    try {
      const position = await wanted
      if (position === null) return announce('No more changes', true)
      const found = await findPosition(this.#state.list, this.#state.loader, position)
      if (!found) return announce('That place is not in this report', true)
      this.#handle.current?.show(found.item, withinOf(found, position))
      this.#setTarget(position, how)
      announce(this.#describe(position))
    } catch (error) {
      announce((error as Error).message)
    }
  }

  /**
   * Shows the position in the URL, if the URL was changed by a link or the history: where the reader left this step
   * of the history, if he did.
   * @param before where the reader left the report, for a URL without a position
   */
  followUrl(at: string | null, before: PlaceInView | null): void {
    // After two quick moves this is also called for the first one. Following it would alternate between both
    // for ever.
    if (at === this.#shown || at !== positionInUrl()) return
    const isFirst = this.#shown === undefined
    this.#shown = at
    const position = parsePosition(at)
    const left = placeInHistory() ?? (isFirst && at === null ? before : null)
    if (left) this.restore(left)
    else if (at !== null) this.#enqueue(() => (position ? this.#follow(position) : this.to(null)))
  }

  /** Shows the top of a view again, also in another list. The URL stays. */
  restore(place: PlaceInView): void {
    this.#enqueue(async () => {
      const position = parsePosition(place.position)
      const { list, loader } = this.#state
      // Without a connection, the view stays where it is.
      const found = position && (await findPosition(list, loader, position).catch(() => null))
      if (found) this.#handle.current?.restore(found.item, withinOf(found, position), place)
    })
  }

  /** Shows the place of a link, also where a report that was made anew has it elsewhere. */
  async #follow(position: ReportPosition): Promise<void> {
    const { list, loader } = this.#state
    const anchor = anchorInUrl()
    try {
      await findPosition(list, loader, position)
      if (isAt(list.model, position, anchor)) return await this.to(position)
      const found = await findAnchor(loader.report, position, anchor)
      if (found === null)
        return announce('The report was made anew. The file of this link is not in it.', true)
      await this.to(found)
      if (anchor.line !== null && found.lines === null)
        announce('The report was made anew. The line of this link is not in it.', true)
    } catch (error) {
      announce((error as Error).message)
    }
  }

  /** Where a move starts: at the target if it is visible, else at the top of the viewport. */
  start(): TopPosition & Partial<ReportPosition> {
    const { target, top } = this.#state
    return target && this.#isVisible(target) ? target : top
  }

  toHunk(step: 1 | -1): void {
    this.#enqueue(() => this.to(nextHunk(this.#state.list, this.#state.loader, this.start(), step)))
  }

  toNode(step: 1 | -1): void {
    this.#enqueue(() => this.to(nextNode(this.#state.list, this.#state.loader, this.start().ordinal, step)))
  }

  /** @param extend whether to extend the selected lines instead of moving them */
  toLine(step: 1 | -1, extend: boolean): void {
    this.#enqueue(() => this.to(this.#nextLine(step, extend)))
  }

  /** Selects a position that the user has clicked. @param extend from the selected line of the same hunk */
  choose = (text: string, extend: boolean): void => {
    const position = parsePosition(text)
    if (!position) return
    const old = parsePosition(positionInUrl())
    const isSameHunk =
      old?.ordinal === position.ordinal && old.hunk === position.hunk && old.lines && position.lines
    const [a, b] = [old?.lines?.[0] ?? 0, position.lines?.[0] ?? 0]
    this.#setTarget(
      extend && isSameHunk ? { ...position, lines: [Math.min(a, b), Math.max(a, b)] } : position,
    )
  }

  async copyLink(): Promise<void> {
    const position = { lines: null, ...this.start() }
    this.#setTarget(position)
    await copyAddress()
  }

  #nextLine(step: 1 | -1, extend: boolean): ReportPosition | Promise<ReportPosition | null> {
    const { list, loader } = this.#state
    const from = this.start()
    const { ordinal, hunk, lines = null } = from
    if (hunk === null) return nextHunk(list, loader, from, step)
    const last = (list.model.hunk(ordinal, hunk)?.lineCount ?? 1) - 1
    const [first, end] = lines ?? [-1, -1]
    if (extend && lines) return { ordinal, hunk, lines: [first, Math.min(Math.max(end + step, first), last)] }
    const next = lines === null && step === -1 ? last : (step === 1 ? end : first) + step
    if (next < 0 || next > last) return nextHunk(list, loader, from, step)
    return { ordinal, hunk, lines: [next, next] }
  }

  #enqueue(move: () => Promise<void>): void {
    this.#moves = this.#moves.then(move)
  }

  /** A position in words, for screen readers. */
  #describe({ ordinal, hunk, lines }: ReportPosition): string {
    const { model } = this.#state.list
    const file = visible(model.pathOf(ordinal).at(-1) ?? '')
    const facts = hunk === null ? null : model.hunk(ordinal, hunk)?.facts
    if (!facts) return file
    return `${file}, change ${(hunk ?? 0) + 1}, ${lines === null ? `from line ${facts.newStart}` : `row ${lines[1] + 1}`}`
  }

  #setTarget(position: ReportPosition, how: 'push' | 'replace' = 'replace'): void {
    const text = formatPosition(position)
    this.#shown = text
    this.#state = { ...this.#state, target: position }
    changeQuery({ at: text, ...anchorOf(this.#state.list.model, position) }, how)
  }

  #isVisible({ ordinal, hunk }: TopPosition): boolean {
    const inView = this.#handle.current?.inView() ?? []
    return inView.some(({ item }) => item.ordinal === ordinal && (hunk === null || item.hunk === hunk))
  }
}

/** Pixels from the top of an item to a position in it, if its lines are not wrapped. */
function withinOf({ item, row }: Found, { lines }: ReportPosition): number {
  return lines === null ? 0 : (item.piece === 0 ? HEIGHTS.hunk : 0) + row * HEIGHTS.line
}

function positionInUrl(): string | null {
  return new URLSearchParams(location.search).get('at')
}
