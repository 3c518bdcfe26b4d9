/** A comparison: its two runs, the summary, four views of the differences, and a view of one file. */

import { useEffect, useState } from 'preact/hooks'
import { request } from '../api/request.ts'
import { ContentsView } from '../contents/contents-view.tsx'
import { FileView } from '../contents/file-view.tsx'
import { newContentsMemory } from '../contents/memory.ts'
import { ComparisonPageDocument, type RunFactsFragment } from '../generated/graphql.ts'
import type { Pair } from '../pair.ts'
import { NO_PLACE } from '../report/anchor.ts'
import { DiffoscopeView } from '../report/diffoscope-view.tsx'
import { newReportMemory } from '../report/memory.ts'
import type { RunList } from '../review/run-list.ts'
import { changeQuery, urlOf, urlOfRuns } from '../router.ts'
import { SummaryView } from '../summary/summary-view.tsx'
import { Failure, type FailureFacts } from '../ui/failure.tsx'
import { FarmLinks } from '../ui/farm-links.tsx'
import { fileIn, isAmongOthers, NO_FILE } from '../ui/file-address.ts'
import { duration, time, visible } from '../ui/format.ts'
import { Frame } from '../ui/frame.tsx'
import { Icon } from '../ui/icon.tsx'
import { useKeys } from '../ui/keys.ts'
import { Menu } from '../ui/menu.tsx'
import { preferences } from '../ui/preferences.ts'
import { useLoaded } from '../ui/use-loaded.ts'
import { DebdiffView } from './debdiff-view.tsx'
import { PackageChanges } from './package-changes.tsx'
import { Reading } from './reading.tsx'
import { SessionNav } from './session-nav.tsx'

const VIEWS = [
  { name: 'summary', label: 'Summary', of: 'what changed, and whether it matters', key: '1' },
  { name: 'files', label: 'Contents', of: 'the files that differ, with their lines', key: '2' },
  { name: 'debdiff', label: 'Control & files', of: 'debdiff', key: '3' },
  { name: 'packages', label: 'Packages', of: 'versions and sizes', key: '4' },
  { name: 'diffoscope', label: 'Whole report', of: 'diffoscope', key: '5' },
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
  readonly list: RunList
}

export function ComparisonPage({ oldId, newId, query, list }: ComparisonPageProps) {
  const pair: Pair = { old: oldId, new: newId }
  const { data, error, reload } = useLoaded(
    (signal) => request(ComparisonPageDocument, pair, signal),
    `${oldId}\n${newId}`,
  )
  const [memory] = useState(() => ({ report: newReportMemory(), contents: newContentsMemory() }))
  const file = isAmongOthers(query) ? null : fileIn(query)
  const view: View = VIEWS.find(({ name }) => name === query.get('view'))?.name ?? viewWithoutName(query)
  const filter = isNoiseHidden(query)
  const comparison = data?.comparison.__typename === 'Comparison' ? data.comparison : null
  const newer = comparison?.new ?? null
  useEffect(() => {
    document.title = `${newer ? `${newer.source ?? newer.codebase} ${newer.version ?? ''}` : newId} · Differ`
  }, [newer, newId])
  useKeys('Comparison', [
    ...VIEWS.map(({ name, label, key }) => ({
      key,
      help: label,
      run: () => changeQuery({ view: queryOf(name), ...NO_PLACE, ...NO_FILE }),
    })),
    {
      key: 'f',
      help: 'hide noise or not',
      run: () => document.getElementById('filter')?.click(),
    },
  ])
  const frame = {
    runsUrl: urlOfRuns(Object.fromEntries(new URLSearchParams(list.state.query))),
    actions: <SessionNav pair={pair} list={list} query={query} />,
  }
  if (!comparison && (data || error))
    return (
      <Frame {...frame}>
        <section class="page" key="failure">
          <h1>Comparison</h1>
          {error && <Failure of={error} retry={reload} />}
          {data && (
            <Failure of={data.comparison as FailureFacts} retry={reload}>
              <a href={frame.runsUrl}>All runs</a>
            </Failure>
          )}
        </section>
      </Frame>
    )
  // The view loads what it shows while the runs are still loading.
  return (
    <Frame
      {...frame}
      title={comparison ? <RunsTitle old={comparison.old} newer={comparison.new} /> : <h1>Comparison</h1>}
      actions={
        <>
          {comparison && <FarmLinks run={comparison.new} />}
          {frame.actions}
        </>
      }
    >
      <section class="comparison">
        <nav class="views" aria-label="Views of the comparison">
          {VIEWS.map(({ name, label, of, key }) => (
            <a
              key={name}
              href={urlOf(['compare', oldId, newId], { view: queryOf(name), ...shownAs(query) })}
              aria-current={!file && view === name ? 'page' : undefined}
              title={`${of} (${key})`}
            >
              {label}
            </a>
          ))}
        </nav>
        {file && (
          <FileView key={JSON.stringify(file)} pair={pair} file={file} filter={filter} query={query} />
        )}
        {!file && view === 'summary' && (
          <SummaryView
            pair={pair}
            isMissing={list.lacksSummary(newId)}
            reading={<Reading changes={comparison?.binaryChanges ?? null} />}
          />
        )}
        {!file && view === 'files' && (
          <ContentsView pair={pair} filter={filter} query={query} memory={memory.contents} />
        )}
        {!file &&
          view === 'packages' &&
          (comparison ? (
            <PackageChanges
              of={comparison.binaryChanges}
              pair={pair}
              target={query.get('package')}
              retry={reload}
            />
          ) : (
            <p class="page" role="status">
              Loading …
            </p>
          ))}
        {!file && view === 'debdiff' && <DebdiffView pair={pair} filter={filter} />}
        {!file && view === 'diffoscope' && (
          <DiffoscopeView pair={pair} filter={filter} query={query} memory={memory.report} />
        )}
      </section>
    </Frame>
  )
}

/** How the URL wants reports to be shown, which holds for all views. */
function shownAs(query: URLSearchParams) {
  return Object.fromEntries(['noise', 'lines', 'wrap'].map((name) => [name, query.get(name)]))
}

/** A link to a line holds for the report without noise, unless it says otherwise. */
function isNoiseHidden(query: URLSearchParams): boolean {
  if (query.has('noise')) return query.get('noise') === '0'
  return query.has('at') || !preferences().noise
}

/** What is compared, in one line; the ids and times of both runs in a box. */
function RunsTitle({ old, newer }: { old: RunFactsFragment; newer: RunFactsFragment }) {
  const [from, to] = [old, newer].map(({ version }) => visible(version ?? 'no version'))
  return (
    <>
      <h1 title={`${from} → ${to}`}>
        {visible(newer.source ?? newer.codebase)}{' '}
        <span class="version">
          {from} → {to}
        </span>{' '}
        <span class="campaign">{visible(newer.campaign)}</span>
      </h1>
      <Menu
        label={
          <>
            <Icon name="info" />
            <span class="hidden">Both runs</span>
          </>
        }
        title="Ids and times of both runs"
        class="left plain"
      >
        <div class="sides">
          <Side title="Old build" run={old} />
          <Side title="New build" run={newer} />
        </div>
      </Menu>
    </>
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
