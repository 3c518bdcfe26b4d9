/** The diffoscope report of a comparison, or why there is none. */
import { useState } from 'preact/hooks'
import { request } from '../api/request.ts'
import { DiffoscopePageDocument } from '../generated/graphql.ts'
import { NotReady } from '../jobs/not-ready.tsx'
import type { Pair } from '../pair.ts'
import { Failure } from '../ui/failure.tsx'
import { hideOf } from '../ui/hide.ts'
import { useLoaded } from '../ui/use-loaded.ts'
import { WhenLoaded } from '../ui/when-loaded.tsx'
import type { ReportMemory } from './memory.ts'
import { ReportView } from './report-view.tsx'

export function DiffoscopeView({
  pair,
  filter,
  query,
  memory,
}: {
  pair: Pair
  filter: boolean
  query: URLSearchParams
  memory: ReportMemory
}) {
  const about = `${pair.old}\n${pair.new}\n${filter}`
  const loaded = useLoaded((signal) => loadPage(pair, filter, signal), about)
  const [wantsSummary, setWantsSummary] = useState('')
  const { reload } = loaded
  const load = async (filter: boolean) => {
    const { comparison } = await request(DiffoscopePageDocument, { ...pair, ...hideOf(filter) })
    const diffoscope = comparison.__typename === 'Comparison' ? comparison.diffoscope : null
    return diffoscope?.__typename === 'Diffoscope' ? diffoscope : null
  }
  const common = { pair, query, load, memory, name: `diffoscope_${pair.old}_${pair.new}`, gone: reload }
  return (
    <WhenLoaded of={loaded}>
      {({ comparison, withNoise }) => {
        if (withNoise && wantsSummary !== about)
          return (
            <ReportView
              key={withNoise.id}
              report={withNoise}
              makeSummary={() => setWantsSummary(about)}
              {...common}
            />
          )
        if (comparison.__typename !== 'Comparison') return <Failure of={comparison} retry={reload} />
        const { diffoscope } = comparison
        if (diffoscope.__typename !== 'Diffoscope')
          return <NotReady of={diffoscope} pair={pair} reload={reload} />
        return <ReportView key={diffoscope.id} report={diffoscope} {...common} />
      }}
    </WhenLoaded>
  )
}

/**
 * Loads the report. The old service made reports without summaries, and what noise is cannot be said without one:
 * such a report is loaded with its noise, too.
 */
async function loadPage(pair: Pair, filter: boolean, signal: AbortSignal) {
  const load = (on: boolean) => request(DiffoscopePageDocument, { ...pair, ...hideOf(on) }, signal)
  const { comparison } = await load(filter)
  const isMissing =
    comparison.__typename === 'Comparison' && comparison.diffoscope.__typename === 'DiffNotReadyError'
  if (!filter || !isMissing) return { comparison, withNoise: null }
  const plain = (await load(false)).comparison
  const withNoise =
    plain.__typename === 'Comparison' && plain.diffoscope.__typename === 'Diffoscope'
      ? plain.diffoscope
      : null
  return { comparison, withNoise }
}
