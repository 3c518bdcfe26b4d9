/** The files that differ, each in a card. Reports are loaded near the view, and unloaded far from it. */
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import type { Pair } from '../pair.ts'
import type { Mode } from '../report/items.ts'
import { formatPosition, parsePosition, type ReportPosition } from '../report/position.ts'
import { changeQuery } from '../router.ts'
import { NoiseLines } from '../summary/noise.tsx'
import { Failure } from '../ui/failure.tsx'
import { count } from '../ui/format.ts'
import { PrintNote } from '../ui/print-note.tsx'
import { useHidingHeader } from '../ui/use-hiding-header.ts'
import { FileCard } from './file-card.tsx'
import { keyOfFile } from './file-tree.ts'
import type { ListedFile, NoiseCounts } from './use-changed-files.ts'
import { type CardPlace, SHOW_CARD } from './use-current-card.ts'
import { useWantedCards } from './use-wanted-cards.ts'

export interface CardsProps {
  readonly files: readonly ListedFile[]
  readonly pair: Pair
  readonly filter: boolean
  readonly query: URLSearchParams
  readonly mode: Mode
  readonly wrap: boolean
  readonly noise: NoiseCounts
  readonly viewed: ReadonlySet<string>
  readonly isFolded: (key: string) => boolean
  readonly fold: (key: string, isFolded: boolean) => void
  /** Why the next page of files could not be loaded. */
  readonly failure: Error | null
  /** Loads more files; null while that happens, and at the end. */
  readonly loadMore: (() => void) | null
  /** Whether `files` are some of more. */
  readonly isSearching: boolean
  readonly place: CardPlace
}

export function Cards(props: CardsProps) {
  const { files, pair, filter, query, mode, wrap, noise, viewed, isFolded, fold, place } = props
  const scroller = useRef<HTMLElement>(null)
  const { wanted, heights, ready } = useWantedCards(scroller, files)
  const classes = useMemo(() => new Map(noise.map((one) => [one.class, one.description])), [noise])
  const hideHeader = useHidingHeader()
  const targetKey = query.has('among') ? `${query.get('package')} ${query.get('file')}` : null
  const at = query.get('at')
  const target = useMemo(() => parsePosition(at), [at])
  useShownCard(scroller, targetKey, files, place)
  const choose = useCallback(
    ({ package: name, path, oldPath = null }: ListedFile, position: ReportPosition, line: string | null) => {
      const file = { package: name, file: path, old_path: oldPath }
      changeQuery({ view: 'files', among: true, ...file, at: formatPosition(position), line }, 'replace')
    },
    [],
  )
  return (
    <section
      ref={scroller}
      class="cards"
      aria-label="Files"
      tabindex={0}
      onScroll={(event) => {
        hideHeader(event.currentTarget.scrollTop, true)
        place.scrolled(event.currentTarget)
      }}
    >
      {files.map((file) => {
        const key = keyOfFile(file)
        return (
          <FileCard
            key={key}
            {...{ file, pair, filter, mode, wrap, classes, fold, ready, choose }}
            target={key === targetKey ? target : null}
            isViewed={viewed.has(key)}
            isFolded={isFolded(key)}
            isWanted={wanted.has(key)}
            height={heights.get(key) ?? null}
          />
        )
      })}
      <EndOfFiles
        {...props}
        hasTarget={targetKey === null || files.some((file) => keyOfFile(file) === targetKey)}
      />
      {filter && <NoiseLines of={noise} pair={pair} />}
      <PrintNote url={`diffoscope/${encodeURIComponent(pair.old)}/${encodeURIComponent(pair.new)}`}>
        Some lines were not loaded and are not printed. The whole report of diffoscope:
      </PrintNote>
    </section>
  )
}

function EndOfFiles({
  files,
  filter,
  failure,
  loadMore,
  isSearching,
  hasTarget,
}: CardsProps & { hasTarget: boolean }) {
  return (
    <>
      {files.length === 0 && loadMore === null && !isSearching && (
        <p class="empty">No differences{filter && ' apart from noise'}.</p>
      )}
      {!hasTarget && !isSearching && (
        <p class="empty">The file of this link is not among these; it may differ by noise alone.</p>
      )}
      {failure && <Failure of={failure} retry={loadMore ?? undefined} />}
      {loadMore && !failure && (
        <button type="button" class="show-more" onClick={loadMore}>
          Show more files than these {count(files.length)}
        </button>
      )}
    </>
  )
}

/** Brings the card of the URL into view; on the way back in the history, the place that the reader had left. */
function useShownCard(
  scroller: { readonly current: HTMLElement | null },
  targetKey: string | null,
  files: readonly ListedFile[],
  place: CardPlace,
): void {
  const cardOf = useCallback(
    (key: string) => scroller.current?.querySelector(`[data-card="${CSS.escape(key)}"]`) ?? null,
    [scroller],
  )
  const show = useCallback(
    (key: string, within = 0) => {
      const [element, card] = [scroller.current, cardOf(key)]
      if (!element || !card) return false
      element.scrollTop += card.getBoundingClientRect().top - element.getBoundingClientRect().top + within
      place.shown(key)
      return true
    },
    [scroller, cardOf, place],
  )
  const shown = useRef<string | null>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies(files): the card may have come with them
  useLayoutEffect(() => {
    const { left } = place
    const isBack = shown.current === null && left !== null
    const key = isBack ? left.key : targetKey
    if (key !== null && key !== shown.current && show(key, isBack ? left.within : 0))
      shown.current = targetKey ?? key
    if (scroller.current) place.scrolled(scroller.current)
  }, [targetKey, files, place, show, scroller])
  useEffect(() => {
    const shownByEvent = (event: Event) => show((event as CustomEvent<string>).detail)
    addEventListener(SHOW_CARD, shownByEvent)
    return () => removeEventListener(SHOW_CARD, shownByEvent)
  }, [show])
}
