/** A report: its toolbar, its tree and its lines. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Pair } from '../pair.ts'
import { changeQuery } from '../router.ts'
import { pageOf } from '../ui/downloads.tsx'
import { Failure } from '../ui/failure.tsx'
import { count, visible } from '../ui/format.ts'
import { isWide } from '../ui/is-wide.ts'
import { PrintNote } from '../ui/print-note.tsx'
import { NO_PLACE } from './anchor.ts'
import { FindBar } from './find-bar.tsx'
import { foldsOf, keepPlaceInHistory, type PlaceInView, type ReportMemory } from './memory.ts'
import { SMALL } from './model.ts'
import type { TopPosition } from './navigator.ts'
import { nodePosition, parsePosition } from './position.ts'
import type { Report } from './report.ts'
import { type DocumentHandle, ReportDocument } from './report-document.tsx'
import { Incomplete, NoDifferences, ReportBar, Totals } from './report-summary.tsx'
import { ReportTools } from './report-tools.tsx'
import { samePosition } from './same-position.ts'
import { settingsOf } from './settings.ts'
import { Tree } from './tree.tsx'
import { useNavigation } from './use-navigation.ts'
import { useReport } from './use-report.ts'
import { useReportKeys } from './use-report-keys.ts'
import type { PlacedItem } from './viewport.ts'

/** An item this close to the top of the viewport counts as scrolled past, in pixels. */
const PASSED_PIXELS = 12
/** The place is kept in the history after this pause, in milliseconds. */
const STILL_MS = 200
const NOT_WHOLE =
  `This report has more than ${count(SMALL.lines)} lines or ${count(SMALL.nodes)} files, too large to be printed whole: ` +
  'only what was in view is. The whole report:'

export interface ReportViewProps {
  readonly report: Report
  readonly pair: Pair
  readonly query: URLSearchParams
  /** Loads the same report with or without noise; null if there is none. */
  readonly load: (filter: boolean) => Promise<Report | null>
  readonly memory: ReportMemory
  /** Of downloads, without an extension. */
  readonly name: string
  /** The service no longer has this report. */
  readonly gone: () => void
  /** Given if there is no summary yet, without which noise cannot be hidden. */
  readonly makeSummary?: () => void
}

export function ReportView({ report, pair, query, load, memory, name, gone, makeSummary }: ReportViewProps) {
  const { mode, wrap } = settingsOf(query)
  const at = query.get('at')
  const target = useMemo(() => parsePosition(at), [at])
  const handle = useRef<DocumentHandle>(null)
  const [search, setSearch] = useState(memory.search)
  memory.search = search
  const { top, viewChanged } = useTopPosition(handle)
  const [treeIsOpen, setTreeIsOpen] = useState(isWide)
  const { list, loader, redraw } = useReport(
    report,
    mode,
    () => handle.current?.draw(),
    gone,
    foldsOf(memory, report.id),
  )
  const { model } = list

  const left = useCallback(
    (place: PlaceInView) => void memory.places.set(report.id, place),
    [memory, report.id],
  )
  const placeLeft = () => memory.places.get(report.id) ?? null
  const navigator = useNavigation({ list, loader, handle, pair, at, left: placeLeft, target, top })
  const fold = useCallback(
    (ordinal: number) => {
      model.fold(ordinal, !model.isFolded(ordinal))
      redraw()
    },
    [model, redraw],
  )
  const changeFilter = async (on: boolean) => {
    const start = { lines: null, ...navigator.start() }
    // If the position cannot be found in the other report, that one opens at its top.
    const found = async () => {
      const other = await load(on)
      return other && samePosition(report, other, start)
    }
    changeQuery({ ...NO_PLACE, noise: !on, at: await found().catch(() => null) })
  }
  const toggleTree = () => setTreeIsOpen((open) => !open)
  useReportKeys({ navigator, handle, mode, wrap, fold, toggleTree })

  const goToNode = (ordinal: number) => {
    if (!isWide()) setTreeIsOpen(false)
    void navigator.jump(nodePosition(ordinal))
  }
  const head = { report, name, makeSummary, changeFilter: (on: boolean) => void changeFilter(on) }
  const incomplete = <Incomplete report={report} pair={pair} />
  if (model.last < 1)
    return (
      <div class="page">
        <NoDifferences in={report} />
        <ReportBar {...head}>{incomplete}</ReportBar>
      </div>
    )
  return (
    <div class="report">
      <ReportBar {...head}>
        <ReportTools {...{ mode, wrap, treeIsOpen, toggleTree }} move={(step) => navigator.toHunk(step)} />
        {incomplete}
        <FindBar
          report={report.id}
          search={search}
          setSearch={setSearch}
          from={target}
          show={(position) => void navigator.to(position)}
          goTo={(position) => void navigator.jump(position)}
          leave={() => handle.current?.focus()}
        />
      </ReportBar>
      {loader.failure && (
        <div class="load-failure">
          <Failure of={loader.failure} retry={loader.retry} />
        </div>
      )}
      <div class={`panes${treeIsOpen ? '' : ' without-tree'}`}>
        {treeIsOpen && (
          <Tree report={report.id} unfolded={memory.unfolded} current={top.ordinal} goTo={goToNode} />
        )}
        <div class="reading">
          <div class="where">
            <p class="path" aria-hidden="true">
              {visible(model.pathOf(top.ordinal).join(' / '))}
            </p>
            <Totals of={report} makeSummary={makeSummary} />
          </div>
          <ReportDocument
            key={mode}
            {...{ list, loader, target, wrap, handle, redraw, viewChanged, left, search }}
            linkTo={navigator.linkTo}
            choose={navigator.choose}
          />
          {!model.isSmall && <PrintNote url={pageOf(report.html.url)}>{NOT_WHOLE}</PrintNote>}
        </div>
      </div>
    </div>
  )
}

/** What is at the top of the viewport, which the history keeps, and a function that updates it. */
function useTopPosition(handle: { readonly current: DocumentHandle | null }) {
  const [top, setTop] = useState<TopPosition>({ ordinal: 1, hunk: null })
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  const viewChanged = useCallback(
    (inView: readonly PlacedItem[]) => {
      clearTimeout(timer.current)
      timer.current = setTimeout(() => {
        const place = handle.current?.place()
        if (place) keepPlaceInHistory(place)
      }, STILL_MS)
      const item = (inView.find(({ top, height }) => top + height > PASSED_PIXELS) ?? inView[0])?.item
      if (!item) return
      const hunk = item.kind === 'piece' ? item.hunk : null
      setTop((old) =>
        old.ordinal === item.ordinal && old.hunk === hunk ? old : { ordinal: item.ordinal, hunk },
      )
    },
    [handle],
  )
  return { top, viewChanged }
}
