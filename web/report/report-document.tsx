/**
 * The report as one long page of which only what is in view exists. The scroll bar stands for the whole: where the browser could not make anything so high,
 * dragging it goes to the same part of the report, and turning a wheel goes as far as ever.
 */
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { Column, type Placed } from './column.ts'
import { LeafView } from './leaf-view.tsx'
import type { Loader } from './loader.ts'
import { keyOf, type Leaf, type ReportModel } from './model.ts'
import type { ReportPlace } from './place.ts'

/** What browsers make without trouble, in pixels. */
const MAX_HEIGHT = 8_000_000
/** Until somebody who scrolls is taken to have stopped, in milliseconds. */
const STILL_MS = 150

/** What the rest of the view does with the document. */
export interface DocumentHandle {
  /** Brings a leaf into view. @param within pixels below its top */
  show(leaf: Leaf, within?: number): void
  /** Leaves in view, top to bottom. */
  inView(): readonly Placed[]
  /** Draws anew: something has been loaded or folded. */
  refresh(): void
  focus(): void
}

export interface ReportDocumentProps {
  readonly model: ReportModel
  readonly loader: Loader
  readonly target: ReportPlace | null
  readonly linkTo: (place: ReportPlace) => string
  readonly wrap: boolean
  /** Where it puts what the rest of the view does with it. */
  readonly handle: { current: DocumentHandle | null }
  /** A place was chosen. @param extend with the one before */
  readonly choose: (place: string, extend: boolean) => void
  readonly fold: (ordinal: number) => void
  /** What is in view has changed. */
  readonly seen: (placed: readonly Placed[]) => void
  /** The words that are looked for. */
  readonly search: string
}

export function ReportDocument(props: ReportDocumentProps) {
  const { model, loader, target, linkTo, wrap, handle, choose, fold, seen, search } = props
  const scroller = useRef<HTMLDivElement>(null)
  const column = useMemo(() => new Column(model), [model])
  const lastTop = useRef(0)
  const [placed, setPlaced] = useState<readonly Placed[]>([])
  const still = useRef<ReturnType<typeof setTimeout>>(undefined)
  /** Whether somebody is on the way to somewhere far, until all is still. */
  const jumps = useRef(false)
  /** Whether an end was asked for: what the browser still animates is over, until all is still or somebody scrolls anew. */
  const goesToEnd = useRef(false)
  /** Lines that were asked for are to be brought into view when they are drawn: wrapped ones are not where they were guessed. */
  const aims = useRef(false)

  const draw = useCallback(() => {
    const view = scroller.current
    if (!view) return
    column.viewHeight = view.clientHeight
    const now = column.layout(view.clientHeight)
    const inView = now.filter(({ top, height }) => top + height > 0 && top < view.clientHeight)
    loader.want([...inView, ...now].map(({ leaf }) => leaf))
    setPlaced(now)
    seen(inView)
  }, [column, loader, seen])

  /** The scroll bar goes where the view is; nothing that is seen moves. */
  const settle = useCallback(() => {
    const view = scroller.current
    jumps.current = false
    goesToEnd.current = false
    if (!view) return
    const room = heightOf(model) - view.clientHeight
    const wanted =
      model.total <= MAX_HEIGHT
        ? column.offset
        : (column.offset / Math.max(1, model.total - view.clientHeight)) * room
    if (Math.abs(view.scrollTop - wanted) <= 1) return
    view.scrollTop = wanted
    lastTop.current = view.scrollTop
    draw()
  }, [column, draw, model])

  const settleSoon = useCallback(() => {
    clearTimeout(still.current)
    still.current = setTimeout(settle, STILL_MS)
  }, [settle])

  const scrolled = useCallback(() => {
    const view = scroller.current
    if (!view) return
    const moved = view.scrollTop - lastTop.current
    const isNobody = goesToEnd.current || wasCut(view, lastTop.current)
    lastTop.current = view.scrollTop
    if (moved !== 0) {
      const room = Math.max(1, heightOf(model) - view.clientHeight)
      // A jump that the browser animates ends in small steps; it is one all the same.
      const isFar = Math.abs(moved) >= 3 * view.clientHeight
      jumps.current ||= isFar
      if (isNobody) jumps.current = false
      else if (jumps.current && view.scrollTop >= room - 1) column.jumpToEnd()
      else if (jumps.current && view.scrollTop <= 0) column.jumpTo(0)
      else if (!isFar) column.scrollBy(moved)
      else {
        column.jumpTo((view.scrollTop / room) * Math.max(0, model.total - view.clientHeight))
      }
      draw()
    }
    settleSoon()
  }, [column, draw, model, settleSoon])

  handle.current = useMemo(
    () => ({
      show: (leaf, within = 0) => {
        const view = scroller.current
        aims.current = within !== 0
        column.show(leaf, within, within === 0 ? 0 : (view?.clientHeight ?? 0) / 3)
        draw()
        settle()
      },
      inView: () => column.layout(0),
      refresh: draw,
      focus: () => scroller.current?.focus({ preventScroll: true }),
    }),
    [column, draw, settle],
  )

  useEffect(() => {
    const view = scroller.current
    if (!view) return
    lastTop.current = view.scrollTop
    const observer = new ResizeObserver(draw)
    observer.observe(view)
    return () => {
      observer.disconnect()
      clearTimeout(still.current)
    }
  }, [draw])

  // What has been drawn tells how high it is; what is below moves, what the column holds on to does not.
  useLayoutEffect(() => {
    const view = scroller.current
    if (!view) return
    let changed = false
    for (const element of view.querySelectorAll<HTMLElement>('[data-leaf]')) {
      const found = placed.find(({ leaf }) => keyOf(leaf) === element.dataset['leaf'])
      const isGuess = found && !isLoaded(model, found.leaf)
      if (!found || isGuess) continue
      const height = element.getBoundingClientRect().height
      if (Math.abs(height - model.height(found.leaf)) < 0.5) continue
      model.measure(found.leaf, height)
      changed = true
    }
    const isCut = wasCut(view, lastTop.current)
    if (isCut) lastTop.current = view.scrollTop
    if (changed || isCut) draw()
    settleSoon()
    const aimedAt = aims.current && !changed ? view.querySelector('.line.target, .row.target') : null
    if (aimedAt) {
      aims.current = false
      const below = aimedAt.getBoundingClientRect().top - view.getBoundingClientRect().top
      if (below < 0 || below > view.clientHeight - 40) {
        column.scrollBy(below - view.clientHeight / 3)
        draw()
      }
    }
    markFound(view, search)
  }, [placed, target, model, column, draw, settleSoon, wrap, search])

  /** Both ends are gone to at once: a jump that the browser animates is broken off by the first thing that is measured meanwhile. */
  const pressed = (event: KeyboardEvent) => {
    goesToEnd.current = false
    if (event.altKey || event.shiftKey || event.metaKey) return
    if (event.key === 'Home') column.jumpTo(0)
    else if (event.key === 'End') column.jumpToEnd()
    else return
    goesToEnd.current = true
    event.preventDefault()
    draw()
    settle()
  }

  const scrollsAnew = () => {
    goesToEnd.current = false
  }

  const clicked = (event: MouseEvent) => {
    const at = event.target as Element
    const folding = at.closest<HTMLElement>('[data-fold]')
    if (folding) return fold(Number(folding.dataset['fold']))
    const isNumber = at.closest('.number, .title, .hunk-head a')
    const place = at.closest<HTMLElement>('[data-place]')?.dataset['place']
    if (!isNumber || place === undefined || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    choose(place, event.shiftKey)
  }

  return (
    // the keys j, k and x do the same.
    <div
      ref={scroller}
      class={`document ${wrap ? 'wrap' : 'no-wrap'} ${model.mode}`}
      role="region"
      aria-label="The report"
      tabindex={0}
      onScroll={scrolled}
      onKeyDown={pressed}
      onWheel={scrollsAnew}
      onPointerDown={scrollsAnew}
      onTouchMove={scrollsAnew}
      onClick={clicked}
    >
      <div class="column" style={{ height: `${heightOf(model)}px`, '--chars': longestOf(model, placed) }}>
        {placed.map(({ leaf, top, height }) => (
          <div
            key={keyOf(leaf)}
            class={`leaf leaf-${leaf.kind}`}
            data-leaf={keyOf(leaf)}
            style={{
              top: `${lastTop.current + top}px`,
              ...(!isLoaded(model, leaf) && { height: `${height}px` }),
              '--digits': digitsOf(model, leaf),
            }}
          >
            <LeafView model={model} leaf={leaf} target={target} linkTo={linkTo} />
          </div>
        ))}
      </div>
    </div>
  )
}

function heightOf(model: ReportModel): number {
  return Math.min(model.total, MAX_HEIGHT)
}

/** Whether the browser has moved the view up because the column no longer reaches so far: nobody has scrolled. @param lastTop where it was */
function wasCut({ scrollTop, scrollHeight, clientHeight }: HTMLElement, lastTop: number): boolean {
  return scrollTop < lastTop && scrollTop >= scrollHeight - clientHeight - 1
}

function isLoaded(model: ReportModel, leaf: Leaf): boolean {
  return leaf.kind === 'head' || model.piece(leaf)?.content != null
}

/** Digits of the largest line number of a hunk. */
function digitsOf(model: ReportModel, { kind, ordinal, hunk }: Leaf): number {
  const facts = kind === 'piece' ? model.hunk(ordinal, hunk)?.facts : null
  return facts ? String(Math.max(facts.oldStart + facts.oldLines, facts.newStart + facts.newLines)).length : 1
}

/** Characters of the longest line in view, by which all are equally wide where lines are not wrapped. */
function longestOf(model: ReportModel, placed: readonly Placed[]): number {
  let longest = 40
  for (const { leaf } of placed) {
    const content = model.piece(leaf)?.content
    if (!content) continue
    const texts =
      'lines' in content
        ? content.lines.map(({ text }) => text)
        : content.rows.flatMap(({ old, new: fresh }) => [old?.text ?? '', fresh?.text ?? ''])
    // A tab is up to eight wide.
    for (const text of texts) longest = Math.max(longest, text.length + 7 * (text.split('\t').length - 1))
  }
  return longest
}

/** Marks what is looked for, without touching what is drawn; where a browser cannot, lines with it are found all the same. */
function markFound(view: HTMLElement, search: string): void {
  if (!('highlights' in CSS)) return
  CSS.highlights.delete('found')
  if (search === '') return
  const ranges: Range[] = []
  const needle = search.toLowerCase()
  const texts = document.createTreeWalker(view, NodeFilter.SHOW_TEXT)
  while (texts.nextNode() && ranges.length < 1000) {
    const text = texts.currentNode as Text
    const lower = text.data.toLowerCase()
    for (let at = lower.indexOf(needle); at >= 0; at = lower.indexOf(needle, at + needle.length)) {
      if (at + needle.length > text.length) break
      const range = new Range()
      range.setStart(text, at)
      range.setEnd(text, at + needle.length)
      ranges.push(range)
    }
  }
  CSS.highlights.set('found', new Highlight(...ranges))
}
