import type { Pair } from '../pair.ts'
import { NO_PLACE } from '../report/anchor.ts'
import type { Mode } from '../report/items.ts'
import { changeMode, changeWrap } from '../report/report-tools.tsx'
import { focusPath } from '../report/use-report-keys.ts'
import { markFile } from '../review/viewed.ts'
import { changeQuery } from '../router.ts'
import { announce } from '../ui/announce.ts'
import { copyAddress } from '../ui/copy-text.ts'
import { useKeys } from '../ui/keys.ts'
import { cardAtTop } from './use-current-card.ts'

export interface CardKeysOptions {
  readonly mode: Mode
  readonly wrap: boolean
  readonly pair: Pair
  readonly viewed: ReadonlySet<string>
  readonly isFolded: (key: string) => boolean
  readonly fold: (key: string, isFolded: boolean) => void
  readonly toggleTree: () => void
}

/** The space above what a key has moved to, for the head of its card, in pixels. */
const HEAD = 44
/** What is so close to the top is where the reader is, in pixels: more than the space between cards. */
const NEXT = 16

/** The keyboard shortcuts of the files. */
export function useCardKeys(options: CardKeysOptions): void {
  const { mode, wrap, pair, viewed, isFolded, fold, toggleTree } = options
  const withCurrent = (run: (key: string) => void) => () => {
    const key = currentCard()?.dataset.card
    if (key !== undefined) run(key)
  }
  const toggleViewed = (key: string) => {
    const isViewed = !viewed.has(key)
    markFile(pair, key, isViewed)
    fold(key, isViewed)
    announce(isViewed ? 'File viewed' : 'File not viewed', true)
  }
  useKeys('Files', [
    { key: 'n', help: 'next change', run: () => moveToHunk(1) },
    { key: 'p', help: 'previous change', run: () => moveToHunk(-1) },
    { key: ']', help: 'next file', run: () => moveTo('.card', 1) },
    { key: '[', help: 'previous file', run: () => moveTo('.card', -1) },
    { key: 'j', help: 'next file', run: () => moveTo('.card', 1) },
    { key: 'k', help: 'previous file', run: () => moveTo('.card', -1) },
    { key: 'x', help: 'fold or unfold the file', run: withCurrent((key) => fold(key, !isFolded(key))) },
    { key: 'v', help: 'file viewed or not', run: withCurrent(toggleViewed) },
    { key: 'y', help: 'copy a link to the file or the line', run: withCurrent(copyLink) },
    { key: 's', help: 'unified or side by side', run: () => changeMode(mode) },
    { key: 'w', help: 'wrap lines or not', run: () => changeWrap(wrap) },
    { key: 'e', help: 'filter files', run: () => focusPath(toggleTree) },
    { key: '/', help: 'filter files', run: () => focusPath(toggleTree) },
    { key: 'b', help: 'show or hide the tree', run: toggleTree },
  ])
}

/** A link to the chosen line, if it is in view, or else to the file at the top of the view. */
function copyLink(key: string): void {
  const [name, path] = [key.slice(0, key.indexOf(' ')), key.slice(key.indexOf(' ') + 1)]
  const [view, chosen] = ['.cards', '.cards .target'].map((one) =>
    document.querySelector(one)?.getBoundingClientRect(),
  )
  const isInView = view && chosen && chosen.bottom > view.top && chosen.top < view.bottom
  if (!isInView)
    changeQuery({ view: 'files', among: true, ...NO_PLACE, package: name, file: path }, 'replace')
  void copyAddress()
}

export function moveToHunk(step: 1 | -1): void {
  moveTo('.hunk-head, .card-missing, .folded-hunk', step)
}

function scrollerOf(): HTMLElement | null {
  return document.querySelector<HTMLElement>('.cards')
}

function currentCard(): HTMLElement | null {
  const scroller = scrollerOf()
  return scroller && cardAtTop(scroller)
}

/** Scrolls to the next element that matches, or the previous one, and says where that is. */
function moveTo(selector: string, step: 1 | -1): void {
  const scroller = scrollerOf()
  if (!scroller) return
  const head = selector === '.card' ? 0 : HEAD
  const { top } = scroller.getBoundingClientRect()
  const below = (element: Element) => element.getBoundingClientRect().top - top - head
  const all = [...scroller.querySelectorAll<HTMLElement>(selector)]
  const next = step === 1 ? all.find((one) => below(one) > NEXT) : all.findLast((one) => below(one) < -NEXT)
  if (!next) {
    announce(step === 1 ? 'No more changes' : 'This is the first change', true)
    return
  }
  const before = scroller.scrollTop
  scroller.scrollTop += below(next)
  const isAtEnd = step === 1 && scroller.scrollTop <= before
  const file = next.closest('.card')?.getAttribute('aria-label') ?? ''
  if (isAtEnd) announce('No more changes', true)
  else announce(selector === '.card' ? file : `${file}, ${next.textContent?.trim() ?? ''}`)
}
