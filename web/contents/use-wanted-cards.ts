/** Which cards load their reports: those near the view, and all if they are few, so that the browser's search finds all. */
import { useCallback, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { keyOfFile } from './file-tree.ts'
import type { ListedFile } from './use-changed-files.ts'

/** A card is near the view at this distance, in pixels. */
const NEAR = 1500
/** Up to so many files are all loaded, one after the other. */
const FEW = 40
/** More reports are not kept beyond those near the view. */
const MAX_KEPT = 60

export interface WantedCards {
  readonly wanted: ReadonlySet<string>
  /** The heights of bodies that were unloaded, by key, in pixels. */
  readonly heights: ReadonlyMap<string, number>
  /** Call it when a report is there. */
  readonly ready: (key: string) => void
}

export function useWantedCards(
  scroller: { readonly current: HTMLElement | null },
  files: readonly ListedFile[],
): WantedCards {
  const [wanted, setWanted] = useState<ReadonlySet<string>>(new Set())
  const heights = useRef(new Map<string, number>())
  const near = useRef(new Set<string>())
  const isReady = useRef(new Set<string>())
  const all = useRef(files)
  all.current = files
  const update = useCallback(() => {
    setWanted((old) => {
      const next = new Set([...old].filter((key) => !near.current.has(key)))
      for (const key of near.current) next.add(key)
      if (all.current.length <= FEW && [...next].every((key) => isReady.current.has(key))) {
        const further = all.current.find((file) => !next.has(keyOfFile(file)))
        if (further) next.add(keyOfFile(further))
      }
      const far = [...next].filter((key) => !near.current.has(key))
      for (const key of far.slice(0, Math.max(0, next.size - MAX_KEPT))) {
        const body = scroller.current?.querySelector(`[data-card="${CSS.escape(key)}"] > :last-child`)
        if (body) heights.current.set(key, body.getBoundingClientRect().height)
        next.delete(key)
      }
      return next.size === old.size && [...next].every((key) => old.has(key)) ? old : next
    })
  }, [scroller])
  const ready = useCallback(
    (key: string) => {
      isReady.current.add(key)
      scroller.current?.querySelector(`[data-card="${CSS.escape(key)}"]`)?.classList.remove('pending')
      update()
    },
    [scroller, update],
  )
  // biome-ignore lint/correctness/useExhaustiveDependencies(files): each has a card to observe
  useLayoutEffect(() => {
    const root = scroller.current
    if (!root) return
    const keyOf = ({ target }: IntersectionObserverEntry) => (target as HTMLElement).dataset.card ?? ''
    const observer = new IntersectionObserver(
      (entries) => {
        for (const entry of entries)
          if (entry.isIntersecting) near.current.add(keyOf(entry))
          else near.current.delete(keyOf(entry))
        update()
      },
      { root, rootMargin: `${NEAR}px 0px` },
    )
    // What is below a card that is still loading would jump when its report comes.
    const inView = new IntersectionObserver(
      (entries) => {
        for (const entry of entries)
          entry.target.classList.toggle('pending', entry.isIntersecting && !isReady.current.has(keyOf(entry)))
      },
      { root },
    )
    for (const card of root.querySelectorAll('.card')) {
      observer.observe(card)
      inView.observe(card)
    }
    return () => {
      observer.disconnect()
      inView.disconnect()
    }
  }, [files, scroller, update])
  return { wanted, heights: heights.current, ready }
}
