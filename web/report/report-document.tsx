/** The lines of a report as one long page, of which only the part near the viewport exists in the DOM. */
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { clickedIn } from './clicks.ts'
import { highlightMatches } from './highlight.ts'
import type { ItemList } from './item-list.ts'
import { ItemView } from './item-view.tsx'
import { type Item, keyOf } from './items.ts'
import type { Loader } from './loader.ts'
import { longestLine } from './longest-line.ts'
import type { ReportPosition } from './position.ts'
import { ScrollSync, scrollHeightOf } from './scroll-sync.ts'
import { followSideScroll, selectSide } from './sides.ts'
import type { PlacedItem } from './viewport.ts'

/** What other parts of the view do with the document. */
export interface DocumentHandle {
  /** Brings an item into view. @param within pixels below its top */
  show(item: Item, within?: number): void
  /** The visible items, top to bottom. */
  inView(): readonly PlacedItem[]
  /** Draws again after something was loaded or folded. */
  draw(): void
  focus(): void
}

export interface ReportDocumentProps {
  readonly list: ItemList
  readonly loader: Loader
  readonly target: ReportPosition | null
  readonly linkTo: (position: ReportPosition) => string
  readonly wrap: boolean
  /** Receives the handle of the document. */
  readonly handle: { current: DocumentHandle | null }
  /** The user has clicked a position. @param extend to a range from the previous one */
  readonly choose: (position: string, extend: boolean) => void
  /** Draws the whole view again. */
  readonly redraw: () => void
  /** Other items are visible. */
  readonly viewChanged: (inView: readonly PlacedItem[]) => void
  /** Text to highlight. */
  readonly search: string
}

export function ReportDocument(props: ReportDocumentProps) {
  const { list, loader, target, linkTo, wrap, handle, choose, redraw, viewChanged, search } = props
  const { model } = list
  const scroller = useRef<HTMLElement>(null)
  const lastTop = useRef(0)
  const hideHeader = useHidingHeader()
  const [placed, setPlaced] = useState<readonly PlacedItem[]>([])
  const sync = useMemo(() => {
    const draw = (placed: readonly PlacedItem[], inView: readonly PlacedItem[]) => {
      loader.want([...inView, ...placed].map(({ item }) => item))
      setPlaced(placed)
      viewChanged(inView)
    }
    return new ScrollSync({ list, scroller, lastTop, draw })
  }, [list, loader, viewChanged])
  handle.current = sync

  useEffect(() => (scroller.current ? sync.observe(scroller.current) : undefined), [sync])
  // biome-ignore lint/correctness/useExhaustiveDependencies(wrap): wrapped lines have other heights
  // biome-ignore lint/correctness/useExhaustiveDependencies(target): a new target must be brought into view
  useLayoutEffect(() => {
    sync.measure(placed)
    if (scroller.current) highlightMatches(scroller.current, search)
  }, [placed, target, sync, wrap, search])

  const userScrolls = () => sync.userScrolls()
  const pressed = (event: PointerEvent) => {
    sync.userScrolls()
    selectSide(event)
  }
  return (
    <section
      ref={scroller}
      class={`document ${wrap ? 'wrap' : 'no-wrap'} ${model.mode}`}
      aria-label="The report"
      tabindex={0}
      onScroll={(event) => {
        followSideScroll(event)
        hideHeader(scroller.current?.scrollTop ?? 0)
        sync.scrolled()
      }}
      onKeyDown={(event) => sync.keyPressed(event)}
      onWheel={userScrolls}
      onPointerDown={pressed}
      onTouchMove={userScrolls}
      onClick={(event) => clickedIn(event, { model, redraw, choose })}
    >
      <div
        class="virtual-list"
        style={{
          height: `${scrollHeightOf(model)}px`,
          '--chars': longestLine(
            model,
            placed.map(({ item }) => item),
          ),
        }}
      >
        {placed.map(({ item, top, height }) => (
          <div
            key={keyOf(item)}
            class={`list-item list-item-${item.kind}`}
            data-item={keyOf(item)}
            style={{
              top: `${lastTop.current + top}px`,
              ...(!model.isLoaded(item) && { height: `${height}px` }),
              '--digits': model.digitsOf(item.ordinal),
            }}
          >
            <ItemView model={model} item={item} target={target} linkTo={linkTo} />
          </div>
        ))}
      </div>
    </section>
  )
}

/** In which direction the reader must scroll, and how far, until a phone's header leaves or is back, in pixels. */
const TURN = 30

/** @returns call it with each position: on a phone the header leaves while the reader goes down */
function useHidingHeader(): (top: number) => void {
  const turn = useRef({ top: 0, isDown: false })
  useEffect(() => () => document.documentElement.classList.remove('reading-down'), [])
  return useCallback((top: number) => {
    const { top: from, isDown } = turn.current
    const isFurther = isDown ? top > from : top < from
    if (isFurther) turn.current = { top, isDown }
    const isTurned = top === 0 ? isDown : Math.abs(top - from) > TURN && !isFurther
    if (!isTurned) return
    turn.current = { top, isDown: !isDown }
    document.documentElement.classList.toggle('reading-down', !isDown)
  }, [])
}
