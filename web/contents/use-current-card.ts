/** Which file is at the top of the view, and the way to another one. */

import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { NO_PLACE } from '../report/anchor.ts'
import { changeQuery } from '../router.ts'
import { announce } from '../ui/announce.ts'
import { visible } from '../ui/format.ts'
import type { ContentsMemory } from './memory.ts'
import type { ListedFile } from './use-changed-files.ts'

/** The name of the place in the state of the browser's history. */
const STATE = 'card'
/** A card whose head is so far below the top of the view is the current one, in pixels. */
const BELOW_TOP = 48
/** The place is remembered after this pause, in milliseconds. */
const STILL_MS = 200
/** Scroll events after this time, in milliseconds, do not come from showing a card. */
const SHOWN_MS = 300

export interface CardPlace {
  /** The key of the file; null before the first one is drawn. */
  readonly key: string | null
  /** Where the reader was when he left this step of the history, or else the view; null on a first visit. */
  readonly left: { readonly key: string; readonly within: number } | null
  /** Call it when a card was brought into view: the last ones cannot be at the top. */
  readonly shown: (key: string) => void
  /** Call it when the cards were scrolled or drawn. */
  readonly scrolled: (scroller: HTMLElement) => void
}

export function useCurrentCard(memory: ContentsMemory): CardPlace {
  const [key, setKey] = useState<string | null>(null)
  const left = useRef(placeInHistory() ?? placeInMemory(memory))
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  const shownAt = useRef(Number.NEGATIVE_INFINITY)
  const shown = useCallback((key: string) => {
    shownAt.current = performance.now()
    setKey(key)
  }, [])
  const scrolled = useCallback(
    (scroller: HTMLElement) => {
      const card = cardAtTop(scroller)
      if (!card || performance.now() - shownAt.current < SHOWN_MS) return
      setKey(card.dataset.card ?? null)
      clearTimeout(timer.current)
      timer.current = setTimeout(() => {
        const within = scroller.getBoundingClientRect().top - card.getBoundingClientRect().top
        const place = { key: card.dataset.card ?? '', within }
        memory.place = place
        history.replaceState({ ...history.state, [STATE]: place }, '')
      }, STILL_MS)
    },
    [memory],
  )
  return { key, left: left.current, shown, scrolled }
}

/** Shows a file as a step of the history: see `Cards`. */
export function goToCard(file: ListedFile): void {
  const { package: name, path, oldPath = null } = file
  changeQuery({ view: 'files', among: true, package: name, file: path, old_path: oldPath, ...NO_PLACE })
  announce(visible(path))
  // The same file again: the URL does not change.
  dispatchEvent(new CustomEvent(SHOW_CARD, { detail: `${name} ${path}` }))
}

/** The event that brings a card into view; its detail is the key. */
export const SHOW_CARD = 'differ:show-card'

export function cardAtTop(scroller: HTMLElement): HTMLElement | null {
  const { left, top, width } = scroller.getBoundingClientRect()
  const found = document.elementsFromPoint(left + width / 2, top + BELOW_TOP)
  const card = found.map((element) => element.closest<HTMLElement>('.card')).find((one) => one !== null)
  return card ?? scroller.querySelector<HTMLElement>('.card')
}

/** A link to a file is stronger. */
function placeInMemory({ place }: ContentsMemory): CardPlace['left'] {
  return new URLSearchParams(location.search).has('among') ? null : place
}

function placeInHistory(): CardPlace['left'] {
  const place = (history.state as Record<string, { key?: unknown; within?: unknown }> | null)?.[STATE]
  return typeof place?.key === 'string' && typeof place.within === 'number'
    ? { key: place.key, within: place.within }
    : null
}
