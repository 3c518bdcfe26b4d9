/** The edge of a list of files, which changes its width by the pointer or the arrow keys. */
import { prefer, preferences } from './preferences.ts'

/** The narrowest and the widest list, and a step of the arrow keys, in pixels. */
const WIDTH = { min: 160, max: 900, step: 24 }

export function Grip() {
  const set = (width: number) => {
    const treeWidth = Math.round(Math.min(Math.max(width, WIDTH.min), WIDTH.max))
    prefer({ treeWidth })
    document.documentElement.style.setProperty('--tree', `${treeWidth}px`)
  }
  const widthOf = (grip: Element) => grip.parentElement?.getBoundingClientRect().width ?? WIDTH.min
  return (
    // biome-ignore lint/a11y/useSemanticElements: an <hr> cannot be moved
    <div
      class="grip"
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the list of files"
      aria-valuenow={preferences().treeWidth ?? 320}
      aria-valuemin={WIDTH.min}
      aria-valuemax={WIDTH.max}
      tabIndex={0}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={(event) => {
        const { currentTarget, pointerId, clientX } = event
        if (currentTarget.hasPointerCapture(pointerId))
          set(clientX - (currentTarget.parentElement?.getBoundingClientRect().left ?? 0))
      }}
      onKeyDown={(event) => {
        const step = { ArrowLeft: -WIDTH.step, ArrowRight: WIDTH.step }[event.key]
        if (step === undefined) return
        event.preventDefault()
        set(widthOf(event.currentTarget) + step)
      }}
    />
  )
}
