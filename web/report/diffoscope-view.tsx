/** What diffoscope found: what there is to say of the report, or why it is not there, and then the report itself. */
import { request } from '../api/request.ts'
import { DiffoscopePageDocument } from '../generated/graphql.ts'
import { NotReady } from '../jobs/not-ready.tsx'
import type { Pair } from '../pair.ts'
import { Failure } from '../ui/failure.tsx'
import { useLoaded } from '../ui/use-loaded.ts'
import { ReportView } from './report-view.tsx'

export function DiffoscopeView({
  pair,
  filter,
  query,
}: {
  pair: Pair
  filter: boolean
  query: URLSearchParams
}) {
  const { data, error, reload } = useLoaded(
    (signal) => request(DiffoscopePageDocument, { ...pair, filter }, signal),
    `${pair.old}\n${pair.new}\n${filter}`,
  )
  if (error)
    return (
      <div class="page">
        <Failure of={error} retry={reload} />
      </div>
    )
  if (!data)
    return (
      <div class="page">
        <p role="status">Loading …</p>
      </div>
    )
  if (data.comparison.__typename !== 'Comparison') return <Failure of={data.comparison} retry={reload} />
  const { diffoscope } = data.comparison
  if (diffoscope.__typename !== 'Diffoscope') return <NotReady of={diffoscope} pair={pair} reload={reload} />
  return <ReportView key={diffoscope.id} report={diffoscope} pair={pair} query={query} gone={reload} />
}
