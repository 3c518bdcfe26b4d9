/** What the page shows of a summary, and how it gets one. */
import { RequestRefused, request, requestWork } from '../api/request.ts'
import { SummaryPageDocument, type SummaryPageQuery } from '../generated/graphql.ts'
import type { Pair } from '../pair.ts'

export type SummaryComparison = SummaryPageQuery['comparison']
export type Summary = Extract<
  Extract<SummaryComparison, { __typename: 'Comparison' }>['summary'],
  { __typename: 'Summary' }
>
export type Finding = Summary['findings']['nodes'][number]
export type ChangedFile = Summary['substantive']['nodes'][number]
export type PackageFacts = Summary['packages'][number]

/** Loads the summary of a pair. One that has not been made takes about as long as unpacking the packages. */
export async function loadSummary(pair: Pair, signal: AbortSignal): Promise<SummaryComparison> {
  const { comparison } = await request(SummaryPageDocument, { ...pair, mode: 'CACHED_ONLY' }, signal)
  const isMissing =
    comparison.__typename === 'Comparison' && comparison.summary.__typename === 'DiffNotReadyError'
  if (!isMissing) return comparison
  try {
    return (await requestWork(SummaryPageDocument, { ...pair, mode: 'WAIT' })).comparison
  } catch (error) {
    // Then the view offers a form for the token.
    if (error instanceof RequestRefused && error.code === 'UNAUTHORIZED') return comparison
    throw error
  }
}
