/** One run beside another: who they are, and what differs, in three views. */
import { useEffect } from 'preact/hooks'
import { request } from '../api/request.ts'
import { ComparisonPageDocument, type RunFactsFragment } from '../generated/graphql.ts'
import type { Pair } from '../pair.ts'
import { DiffoscopeView } from '../report/diffoscope-view.tsx'
import { addressOf, changeQuery } from '../router.ts'
import { Failure } from '../ui/failure.tsx'
import { duration, time, visible } from '../ui/format.ts'
import { useKeys } from '../ui/keys.ts'
import { useLoaded } from '../ui/use-loaded.ts'
import { DebdiffView } from './debdiff-view.tsx'
import { PackageChanges } from './package-changes.tsx'

const VIEWS = [
  { name: 'diffoscope', label: 'Inside the files', key: '1' },
  { name: 'debdiff', label: 'Files and fields', key: '2' },
  { name: 'packages', label: 'Packages', key: '3' },
] as const
type View = (typeof VIEWS)[number]['name']

export function ComparisonPage({
  oldId,
  newId,
  query,
}: {
  oldId: string
  newId: string
  query: URLSearchParams
}) {
  const pair: Pair = { old: oldId, new: newId }
  const { data, error, loading, reload } = useLoaded(
    (signal) => request(ComparisonPageDocument, pair, signal),
    `${oldId}\n${newId}`,
  )
  const view: View = VIEWS.find(({ name }) => name === query.get('view'))?.name ?? 'diffoscope'
  const filter = query.has('filter')
  const show = (name: View) => changeQuery({ view: name === 'diffoscope' ? null : name, at: null })
  const comparison = data?.comparison.__typename === 'Comparison' ? data.comparison : null
  useEffect(() => {
    const fresh = comparison?.new
    document.title = `${fresh ? `${fresh.source ?? fresh.codebase} ${fresh.version ?? ''}` : newId} · Differ`
  }, [comparison, newId])
  useKeys('A comparison', [
    ...VIEWS.map(({ name, label, key }) => ({ key, help: label.toLowerCase(), run: () => show(name) })),
    {
      key: 'f',
      help: 'leave out what every rebuild changes, or not',
      run: () => document.getElementById('filter')?.click(),
    },
  ])
  if (error) return <Page>{<Failure of={error} retry={reload} />}</Page>
  if (!data) return <Page>{loading && <p role="status">Loading …</p>}</Page>
  if (data.comparison.__typename !== 'Comparison')
    return (
      <Page>
        <Failure of={data.comparison} retry={reload}>
          <a href={addressOf([])}>The list of runs</a>
        </Failure>
      </Page>
    )
  const { old, new: fresh, binaryChanges } = data.comparison
  return (
    <section class="comparison">
      <header class="who">
        <h1>
          {visible(fresh.source ?? fresh.codebase)} <span class="campaign">{visible(fresh.campaign)}</span>
        </h1>
        <div class="sides">
          <Side title="Without the change" run={old} />
          <span class="arrow" aria-hidden="true">
            →
          </span>
          <Side title="With it" run={fresh} />
        </div>
      </header>
      <nav class="views" aria-label="Views of the comparison">
        {VIEWS.map(({ name, label }) => (
          <a
            key={name}
            href={addressOf(['compare', oldId, newId], { view: name === 'diffoscope' ? null : name, filter })}
            aria-current={view === name ? 'page' : undefined}
          >
            {label}
          </a>
        ))}
      </nav>
      {view === 'packages' ? (
        <PackageChanges of={binaryChanges} retry={reload} />
      ) : view === 'debdiff' ? (
        <DebdiffView pair={pair} filter={filter} />
      ) : (
        <DiffoscopeView pair={pair} filter={filter} query={query} />
      )}
    </section>
  )
}

function Page({ children }: { children: preact.ComponentChildren }) {
  return (
    <section class="page">
      <h1>Comparison</h1>
      {children}
    </section>
  )
}

function Side({ title, run }: { title: string; run: RunFactsFragment }) {
  const { startTime, finishTime } = run
  return (
    <section class="side">
      <h2>{title}</h2>
      <p class="version">{visible(run.version ?? 'no version')}</p>
      <p class="more">
        {visible(run.campaign)} · <code>{visible(run.runId)}</code>
        {finishTime && (
          <>
            {' '}
            · <time dateTime={finishTime}>{time(finishTime)}</time>
            {startTime && ` after ${duration(Date.parse(finishTime) - Date.parse(startTime))}`}
          </>
        )}
      </p>
    </section>
  )
}
