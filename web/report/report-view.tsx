/** A report: its toolbar, its tree and its lines. */
import { useCallback, useMemo, useRef, useState } from 'preact/hooks'
import type { Pair } from '../pair.ts'
import { changeQuery } from '../router.ts'
import { Failure } from '../ui/failure.tsx'
import { visible } from '../ui/format.ts'
import { isWide } from '../ui/is-wide.ts'
import { NO_PLACE } from './anchor.ts'
import { FindBar } from './find-bar.tsx'
import type { TopPosition } from './navigator.ts'
import { nodePosition, parsePosition } from './position.ts'
import type { Report } from './report.ts'
import { type DocumentHandle, ReportDocument } from './report-document.tsx'
import { Incomplete, ReportBar, Totals } from './report-summary.tsx'
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

export interface ReportViewProps {
  readonly report: Report
  readonly pair: Pair
  readonly query: URLSearchParams
  /** Loads the same report with or without noise; null if there is none. */
  readonly load: (filter: boolean) => Promise<Report | null>
  /** Of downloads, without an extension. */
  readonly name: string
  /** The service no longer has this report. */
  readonly gone: () => void
  /** Given if there is no summary yet, without which noise cannot be hidden. */
  readonly makeSummary?: () => void
}

export function ReportView({ report, pair, query, load, name, gone, makeSummary }: ReportViewProps) {
  const { mode, wrap } = settingsOf(query)
  const at = query.get('at')
  const target = useMemo(() => parsePosition(at), [at])
  const handle = useRef<DocumentHandle>(null)
  const [search, setSearch] = useState('')
  const { top, viewChanged } = useTopPosition()
  const [treeIsOpen, setTreeIsOpen] = useState(isWide)
  const { list, loader, redraw } = useReport(report, mode, () => handle.current?.draw(), gone)
  const { model } = list

  const navigator = useNavigation({ list, loader, handle, pair, at, target, top })
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
        <ReportBar {...head}>{incomplete}</ReportBar>
        <Totals of={report} />
        <p class="empty">No differences{report.filtered && ' apart from noise'}.</p>
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
        />
      </ReportBar>
      {loader.failure && (
        <div class="load-failure">
          <Failure of={loader.failure} retry={loader.retry} />
        </div>
      )}
      <div class={`panes${treeIsOpen ? '' : ' without-tree'}`}>
        {treeIsOpen && <Tree report={report.id} current={top.ordinal} goTo={goToNode} />}
        <div class="reading">
          <div class="where">
            <p class="path" aria-hidden="true">
              {visible(model.pathOf(top.ordinal).join(' / '))}
            </p>
            <Totals of={report} />
          </div>
          <ReportDocument
            key={mode}
            {...{ list, loader, target, wrap, handle, redraw, viewChanged, search }}
            linkTo={navigator.linkTo}
            choose={navigator.choose}
          />
        </div>
      </div>
    </div>
  )
}

/** What is at the top of the viewport, and a function that updates it. */
function useTopPosition() {
  const [top, setTop] = useState<TopPosition>({ ordinal: 1, hunk: null })
  const viewChanged = useCallback((inView: readonly PlacedItem[]) => {
    const item = (inView.find(({ top, height }) => top + height > PASSED_PIXELS) ?? inView[0])?.item
    if (!item) return
    const hunk = item.kind === 'piece' ? item.hunk : null
    setTop((old) =>
      old.ordinal === item.ordinal && old.hunk === hunk ? old : { ordinal: item.ordinal, hunk },
    )
  }, [])
  return { top, viewChanged }
}
