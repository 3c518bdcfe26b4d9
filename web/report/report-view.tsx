/** A report to read: its tree, its lines, and all that one does with them. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { request } from '../api/request.ts'
import { DiffoscopePageDocument, NodeAtDocument, PathOfDocument } from '../generated/graphql.ts'
import type { Pair } from '../pair.ts'
import { addressOf, changeQuery } from '../router.ts'
import { announce } from '../ui/announce.ts'
import { Failure } from '../ui/failure.tsx'
import { visible } from '../ui/format.ts'
import { useKeys } from '../ui/keys.ts'
import type { Placed } from './column.ts'
import { FindBar } from './find-bar.tsx'
import { Loader } from './loader.ts'
import { type Mode, ReportModel } from './model.ts'
import { findPlace, nextHunk, nextNode } from './navigate.ts'
import { type ReportPlace, readPlace, writePlace } from './place.ts'
import type { Report } from './report.ts'
import { type DocumentHandle, ReportDocument } from './report-document.tsx'
import { Incomplete, ReportSummary } from './report-summary.tsx'
import { Tree } from './tree.tsx'

/** As the style sheet has them, in pixels: what is guessed before anything is drawn. */
const HEIGHTS = { line: 20, head: 34, hunk: 28 }

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
  const [, redraw] = useState(0)
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

  const linkTo = useCallback(
    (place: ReportPlace) =>
      addressOf(['compare', pair.old, pair.new], {
        ...Object.fromEntries(new URLSearchParams(location.search)),
        at: writePlace(place),
      }),
    [pair],
  )
  /** The place that the address bar was given from here, which is in view already. */
  const chosen = useRef<string | null>(null)
  const point = useCallback((place: ReportPlace) => {
    const text = writePlace(place)
    chosen.current = text
    changeQuery({ at: text }, 'replace')
  }, [])
  const goTo = useCallback(
    async (place: ReportPlace | null) => {
      if (place === null) return announce('There is no further one')
      try {
        const found = await findPlace(model, loader, place)
        if (!found) return announce('There is no such place in this report')
        const header = found.leaf.piece === 0 ? HEIGHTS.hunk : 0
        handle.current?.show(found.leaf, place.lines === null ? 0 : header + found.row * HEIGHTS.line)
        point(place)
      } catch (error) {
        announce((error as Error).message)
      }
    },
    [model, loader, point],
  )
  // A link that was followed, or the way back; also the first view.
  useEffect(() => {
    if (at !== null && at !== chosen.current) void goTo(readPlace(at))
    chosen.current = null
  }, [at, goTo])
  // Another way of showing lines shows the same ones.
  // it is about the model alone.
  useEffect(() => {
    if (target) void goTo(target)
    else if (here.ordinal > 1) void goTo({ ...here, lines: null })
  }, [model])

  const from = target ?? here
  const isSeen = () =>
    handle.current
      ?.inView()
      .some(({ leaf }) => leaf.ordinal === from.ordinal && (from.hunk === null || leaf.hunk === from.hunk))
  /** From what is pointed at, if it is in view; else from what is. */
  const start = () => (isSeen() ? from : here)
  const goToHunk = async (step: 1 | -1) => goTo(await nextHunk(model, loader, start(), step))
  const goToNode = async (step: 1 | -1) => goTo(await nextNode(model, loader, start().ordinal, step))
  const moveLine = (step: 1 | -1, extend: boolean) => {
    const { ordinal, hunk } = start()
    const lines = target?.ordinal === ordinal && target.hunk === hunk ? target.lines : null
    if (hunk === null) return void goToHunk(step)
    const last = (model.hunk(ordinal, hunk)?.lineCount ?? 1) - 1
    const [first, end] = lines ?? [-1, -1]
    if (extend && lines) {
      const to = Math.min(Math.max(end + step, first), last)
      return void goTo({ ordinal, hunk, lines: [first, to] })
    }
    const next = lines === null && step === -1 ? last : (step === 1 ? end : first) + step
    if (next < 0 || next > last) return void goToHunk(step)
    void goTo({ ordinal, hunk, lines: [next, next] })
  }
  const fold = useCallback(
    (ordinal: number) => {
      model.fold(ordinal, !model.isFolded(ordinal))
      handle.current?.refresh()
      redraw((count) => count + 1)
    },
    [model],
  )
  const choose = useCallback(
    (text: string, extend: boolean) => {
      const place = readPlace(text)
      if (!place) return
      const old = readPlace(new URLSearchParams(location.search).get('at'))
      const isSame = old?.ordinal === place.ordinal && old.hunk === place.hunk && old.lines && place.lines
      const [a, b] = [old?.lines?.[0] ?? 0, place.lines?.[0] ?? 0]
      point(extend && isSame ? { ...place, lines: [Math.min(a, b), Math.max(a, b)] } : place)
    },
    [point],
  )
  const seen = useCallback((placed: readonly Placed[]) => {
    const leaf = placed.find(({ top, height }) => top + height > 60)?.leaf ?? placed[0]?.leaf
    if (!leaf) return
    const hunk = leaf.kind === 'piece' ? leaf.hunk : null
    setHere((old) =>
      old.ordinal === leaf.ordinal && old.hunk === hunk ? old : { ordinal: leaf.ordinal, hunk },
    )
  }, [])

  /** The same node in the report filtered otherwise, where its number is another. */
  const changeFilter = async (on: boolean) => {
    let place: string | null = null
    try {
      const { node } = await request(PathOfDocument, { report: report.id, from: start().ordinal })
      const path = node && 'nodes' in node ? node.nodes.nodes[0]?.path : undefined
      const other = await request(DiffoscopePageDocument, { ...pair, filter: on })
      const diffoscope = other.comparison.__typename === 'Comparison' ? other.comparison.diffoscope : null
      if (path && diffoscope?.__typename === 'Diffoscope') {
        const there = await request(NodeAtDocument, { report: diffoscope.id, path })
        const ordinal = there.node && 'node' in there.node ? there.node.node?.ordinal : undefined
        place = ordinal === undefined ? null : String(ordinal)
      }
    } catch {
      // Then it begins at the top.
    }
    changeQuery({ filter: on, at: place })
  }
  const copyLink = async () => {
    const { ordinal, hunk } = start()
    const address = linkTo(isSeen() && target ? target : { ordinal, hunk, lines: null })
    await navigator.clipboard?.writeText(new URL(address, location.href).href).then(
      () => announce('The link is copied'),
      () => announce('The browser does not let the link be copied'),
    )
  }

  useKeys('The report', [
    { key: 'n', help: 'the next change', run: () => void goToHunk(1) },
    { key: 'p', help: 'the change before', run: () => void goToHunk(-1) },
    { key: ']', help: 'the next file', run: () => void goToNode(1) },
    { key: '[', help: 'the file before', run: () => void goToNode(-1) },
    { key: 'j', help: 'the next line', run: () => moveLine(1, false) },
    { key: 'k', help: 'the line before', run: () => moveLine(-1, false) },
    { key: 'J', shift: true, help: 'one line more', run: () => moveLine(1, true) },
    { key: 'K', shift: true, help: 'one line less', run: () => moveLine(-1, true) },
    { key: 'x', help: 'fold or unfold the file', run: () => fold(start().ordinal) },
    { key: 's', help: 'one below the other, or side by side', run: () => changeLines(mode) },
    { key: 'w', help: 'wrap long lines, or not', run: changeWrap },
    { key: '/', help: 'look for text', run: () => document.getElementById('find-text')?.focus() },
    { key: 'e', help: 'look for a path', run: () => document.getElementById('find-path')?.focus() },
    { key: 'b', help: 'show or hide the tree', run: () => setTree((open) => !open) },
    { key: 'y', help: 'copy a link to what is pointed at', run: () => void copyLink() },
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
          <button type="button" onClick={() => void goToHunk(-1)} title="The change before (p)">
            ↑ <span class="hidden">The change before</span>
          </button>
          <button type="button" onClick={() => void goToHunk(1)} title="The next change (n)">
            ↓ <span class="hidden">The next change</span>
          </button>
        </span>
      </ReportSummary>
      <FindBar
        beside={<Incomplete report={report} pair={pair} />}
        model={model}
        report={report.id}
        search={search}
        setSearch={setSearch}
        from={target}
        goTo={(place) => void goTo(place)}
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
              void goTo({ ordinal, hunk: null, lines: null })
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
            linkTo={linkTo}
            wrap={wrap}
            handle={handle}
            choose={choose}
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
