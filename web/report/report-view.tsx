/** A report to read: its tree, its lines, and all that one does with them. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Pair } from '../pair.ts'
import { changeQuery } from '../router.ts'
import { Failure } from '../ui/failure.tsx'
import { visible } from '../ui/format.ts'
import { useKeys } from '../ui/keys.ts'
import type { Placed } from './column.ts'
import { FindBar } from './find-bar.tsx'
import { HEIGHTS } from './heights.ts'
import { Loader } from './loader.ts'
import { type Mode, ReportModel } from './model.ts'
import { readPlace } from './place.ts'
import type { Report } from './report.ts'
import { type DocumentHandle, ReportDocument } from './report-document.tsx'
import { Incomplete, ReportSummary } from './report-summary.tsx'
import { samePlace } from './same-place.ts'
import { Tree } from './tree.tsx'
import { useMoves } from './use-navigation.ts'

export function ReportView({
  report,
  pair,
  query,
  gone,
}: {
  report: Report
  pair: Pair
  query: URLSearchParams
  /** The report is another one now. */
  gone: () => void
}) {
  const mode: Mode = query.get('lines') === 'split' ? 'split' : 'unified'
  // Two columns leave little room for long lines.
  const wrap = query.has('wrap') ? query.get('wrap') === '1' : mode === 'split'
  const changeWrap = () => changeQuery({ wrap: wrap ? '0' : '1' }, 'replace')
  const at = query.get('at')
  const target = useMemo(() => readPlace(at), [at])
  const handle = useRef<DocumentHandle>(null)
  const [search, setSearch] = useState('')
  const [here, setHere] = useState<{ ordinal: number; hunk: number | null }>({ ordinal: 1, hunk: null })
  const [treeIsOpen, setTree] = useState(() => matchMedia('(min-width: 60rem)').matches)
  const [version, redraw] = useState(0)
  const latestGone = useRef(gone)
  latestGone.current = gone

  const { model, loader } = useMemo(() => {
    const model = new ReportModel(report.stat, mode, HEIGHTS)
    const changed = () => {
      handle.current?.refresh()
      redraw((count) => count + 1)
    }
    return { model, loader: new Loader(model, report.id, { changed, gone: () => latestGone.current() }) }
  }, [report, mode])
  useEffect(() => {
    addEventListener('online', loader.retry)
    return () => {
      removeEventListener('online', loader.retry)
      loader.close()
    }
  }, [loader])

  const moves = useMoves({ model, loader, handle, pair, at, target, here })
  const fold = useCallback(
    (ordinal: number) => {
      model.fold(ordinal, !model.isFolded(ordinal))
      handle.current?.refresh()
      redraw((count) => count + 1)
    },
    [model],
  )
  const seen = useCallback((placed: readonly Placed[]) => {
    const leaf = placed.find(({ top, height }) => top + height > 60)?.leaf ?? placed[0]?.leaf
    if (!leaf) return
    const hunk = leaf.kind === 'piece' ? leaf.hunk : null
    setHere((old) =>
      old.ordinal === leaf.ordinal && old.hunk === hunk ? old : { ordinal: leaf.ordinal, hunk },
    )
  }, [])

  const changeFilter = async (on: boolean) => {
    // Where it cannot be told, it begins at the top.
    const at = await samePlace(report, pair, on, { lines: null, ...moves.start() }).catch(() => null)
    changeQuery({ filter: on, at })
  }

  useKeys('The report', [
    { key: 'n', help: 'the next change', run: () => moves.toHunk(1) },
    { key: 'p', help: 'the change before', run: () => moves.toHunk(-1) },
    { key: ']', help: 'the next file', run: () => moves.toNode(1) },
    { key: '[', help: 'the file before', run: () => moves.toNode(-1) },
    { key: 'j', help: 'the next line', run: () => moves.toLine(1, false) },
    { key: 'k', help: 'the line before', run: () => moves.toLine(-1, false) },
    { key: 'J', shift: true, help: 'one line more', run: () => moves.toLine(1, true) },
    { key: 'K', shift: true, help: 'one line less', run: () => moves.toLine(-1, true) },
    { key: 'x', help: 'fold or unfold the file', run: () => fold(moves.start().ordinal) },
    { key: 's', help: 'one below the other, or side by side', run: () => changeLines(mode) },
    { key: 'w', help: 'wrap long lines, or not', run: changeWrap },
    { key: '/', help: 'look for text', run: () => document.getElementById('find-text')?.focus() },
    { key: 'e', help: 'look for a path', run: () => document.getElementById('find-path')?.focus() },
    { key: 'b', help: 'show or hide the tree', run: () => setTree((open) => !open) },
    { key: 'y', help: 'copy a link to what is pointed at', run: () => void moves.copyLink() },
    { key: 'o', help: 'scroll the report with the arrow keys', run: () => handle.current?.focus() },
  ])

  if (model.last < 1)
    return (
      <div class="page">
        <ReportSummary report={report} pair={pair} changeFilter={(on) => void changeFilter(on)} />
        <Incomplete report={report} pair={pair} />
        <p class="empty">
          Nothing differs inside the files{report.filtered && ', but for what every rebuild changes'}.
        </p>
      </div>
    )
  return (
    <div class="report">
      <ReportSummary report={report} pair={pair} changeFilter={(on) => void changeFilter(on)}>
        <button type="button" aria-pressed={mode === 'split'} onClick={() => changeLines(mode)} title="s">
          Side by side
        </button>
        <button type="button" aria-pressed={wrap} onClick={changeWrap} title="w">
          Wrap lines
        </button>
        <button
          type="button"
          aria-expanded={treeIsOpen}
          onClick={() => setTree(!treeIsOpen)}
          aria-controls="tree"
          title="b"
        >
          Tree
        </button>
        <span class="steps">
          <button type="button" onClick={() => moves.toHunk(-1)} title="The change before (p)">
            ↑ <span class="hidden">The change before</span>
          </button>
          <button type="button" onClick={() => moves.toHunk(1)} title="The next change (n)">
            ↓ <span class="hidden">The next change</span>
          </button>
        </span>
      </ReportSummary>
      <FindBar
        beside={<Incomplete report={report} pair={pair} />}
        model={model}
        version={version}
        report={report.id}
        search={search}
        setSearch={setSearch}
        from={target}
        goTo={(place) => void moves.to(place)}
      />
      {loader.failure && (
        <div class="trouble">
          <Failure of={loader.failure} retry={loader.retry} />
        </div>
      )}
      <div class={`panes${treeIsOpen ? '' : ' without-tree'}`}>
        {treeIsOpen && (
          <Tree
            report={report.id}
            current={here.ordinal}
            goTo={(ordinal) => {
              if (!matchMedia('(min-width: 60rem)').matches) setTree(false)
              void moves.to({ ordinal, hunk: null, lines: null })
            }}
          />
        )}
        <div class="reading">
          <p class="where" aria-hidden="true">
            {visible(model.pathOf(here.ordinal).join(' / '))}
          </p>
          <ReportDocument
            key={mode}
            model={model}
            loader={loader}
            target={target}
            linkTo={moves.linkTo}
            wrap={wrap}
            handle={handle}
            choose={moves.choose}
            fold={fold}
            seen={seen}
            search={search}
          />
        </div>
      </div>
    </div>
  )
}

function changeLines(mode: Mode): void {
  changeQuery({ lines: mode === 'split' ? null : 'split', wrap: null }, 'replace')
}
