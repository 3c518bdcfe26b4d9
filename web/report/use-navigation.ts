import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { Pair } from '../pair.ts'
import type { PlaceInView } from './memory.ts'
import { Navigator, type NavigatorState } from './navigator.ts'
import type { DocumentHandle } from './report-document.tsx'

export interface NavigationOptions extends NavigatorState {
  readonly pair: Pair
  readonly handle: { readonly current: DocumentHandle | null }
  /** The position in the URL, unparsed. */
  readonly at: string | null
  /** Where the reader left the report; null on a first visit. */
  readonly left: () => PlaceInView | null
}

/** A navigator that follows the URL, and keeps the position when lines become rows or rows become lines. */
export function useNavigation({ pair, handle, at, left, ...state }: NavigationOptions): Navigator {
  const { old, new: newer } = pair
  const first = useRef(state)
  const navigator = useMemo(
    () => new Navigator({ old, new: newer }, handle, first.current),
    [old, newer, handle],
  )
  navigator.update(state)
  const latestLeft = useRef(left)
  latestLeft.current = left
  useEffect(() => navigator.followUrl(at, latestLeft.current()), [navigator, at])
  const shown = useRef(state.list)
  useEffect(() => {
    if (shown.current === state.list) return
    shown.current = state.list
    const place = latestLeft.current()
    if (place) navigator.restore(place)
  }, [navigator, state.list])
  return navigator
}
