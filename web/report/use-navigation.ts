/** Going about in a report: to a place, to the next change, line by line; and links to where one is. */
import { useCallback, useEffect, useRef } from 'preact/hooks'
import type { Pair } from '../pair.ts'
import { addressOf, changeQuery } from '../router.ts'
import { announce } from '../ui/announce.ts'
import { HEIGHTS } from './heights.ts'
import type { Loader } from './loader.ts'
import type { ReportModel } from './model.ts'
import { findPlace, nextHunk, nextNode } from './navigate.ts'
import { type ReportPlace, readPlace, writePlace } from './place.ts'
import type { DocumentHandle } from './report-document.tsx'

export interface Whereabouts {
  readonly model: ReportModel
  readonly loader: Loader
  readonly handle: { readonly current: DocumentHandle | null }
  readonly pair: Pair
  /** What the address bar points at, as it stands there and as it is read. */
  readonly at: string | null
  readonly target: ReportPlace | null
  /** What is at the top of the view. */
  readonly here: { readonly ordinal: number; readonly hunk: number | null }
}

export function useMoves({ model, loader, handle, pair, at, target, here }: Whereabouts) {
  /** The place in the address bar that was gone to last, or that it was given from here, which is in view already. */
  const chosen = useRef<string | null>(null)
  /** Where one is, also between going there and being drawn there. */
  const now = useRef({ target, here })
  now.current = { target, here }
  /** Moves wait for one another: a key that is pressed twice goes two steps. */
  const turns = useRef<Promise<unknown>>(Promise.resolve())
  const inTurn = useCallback((move: () => Promise<void>) => {
    turns.current = turns.current.then(move)
  }, [])
  const linkTo = useCallback(
    (place: ReportPlace) =>
      addressOf(['compare', pair.old, pair.new], {
        ...Object.fromEntries(new URLSearchParams(location.search)),
        at: writePlace(place),
      }),
    [pair],
  )
  const point = useCallback((place: ReportPlace) => {
    const text = writePlace(place)
    chosen.current = text
    now.current.target = place
    changeQuery({ at: text }, 'replace')
  }, [])
  const to = useCallback(
    async (wanted: ReportPlace | null | Promise<ReportPlace | null>) => {
      try {
        const place = await wanted
        if (place === null) return announce('There is no further one')
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
    // After two quick steps this is told of the first one too, where one is not any more: going there would lead back and forth for ever.
    if (at === chosen.current || at !== placeInAddress()) return
    chosen.current = at
    if (at !== null) inTurn(() => to(readPlace(at)))
  }, [at, to])
  // Another way of showing lines shows the same ones.
  const shown = useRef(model)
  useEffect(() => {
    if (shown.current === model) return
    shown.current = model
    if (target) void to(target)
    else if (here.ordinal > 1) void to({ ...here, lines: null })
  }, [model])

  const isSeen = ({ ordinal, hunk }: Whereabouts['here']) =>
    handle.current
      ?.inView()
      .some(({ leaf }) => leaf.ordinal === ordinal && (hunk === null || leaf.hunk === hunk)) === true
  /** From what is pointed at, if it is in view; else from what is. */
  const start = () => {
    const { target, here } = now.current
    return target && isSeen(target) ? target : here
  }
  const toHunk = (step: 1 | -1) => inTurn(() => to(nextHunk(model, loader, start(), step)))
  const toNode = (step: 1 | -1) => inTurn(() => to(nextNode(model, loader, start().ordinal, step)))
  const toLine = (step: 1 | -1, extend: boolean) => inTurn(() => to(nextLine(step, extend)))
  const nextLine = (step: 1 | -1, extend: boolean) => {
    const from = start()
    const { ordinal, hunk } = from
    const lines = (from as Partial<ReportPlace>).lines ?? null
    if (hunk === null) return nextHunk(model, loader, from, step)
    const last = (model.hunk(ordinal, hunk)?.lineCount ?? 1) - 1
    const [first, end] = lines ?? [-1, -1]
    if (extend && lines)
      return { ordinal, hunk, lines: [first, Math.min(Math.max(end + step, first), last)] as const }
    const next = lines === null && step === -1 ? last : (step === 1 ? end : first) + step
    if (next < 0 || next > last) return nextHunk(model, loader, from, step)
    return { ordinal, hunk, lines: [next, next] as const }
  }
  const choose = useCallback(
    (text: string, extend: boolean) => {
      const place = readPlace(text)
      if (!place) return
      const old = readPlace(placeInAddress())
      const isSame = old?.ordinal === place.ordinal && old.hunk === place.hunk && old.lines && place.lines
      const [a, b] = [old?.lines?.[0] ?? 0, place.lines?.[0] ?? 0]
      point(extend && isSame ? { ...place, lines: [Math.min(a, b), Math.max(a, b)] } : place)
    },
    [point],
  )
  const copyLink = async () => {
    const place = { lines: null, ...start() }
    point(place)
    // Browsers let pages copy only where the connection is secure.
    const copied = navigator.clipboard?.writeText(new URL(linkTo(place), location.href).href)
    await (copied ?? Promise.reject()).then(
      () => announce('The link is copied'),
      () => announce('The link is in the address bar'),
    )
  }
  return { to, toHunk, toNode, toLine, start, choose, copyLink, linkTo }
}

function placeInAddress(): string | null {
  return new URLSearchParams(location.search).get('at')
}
