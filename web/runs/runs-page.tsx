/** The newest runs, with filters from the URL. More are loaded as the user scrolls. */
import { useEffect, useRef } from 'preact/hooks'
import { changeQuery, urlOf } from '../router.ts'
import { Failure } from '../ui/failure.tsx'
import { count } from '../ui/format.ts'
import { useKeys } from '../ui/keys.ts'
import { CompareForm } from './compare-form.tsx'
import { RunFilters } from './run-filters.tsx'
import { RunRow } from './run-row.tsx'
import { useRuns } from './use-runs.ts'

export function RunsPage({ query }: { query: URLSearchParams }) {
  const about = query.toString()
  const { runs, next, failure, isLoading, load } = useRuns(about)
  useEffect(() => {
    document.title = 'Runs · Differ'
  }, [])
  useKeys('Runs', [
    { key: '/', help: 'search', run: () => document.getElementById('search')?.focus() },
    { key: 'j', help: 'next comparison', run: () => focusRow(1) },
    { key: 'k', help: 'previous comparison', run: () => focusRow(-1) },
    { key: 'r', help: 'refresh', run: () => void load(null) },
  ])
  const loadMore = () => void load(next)
  return (
    <section class="page">
      <h1>Runs</h1>
      <RunFilters query={query} change={(changes) => changeQuery(changes, 'replace')} />
      <section class="scrolls" aria-label="Runs" tabindex={0}>
        <table class="runs" aria-busy={isLoading}>
          <thead>
            <tr>
              <th scope="col">Source</th>
              <th scope="col">Campaign</th>
              <th scope="col">Version</th>
              <th scope="col">Result</th>
              <th scope="col">Finished</th>
              <th scope="col">Compared with</th>
              <th scope="col">Diffs</th>
            </tr>
          </thead>
          <tbody>
            {runs.map((run) => (
              <RunRow key={run.runId} run={run} />
            ))}
          </tbody>
        </table>
      </section>
      {failure && <Failure of={failure} retry={loadMore} />}
      {!isLoading && !failure && runs.length === 0 && (
        <p class="empty">
          {about === '' ? 'There are no runs.' : 'No runs match these filters. '}
          {about !== '' && <a href={urlOf([])}>Clear filters</a>}
        </p>
      )}
      <EndOfList
        hasMore={next !== null && !isLoading && !failure}
        isLoading={isLoading}
        loadMore={loadMore}
      />
      {!isLoading && next === null && runs.length > 0 && (
        <p class="empty">All {count(runs.length)} runs shown.</p>
      )}
      <CompareForm />
    </section>
  )
}

/** Loads more when it scrolls into view. Its button is for users who do not scroll. */
function EndOfList({
  hasMore,
  isLoading,
  loadMore,
}: {
  hasMore: boolean
  isLoading: boolean
  loadMore: () => void
}) {
  const end = useRef<HTMLDivElement>(null)
  const latest = useRef(loadMore)
  latest.current = loadMore
  useEffect(() => {
    if (!hasMore || !end.current) return
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && latest.current(), {
      rootMargin: '600px',
    })
    observer.observe(end.current)
    return () => observer.disconnect()
  }, [hasMore])
  return (
    <div ref={end} class="end">
      {isLoading && <p role="status">Loading …</p>}
      {hasMore && (
        <button type="button" onClick={loadMore}>
          Show more
        </button>
      )}
    </div>
  )
}

function focusRow(step: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLElement>('a.compare')]
  const at = links.indexOf(document.activeElement as HTMLElement)
  links[at < 0 ? 0 : Math.min(Math.max(at + step, 0), links.length - 1)]?.focus()
}
