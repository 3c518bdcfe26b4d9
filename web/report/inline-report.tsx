/** A report among others on one page: as high as its lines, of which further ones are shown on request. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { announce } from '../ui/announce.ts'
import { Failure } from '../ui/failure.tsx'
import { count } from '../ui/format.ts'
import { anchorInUrl, anchorOf, findAnchor, isAt } from './anchor.ts'
import { clickedIn } from './clicks.ts'
import type { ItemList } from './item-list.ts'
import { ItemView } from './item-view.tsx'
import { type Item, keyOf, type Mode, sizeOf } from './items.ts'
import { useLongestLine } from './longest-line.ts'
import type { ReportModel } from './model.ts'
import { ONE_SIDE } from './names.ts'
import { parsePosition, type ReportPosition } from './position.ts'
import type { Report } from './report.ts'
import { followSideScroll, selectSide } from './sides.ts'
import { useReport } from './use-report.ts'

/** Lines or rows at first, and with each request for more. */
const LIMIT = 400

export interface InlineReportProps {
  readonly report: Report
  readonly mode: Mode
  readonly wrap: boolean
  readonly target: ReportPosition | null
  readonly linkTo: (position: ReportPosition) => string
  /** @param line its text, as a link has it */
  readonly choose: (position: ReportPosition, line: string | null) => void
  /** The first lines are there. */
  readonly ready: () => void
  readonly gone: () => void
}

export function InlineReport(props: InlineReportProps) {
  const { report, mode, wrap, linkTo, choose, ready, gone } = props
  const { list, loader, redraw, version } = useReport(report, mode, noDrawing, gone)
  const [limit, setLimit] = useState(LIMIT)
  const { items, missing, isCut } = itemsUpTo(list, limit)
  const { model } = list
  const target = useTarget(props.target, { report: report.id, model, isReady: missing === null })
  const lines = useRef<HTMLDivElement>(null)
  const shown = useRef<ReportPosition | null>(null)
  useEffect(() => {
    if (target === null || target === shown.current || missing !== null) return
    const element = lines.current?.querySelector('.target')
    if (!element && isCut) return setLimit(limit + LIMIT)
    shown.current = target
    element?.scrollIntoView({ block: 'nearest' })
  }, [target, missing, isCut, limit])
  const longest = useLongestLine(model, items)
  const isReady = missing === null
  const latestReady = useRef(ready)
  latestReady.current = ready
  // biome-ignore lint/correctness/useExhaustiveDependencies(version): more is loaded
  useEffect(() => {
    const first = itemsUpTo(list, limit).missing
    loader.want(first ? [first] : [])
  }, [list, loader, version, limit])
  useEffect(() => {
    if (isReady) latestReady.current()
  }, [isReady])
  const chosen = (text: string) => {
    const position = parsePosition(text)
    if (position) choose(position, anchorOf(model, position).line)
  }
  if (loader.failure) return <Failure of={loader.failure} retry={loader.retry} />
  return (
    <>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the links and buttons in it have keys */}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: it only listens for them */}
      <div
        ref={lines}
        class={`inline-report ${wrap ? 'wrap' : 'no-wrap'} ${mode}`}
        onScroll={followSideScroll}
        onPointerDown={selectSide}
        onClick={(event) => clickedIn(event, { model, redraw, choose: chosen })}
      >
        <div class="virtual-list" style={{ '--chars': longest }}>
          {items
            .filter((item) => !isSilent(list, item))
            .map((item) => (
              <div key={keyOf(item)} class="inline-item" style={{ '--digits': model.digitsOf(item.ordinal) }}>
                <ItemView model={model} item={item} target={target} linkTo={linkTo} />
              </div>
            ))}
        </div>
      </div>
      {isCut && (
        <button type="button" class="show-more" onClick={() => setLimit(limit + LIMIT)}>
          Show {count(LIMIT)} more lines
        </button>
      )}
    </>
  )
}

function noDrawing(): void {}

interface TargetOptions {
  /** Its global id. */
  readonly report: string
  readonly model: ReportModel
  /** Whether the first lines are loaded. */
  readonly isReady: boolean
}

/** Where the place of a link is now: the report may have been made anew. Null until that is known. */
function useTarget(
  hint: ReportPosition | null,
  { report, model, isReady }: TargetOptions,
): ReportPosition | null {
  const [found, setFound] = useState<{
    readonly hint: ReportPosition
    readonly now: ReportPosition | null
  } | null>(null)
  useEffect(() => {
    if (!isReady || hint === null) return
    const anchor = { path: null, line: anchorInUrl().line }
    if (isAt(model, hint, anchor)) return setFound({ hint, now: hint })
    let isWanted = true
    findAnchor(report, hint, anchor).then(
      (now) => {
        if (!isWanted) return
        setFound({ hint, now })
        if (now?.lines === null) announce('The line of this link is not in the file any more.', true)
      },
      (error: Error) => announce(error.message, true),
    )
    return () => {
      isWanted = false
    }
  }, [hint, report, model, isReady])
  return found !== null && found.hint === hint ? found.now : null
}

/** The items that have so many lines, as far as they are loaded. */
function itemsUpTo(list: ItemList, limit: number) {
  const items: Item[] = []
  let lines = 0
  for (let item = list.first(); item; item = list.next(item)) {
    if (lines >= limit) return { items, missing: null, isCut: true }
    if (!list.model.isLoaded(item)) return { items, missing: item, isCut: false }
    items.push(item)
    const content = list.model.piece(item)?.content
    if (content) lines += sizeOf(content)
  }
  return { items, missing: null, isCut: false }
}

/** Headings that say nothing, or what the badge of the file says: the file's own, which stands above, and those of wrappers without a line. */
function isSilent({ model }: ItemList, { kind, ordinal }: Item): boolean {
  const facts = kind === 'head' ? model.node(ordinal)?.facts : undefined
  if (!facts || facts.comments.some((comment) => !ONE_SIDE.test(comment))) return false
  return (
    model.last === 1 ||
    (ordinal === 1 && facts.comments.length > 0) ||
    (ordinal === 1 && (facts.ownStat?.hunks ?? 0) === 0)
  )
}
