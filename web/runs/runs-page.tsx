/** The newest runs, endless, filtered as the address bar says. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { request } from '../api/request.ts'
import { type RunFilterInput, RunListDocument, type RunRowFragment } from '../generated/graphql.ts'
import { addressOf, changeQuery } from '../router.ts'
import { Failure, type FailureFacts } from '../ui/failure.tsx'
import { count, time, visible } from '../ui/format.ts'
import { useKeys } from '../ui/keys.ts'
import { CompareForm } from './compare-form.tsx'
import { RunFilters } from './run-filters.tsx'

/** Each run brings its two diffs' states, so a page is not the largest possible. */
const PAGE = 40
/** The service's `src/control-runs.ts` has the same list. */
const CONTROL_CAMPAIGNS = ['control', 'unchanged']

interface List {
  readonly runs: readonly RunRowFragment[]
  readonly next: string | null
  readonly failure: FailureFacts | Error | null
  readonly loading: boolean
}
const BEGINNING: List = { runs: [], next: null, failure: null, loading: true }

export function RunsPage({ query }: { query: URLSearchParams }) {
  const [list, setList] = useState(BEGINNING)
  const asked = useRef<AbortController>(null)
  const about = query.toString()

  const load = async (after: string | null) => {
    asked.current?.abort()
    const { signal } = (asked.current = new AbortController())
    setList((old) => (after === null ? BEGINNING : { ...old, failure: null, loading: true }))
    const failed = (failure: FailureFacts | Error) =>
      setList((old) => ({ ...old, failure, next: after, loading: false }))
    try {
      const { runs } = await request(RunListDocument, { first: PAGE, after, filter: filterOf(query) }, signal)
      if (runs.__typename !== 'RunConnection') return failed(runs)
      const { nodes, pageInfo } = runs
      setList((old) => ({
        runs: after === null ? nodes : [...old.runs, ...nodes],
        next: pageInfo.hasNextPage ? pageInfo.endCursor : null,
        failure: null,
        loading: false,
      }))
    } catch (error) {
      if (!signal.aborted) failed(error as Error)
    }
  }
  // `about` is all that `load` depends on.
  useEffect(() => {
    void load(null)
    return () => asked.current?.abort()
  }, [about])
  useEffect(() => {
    document.title = 'Runs · Differ'
  }, [])
  useKeys('The list of runs', [
    { key: '/', help: 'search', run: () => document.getElementById('search')?.focus() },
    { key: 'j', help: 'the next comparison', run: () => focusRow(1) },
    { key: 'k', help: 'the one before', run: () => focusRow(-1) },
    { key: 'r', help: 'look for newer runs', run: () => void load(null) },
  ])

  return (
    <section class="page">
      <h1>Runs</h1>
      <RunFilters query={query} change={(changes) => changeQuery(changes, 'replace')} />
      <div class="scrolls" role="region" aria-label="Runs" tabindex={0}>
        <table class="runs" aria-busy={list.loading}>
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
            {list.runs.map((run) => (
              <RunRow key={run.runId} run={run} />
            ))}
          </tbody>
        </table>
      </div>
      {list.failure && <Failure of={list.failure} retry={() => void load(list.next)} />}
      {!list.loading && !list.failure && list.runs.length === 0 && (
        <p class="empty">No run matches. {about && <a href={addressOf([])}>Show all runs</a>}</p>
      )}
      <EndOfList
        more={list.next !== null && !list.loading && !list.failure}
        loading={list.loading}
        reached={() => void load(list.next)}
      />
      {!list.loading && list.next === null && list.runs.length > 0 && (
        <p class="empty">{count(list.runs.length)} shown, no more.</p>
      )}
      <CompareForm />
    </section>
  )
}

function RunRow({ run }: { run: RunRowFragment }) {
  const { runId, baseline, comparisonWithBaseline: comparison } = run
  return (
    <tr>
      <th scope="row">
        {visible(run.source ?? run.codebase)}
        <small title="Run id">{visible(runId)}</small>
      </th>
      <td>{visible(run.campaign)}</td>
      <td>{visible(run.version ?? '–')}</td>
      <td class="result">
        <span class={run.successful ? 'good' : 'bad'}>{visible(run.resultCode ?? 'not finished')}</span>
      </td>
      <td class="finished">
        {run.finishTime ? <time dateTime={run.finishTime}>{time(run.finishTime)}</time> : 'runs'}
      </td>
      <td class="baseline">
        {baseline && comparison ? (
          <a class="compare" href={addressOf(['compare', baseline.runId, runId])}>
            {visible(baseline.version ?? baseline.runId)}
          </a>
        ) : (
          <span class="none">{CONTROL_CAMPAIGNS.includes(run.campaign) ? 'is unchanged itself' : '–'}</span>
        )}
      </td>
      <td>{comparison && <States of={comparison} />}</td>
    </tr>
  )
}

type Compared = NonNullable<RunRowFragment['comparisonWithBaseline']>

function States({ of: { debdiff, diffoscope } }: { of: Compared }) {
  return (
    <ul class="states">
      <li>
        <State name="debdiff" of={debdiff} />
      </li>
      <li>
        <State name="diffoscope" of={diffoscope} />{' '}
        {diffoscope.__typename === 'Diffoscope' && (
          <span class="counts">
            <ins>+{count(diffoscope.stat.added)}</ins> <del>−{count(diffoscope.stat.removed)}</del>
          </span>
        )}
      </li>
    </ul>
  )
}

function State({ name, of }: { name: string; of: Compared['debdiff'] | Compared['diffoscope'] }) {
  const [kind, text] =
    of.__typename === 'Debdiff' || of.__typename === 'Diffoscope'
      ? ['ready', 'ready']
      : of.__typename !== 'DiffNotReadyError'
        ? ['failed', 'failed']
        : of.job === null
          ? ['absent', 'not made']
          : of.job.status === 'FAILED'
            ? ['failed', 'failed']
            : of.job.status === 'CANCELLED'
              ? ['absent', 'cancelled']
              : ['coming', of.job.status === 'QUEUED' ? 'queued' : 'being made']
  return (
    <span class={`state ${kind}`}>
      {name} {text}
    </span>
  )
}

/** Asks for more when it comes into view; a button for who does not scroll. */
function EndOfList({ more, loading, reached }: { more: boolean; loading: boolean; reached: () => void }) {
  const end = useRef<HTMLDivElement>(null)
  const latest = useRef(reached)
  latest.current = reached
  useEffect(() => {
    if (!more || !end.current) return
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && latest.current(), {
      rootMargin: '600px',
    })
    observer.observe(end.current)
    return () => observer.disconnect()
  }, [more])
  return (
    <div ref={end} class="end">
      {loading && <p role="status">Loading …</p>}
      {more && (
        <button type="button" onClick={reached}>
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

function filterOf(query: URLSearchParams): RunFilterInput {
  const text = (name: string) => query.get(name) || null
  const day = (name: string) => {
    const date = text(name)
    return date && /^\d{4}-\d{2}-\d{2}$/.test(date) ? date : null
  }
  const [since, until] = [day('since'), day('until')]
  return {
    search: text('search'),
    campaign: text('campaign'),
    codebase: text('codebase'),
    source: text('source'),
    resultCode: text('result'),
    finishedAfter: since && `${since}T00:00:00Z`,
    // The day itself still counts.
    finishedBefore: until && new Date(Date.parse(`${until}T00:00:00Z`) + 86_400_000).toISOString(),
  }
}
