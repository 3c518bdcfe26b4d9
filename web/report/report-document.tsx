/** The lines of a report as one long page, of which only the part near the viewport exists in the DOM. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { useHidingHeader } from '../ui/use-hiding-header.ts'
import { clickedIn } from './clicks.ts'
import { highlightMatches } from './highlight.ts'
import type { ItemList } from './item-list.ts'
import { ItemView } from './item-view.tsx'
import { type Item, keyOf } from './items.ts'
import type { Loader } from './loader.ts'
import { useLongestLine } from './longest-line.ts'
import type { PlaceInView } from './memory.ts'
import type { ReportPosition } from './position.ts'
import { ScrollSync, scrollHeightOf } from './scroll-sync.ts'
import { followSideScroll, selectSide } from './sides.ts'
import type { PlacedItem } from './viewport.ts'

/** What other parts of the view do with the document. */
export interface DocumentHandle {
  /** Brings an item into view. @param within pixels below its top */
  show(item: Item, within?: number): void
  /** Brings an item back to where it was. @param within pixels from its top to the place */
  restore(item: Item, within: number, place: PlaceInView): void
  /** What is at the top of the view; null before something is drawn. */
  place(): PlaceInView | null
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
  /** The document goes. @param place what was at its top */
  readonly left: (place: PlaceInView) => void
  /** Text to highlight. */
  readonly search: string
}

export function ReportDocument(props: ReportDocumentProps) {
  const { list, loader, target, linkTo, wrap, handle, choose, redraw, viewChanged, left, search } = props
  const { model } = list
  const scroller = useRef<HTMLElement>(null)
  const lastTop = useRef(0)
  const hideHeader = useHidingHeader()
  const [placed, setPlaced] = useState<readonly PlacedItem[]>([])
  const longest = useLongestLine(
    model,
    placed.map(({ item }) => item),
  )
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
  useLayoutEffect(
    () => () => {
      const place = sync.place()
      if (place) left(place)
    },
    [sync, left],
  )
  // biome-ignore lint/correctness/useExhaustiveDependencies(wrap): wrapped lines have other heights
  // biome-ignore lint/correctness/useExhaustiveDependencies(target): a new target must be brought into view
  useLayoutEffect(() => {
    sync.measure(placed)
    if (scroller.current) highlightMatches(scroller.current, search)
  }, [placed, target, sync, wrap, search])

  // What is below it will move when it comes.
  const coming = loader.failure
    ? -1
    : placed.findIndex(({ item, top, height }) => top + height > 0 && !model.isLoaded(item))
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
        const top = scroller.current?.scrollTop ?? 0
        hideHeader(top, top !== lastTop.current)
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
          '--chars': longest,
        }}
      >
        {placed.map(({ item, top, height }, index) => (
          <div
            key={keyOf(item)}
            class={`list-item list-item-${item.kind}${index > coming && coming >= 0 ? ' below-coming' : ''}`}
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
