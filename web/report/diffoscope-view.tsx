/** The diffoscope report of a comparison, or why there is none. */
import { request } from '../api/request.ts'
import { DiffoscopePageDocument } from '../generated/graphql.ts'
import { NotReady } from '../jobs/not-ready.tsx'
import type { Pair } from '../pair.ts'
import { Failure } from '../ui/failure.tsx'
import { hideOf } from '../ui/hide.ts'
import { useLoaded } from '../ui/use-loaded.ts'
import { WhenLoaded } from '../ui/when-loaded.tsx'
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
  const loaded = useLoaded(
    (signal) => request(DiffoscopePageDocument, { ...pair, ...hideOf(filter) }, signal),
    `${pair.old}\n${pair.new}\n${filter}`,
  )
  const { reload } = loaded
  return (
    <WhenLoaded of={loaded}>
      {({ comparison }) => {
        if (comparison.__typename !== 'Comparison') return <Failure of={comparison} retry={reload} />
        const { diffoscope } = comparison
        if (diffoscope.__typename !== 'Diffoscope')
          return <NotReady of={diffoscope} pair={pair} reload={reload} />
        return <ReportView key={diffoscope.id} report={diffoscope} pair={pair} query={query} gone={reload} />
      }}
    </WhenLoaded>
  )
}
