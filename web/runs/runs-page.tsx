/** The newest runs, with filters from the URL. More are loaded as the user scrolls. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { request } from '../api/request.ts'
import { type RunRowFragment, RunValuesDocument, type RunValuesQuery } from '../generated/graphql.ts'
import { runsInOrder } from '../review/order.ts'
import { isControl, type RunList, type RunListState } from '../review/run-list.ts'
import { allViewed, onViewedChange, viewedRuns } from '../review/viewed.ts'
import { changeQuery, urlOfRuns } from '../router.ts'
import { Failure } from '../ui/failure.tsx'
import { counted } from '../ui/format.ts'
import { Frame } from '../ui/frame.tsx'
import { useKeys } from '../ui/keys.ts'
import { PrintNote } from '../ui/print-note.tsx'
import { useLoaded } from '../ui/use-loaded.ts'
import { CompareForm } from './compare-form.tsx'
import { Conditions } from './conditions.tsx'
import { RunFilters, type RunValues } from './run-filters.tsx'
import { RunRow } from './run-row.tsx'
import { useRunList } from './use-run-list.ts'

/** What is below fewer rows would be in view, and move when more come. */
const ROWS_OF_A_VIEW = 30

export function RunsPage({ query, list }: { query: URLSearchParams; list: RunList }) {
  const about = query.toString()
  const state = useRunList(list, about)
  const { runs, next, failure, isLoading } = state
  const shown = useMemo(() => runsInOrder(state), [state])
  const isComplete = !isLoading && next === null
  const isSettled = isComplete || failure !== null || shown.length >= ROWS_OF_A_VIEW
  const values = useRunValues()
  const scroller = usePlace(list, shown.length)
  useEffect(() => {
    document.title = 'Runs · Differ'
  }, [])
  useKeys('Runs', [
    { key: '/', help: 'search', run: () => document.getElementById('search')?.focus() },
    { key: 'j', help: 'next comparison', run: () => focusRow(1) },
    { key: 'k', help: 'previous comparison', run: () => focusRow(-1) },
    { key: 'r', help: 'refresh', run: () => list.refresh() },
  ])
  const loadMore = () => void list.more()
  const retry = () => (next === null ? list.refresh() : loadMore())
  return (
    <Frame view="runs" runsUrl={urlOfRuns(Object.fromEntries(query))}>
      <section class="runs-page">
        <h1 class="hidden">Runs</h1>
        <RunFilters query={query} values={values} change={(changes) => changeQuery(changes, 'replace')} />
        <Conditions query={query} />
        <section class="run-list" aria-label="Runs" tabindex={0} ref={scroller}>
          <RunTable of={state} shown={shown} />
          {/* A new element, so that what says that rows are coming does not move below them. */}
          <div
            key={isSettled ? 'settled' : 'unsettled'}
            class={`below${isSettled || shown.length === 0 ? '' : ' unsettled'}`}
          >
            {failure && <Failure of={failure} retry={retry} />}
            {!isLoading && !failure && shown.length === 0 && next === null && (
              <p class="empty">
                {about === '' && runs.length === 0 ? 'There are no runs. ' : 'No runs match these filters. '}
                {about !== '' && <a href={urlOfRuns()}>Clear filters</a>}
              </p>
            )}
            <EndOfList
              hasMore={next !== null && !isLoading && !failure}
              isLoading={isLoading}
              shown={shown.length}
              loadMore={loadMore}
            />
            {isSettled && (
              <>
                <Total shown={shown} runs={runs} isComplete={isComplete} query={query} />
                <CompareForm />
              </>
            )}
          </div>
        </section>
      </section>
    </Frame>
  )
}

function RunTable({
  of: { states, isLoading },
  shown,
}: {
  of: RunListState
  shown: readonly RunRowFragment[]
}) {
  const viewed = useViewedRuns()
  return (
    <table class="runs" aria-busy={isLoading}>
      <thead>
        <tr>
          <th scope="col">Source</th>
          <th scope="col">Version</th>
          <th scope="col">Campaign</th>
          <th scope="col">Verdict</th>
          <th scope="col">Result</th>
          <th scope="col" class="number">
            Lines
          </th>
          <th scope="col">Finished</th>
          <th scope="col">Run</th>
        </tr>
      </thead>
      <tbody>
        {shown.map((run) => (
          <RunRow
            key={run.runId}
            run={run}
            state={states.get(run.runId)}
            isViewed={viewed.has(`${run.baseline?.runId} ${run.runId}`)}
          />
        ))}
      </tbody>
    </table>
  )
}

interface TotalProps {
  readonly shown: readonly RunRowFragment[]
  readonly runs: readonly RunRowFragment[]
  readonly isComplete: boolean
  readonly query: URLSearchParams
}

/** What the list does not show, and the export of what has been viewed. */
function Total({ shown, runs, isComplete, query }: TotalProps) {
  const controls = runs.filter(isControl).length
  const isHidden = controls > 0 && !shown.some(isControl)
  return (
    <p class="empty">
      {isComplete && shown.length > 1 && `All ${counted(shown.length, 'run')} shown. `}
      {isHidden && (
        <>
          {counted(controls, 'control run')} hidden.{' '}
          <a href={urlOfRuns({ ...Object.fromEntries(query), control: '1' })}>Show control runs</a>{' '}
        </>
      )}
      <button type="button" class="plain" onClick={exportViewed}>
        Export what I viewed
      </button>
    </p>
  )
}

/** Loads more when it scrolls into view. Its button is for users who do not scroll. */
function EndOfList({
  hasMore,
  isLoading,
  shown,
  loadMore,
}: {
  hasMore: boolean
  isLoading: boolean
  /** Looks again after a page of which no row is shown. */
  shown: number
  loadMore: () => void
}) {
  const end = useRef<HTMLDivElement>(null)
  const latest = useRef(loadMore)
  latest.current = loadMore
  // biome-ignore lint/correctness/useExhaustiveDependencies(shown): see EndOfListProps
  useEffect(() => {
    if (!hasMore || !end.current) return
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && latest.current(), {
      rootMargin: '600px',
    })
    observer.observe(end.current)
    return () => observer.disconnect()
  }, [hasMore, shown])
  return (
    <div ref={end} class="end">
      {isLoading && <p role="status">Loading …</p>}
      {hasMore && (
        <button type="button" onClick={loadMore}>
          Show more
        </button>
      )}
      {hasMore && <PrintNote>More runs match than were loaded; these are not printed.</PrintNote>}
    </div>
  )
}

/** Restores where the reader left the list, and remembers it when he leaves. */
function usePlace(list: RunList, shown: number) {
  const scroller = useRef<HTMLElement>(null)
  const wanted = useRef(list.place)
  useLayoutEffect(() => {
    const { top, runId } = wanted.current
    const element = scroller.current
    if (!element || shown === 0) return
    wanted.current = { top: 0, runId: null }
    if (top > 0) element.scrollTop = top
    if (runId === null) return
    const link = linkOf(runId)
    link?.focus({ preventScroll: true })
    const isBelow = (link?.getBoundingClientRect().bottom ?? 0) > element.getBoundingClientRect().bottom
    if (isBelow) link?.scrollIntoView({ block: 'center' })
  }, [shown])
  useEffect(() => {
    const element = scroller.current
    if (!element) return
    const leave = () => list.leave({ ...list.place, top: element.scrollTop })
    element.addEventListener('scrollend', leave)
    const opened = (event: Event) => {
      const runId = (event.target as Element).closest<HTMLElement>('[data-run]')?.dataset.run
      if (runId !== undefined) list.leave({ top: element.scrollTop, runId })
    }
    element.addEventListener('click', opened, true)
    element.addEventListener('focusin', opened)
    return () => {
      element.removeEventListener('scrollend', leave)
      element.removeEventListener('click', opened, true)
      element.removeEventListener('focusin', opened)
    }
  }, [list])
  return scroller
}

function linkOf(runId: string): HTMLElement | null {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-run]')]
  return rows.find(({ dataset }) => dataset.run === runId)?.querySelector<HTMLElement>('a.compare') ?? null
}

function useViewedRuns(): ReadonlySet<string> {
  const [viewed, setViewed] = useState(viewedRuns)
  useEffect(() => onViewedChange(() => setViewed(viewedRuns())), [])
  return viewed
}

/** The campaigns and results that runs have, for the selects. */
function useRunValues(): RunValues {
  const { data } = useLoaded((signal) => request(RunValuesDocument, {}, signal), '')
  return useMemo(() => {
    const of = (connection: RunValuesQuery['runCampaigns'] | undefined) =>
      (connection?.nodes ?? []).map(({ value, runs }) => [value, runs] as const)
    return { campaigns: of(data?.runCampaigns), results: of(data?.runResultCodes) }
  }, [data])
}

function exportViewed(): void {
  const blob = new Blob([JSON.stringify(allViewed(), null, 2)], { type: 'application/json' })
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = 'differ-viewed.json'
  link.click()
  URL.revokeObjectURL(link.href)
}

function focusRow(step: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLElement>('a.compare')]
  const at = links.indexOf(document.activeElement as HTMLElement)
  links[at < 0 ? 0 : Math.min(Math.max(at + step, 0), links.length - 1)]?.focus()
}
