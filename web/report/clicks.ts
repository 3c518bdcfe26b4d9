/** What clicks on the lines of a report do. Thousands of lines share one listener. */
import type { ReportModel } from './model.ts'
import { parsePosition } from './position.ts'

export interface ClickOptions {
  readonly model: ReportModel
  /** Draws again after something was folded or unfolded. */
  readonly redraw: () => void
  /** @param extend to a range from the previous position */
  readonly choose: (position: string, extend: boolean) => void
}

export function clickedIn(event: MouseEvent, { model, redraw, choose }: ClickOptions): void {
  const element = event.target as Element
  const folding = element.closest<HTMLElement>('[data-fold]')?.dataset.fold
  if (folding !== undefined) {
    model.fold(Number(folding), !model.isFolded(Number(folding)))
    redraw()
    return
  }
  const unfolding = parsePosition(element.closest<HTMLElement>('[data-unfold]')?.dataset.unfold ?? null)
  if (unfolding) {
    model.unfoldHunk(unfolding.ordinal, unfolding.hunk ?? 0)
    redraw()
    return
  }
  const isLink = element.closest('.number, .title, .hunk-head a')
  const position = element.closest<HTMLElement>('[data-position]')?.dataset.position
  if (!isLink || position === undefined || event.ctrlKey || event.metaKey) return
  event.preventDefault()
  choose(position, event.shiftKey)
}
