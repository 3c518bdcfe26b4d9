/** A comparison: its two runs, the summary, four views of the differences, and a view of one file. */
import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { request } from '../api/request.ts'
import { ComparisonPageDocument, type RunFactsFragment } from '../generated/graphql.ts'
import type { Pair } from '../pair.ts'
import { DiffoscopeView } from '../report/diffoscope-view.tsx'
import { changeQuery, urlOf } from '../router.ts'
import { SummaryView } from '../summary/summary-view.tsx'
import { Failure } from '../ui/failure.tsx'
import { fileIn, NO_FILE } from '../ui/file-address.ts'
import { duration, time, visible } from '../ui/format.ts'
import { useKeys } from '../ui/keys.ts'
import { useLoaded } from '../ui/use-loaded.ts'
import { DebdiffView } from './debdiff-view.tsx'
import { FileView } from './file-view.tsx'
import { FilesView } from './files-view.tsx'
import { PackageChanges } from './package-changes.tsx'

const VIEWS = [
  { name: 'summary', label: 'Summary', key: '1' },
  { name: 'diffoscope', label: 'Contents (diffoscope)', key: '2' },
  { name: 'debdiff', label: 'Control & files (debdiff)', key: '3' },
  { name: 'packages', label: 'Packages', key: '4' },
  { name: 'files', label: 'Files', key: '5' },
] as const
type View = (typeof VIEWS)[number]['name']

/** The value of `view` in the URL; the first view has none. */
const queryOf = (name: View) => (name === 'summary' ? null : name)

/** A link to a line of a report need not name the view. */
const viewWithoutName = (query: URLSearchParams): View => (query.has('at') ? 'diffoscope' : 'summary')

export interface ComparisonPageProps {
  readonly oldId: string
  readonly newId: string
  readonly query: URLSearchParams
}

export function ComparisonPage({ oldId, newId, query }: ComparisonPageProps) {
  const pair: Pair = { old: oldId, new: newId }
  const { data, error, loading, reload } = useLoaded(
    (signal) => request(ComparisonPageDocument, pair, signal),
    `${oldId}\n${newId}`,
  )
  const file = fileIn(query)
  const view: View = VIEWS.find(({ name }) => name === query.get('view'))?.name ?? viewWithoutName(query)
  const filter = !query.has('noise')
  const newer = data?.comparison.__typename === 'Comparison' ? data.comparison.new : null
  useEffect(() => {
    document.title = `${newer ? `${newer.source ?? newer.codebase} ${newer.version ?? ''}` : newId} · Differ`
  }, [newer, newId])
  useKeys('Comparison', [
    ...VIEWS.map(({ name, label, key }) => ({
      key,
      help: label,
      run: () => changeQuery({ view: queryOf(name), at: null, ...NO_FILE }),
    })),
    {
      key: 'f',
      help: 'hide noise or not',
      run: () => document.getElementById('filter')?.click(),
    },
  ])
  if (error) return <Page>{<Failure of={error} retry={reload} />}</Page>
  if (!data) return <Page>{loading && <p role="status">Loading …</p>}</Page>
  if (data.comparison.__typename !== 'Comparison')
    return (
      <Page>
        <Failure of={data.comparison} retry={reload}>
          <a href={urlOf([])}>All runs</a>
        </Failure>
      </Page>
    )
  const { comparison } = data
  return (
    <section class="comparison">
      <RunsHeader old={comparison.old} newer={comparison.new} />
      <nav class="views" aria-label="Views of the comparison">
        {VIEWS.map(({ name, label }) => (
          <a
            key={name}
            href={urlOf(['compare', oldId, newId], { view: queryOf(name), noise: !filter })}
            aria-current={!file && view === name ? 'page' : undefined}
          >
            {label}
          </a>
        ))}
      </nav>
      {file && <FileView key={JSON.stringify(file)} pair={pair} file={file} filter={filter} query={query} />}
      {!file && view === 'summary' && <SummaryView pair={pair} />}
      {!file && view === 'files' && <FilesView pair={pair} filter={filter} />}
      {!file && view === 'packages' && <PackageChanges of={comparison.binaryChanges} retry={reload} />}
      {!file && view === 'debdiff' && <DebdiffView pair={pair} filter={filter} />}
      {!file && view === 'diffoscope' && <DiffoscopeView pair={pair} filter={filter} query={query} />}
    </section>
  )
}

function Page({ children }: { children: ComponentChildren }) {
  return (
    <section class="page">
      <h1>Comparison</h1>
      {children}
    </section>
  )
}

function RunsHeader({ old, newer }: { old: RunFactsFragment; newer: RunFactsFragment }) {
  return (
    <header class="runs-header">
      <h1>
        {visible(newer.source ?? newer.codebase)} <span class="campaign">{visible(newer.campaign)}</span>
      </h1>
      <div class="sides">
        <Side title="Old build" run={old} />
        <span class="arrow" aria-hidden="true">
          →
        </span>
        <Side title="New build" run={newer} />
      </div>
    </header>
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
