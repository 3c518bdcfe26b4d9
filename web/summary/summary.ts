/** What the page shows of a summary, and how it gets one. */
import { RequestRefused, request } from '../api/request.ts'
import {
  MakeSummaryDocument,
  type MakeSummaryMutation,
  SummaryPageDocument,
  type SummaryPageQuery,
} from '../generated/graphql.ts'
import type { Pair } from '../pair.ts'

type Found = SummaryPageQuery['comparison']
type FoundComparison = Extract<Found, { __typename: 'Comparison' }>
type Made = Extract<MakeSummaryMutation['makeDiffs'], { __typename: 'MakeDiffsPayload' }>
type NotMade = Exclude<MakeSummaryMutation['makeDiffs'], Made> | Made['errors'][number]

/** A comparison with its summary, or with the reason why it could not be read or made. */
export type SummaryComparison =
  | Exclude<Found, FoundComparison>
  | { readonly __typename: 'Comparison'; readonly summary: FoundComparison['summary'] | NotMade }
export type Summary = Extract<FoundComparison['summary'], { __typename: 'Summary' }>
export type Finding = Summary['findings']['nodes'][number]
export type ChangedFile = Summary['substantive']['nodes'][number]
export type PackageFacts = Summary['packages'][number]

/** Loads the summary of a pair. One that has not been made takes about as long as unpacking the packages. */
export async function loadSummary(pair: Pair, signal: AbortSignal): Promise<SummaryComparison> {
  const { comparison } = await request(SummaryPageDocument, pair, signal)
  const isMissing =
    comparison.__typename === 'Comparison' && comparison.summary.__typename === 'DiffNotReadyError'
  if (!isMissing) return comparison
  try {
    const { makeDiffs } = await request(MakeSummaryDocument, pair)
    if (makeDiffs.__typename !== 'MakeDiffsPayload') return { ...comparison, summary: makeDiffs }
    const [error] = makeDiffs.errors
    return error ? { ...comparison, summary: error } : makeDiffs.comparison
  } catch (error) {
    // Then the view offers a form for the token.
    if (error instanceof RequestRefused && error.code === 'UNAUTHORIZED') return comparison
    throw error
  }
}
