import { useCallback, useEffect, useRef } from 'preact/hooks'

/** In which direction the reader must scroll, and how far, until a phone's header leaves or is back, in pixels. */
const TURN = 30

/**
 * @returns call it with each position, and whether the reader went there: on a phone the header leaves while the
 *   reader goes down
 */
export function useHidingHeader(): (top: number, isByReader: boolean) => void {
  const turn = useRef({ top: 0, isDown: false })
  useEffect(() => () => document.documentElement.classList.remove('reading-down'), [])
  return useCallback((top: number, isByReader: boolean) => {
    const { top: from, isDown } = turn.current
    if (!isByReader) {
      turn.current = { top, isDown }
      return
    }
    const isFurther = isDown ? top > from : top < from
    if (isFurther) turn.current = { top, isDown }
    const isTurned = top === 0 ? isDown : Math.abs(top - from) > TURN && !isFurther
    if (!isTurned) return
    turn.current = { top, isDown: !isDown }
    document.documentElement.classList.toggle('reading-down', !isDown)
  }, [])
}
