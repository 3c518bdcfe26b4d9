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

export interface SummaryLoading {
  /** Whether the summary has probably not been made: then it is not looked up first. */
  readonly isMissing: boolean
  /** Called when the packages must be read. */
  readonly reading: () => void
  readonly signal: AbortSignal
}

/** Loads the summary of a pair, or has it made, which takes about as long as unpacking the packages. */
export async function loadSummary(
  pair: Pair,
  { isMissing, reading, signal }: SummaryLoading,
): Promise<SummaryComparison> {
  const look = async () => (await request(SummaryPageDocument, pair, signal)).comparison
  const found = isMissing ? null : await look()
  if (found && !(found.__typename === 'Comparison' && found.summary.__typename === 'DiffNotReadyError'))
    return found
  reading()
  try {
    const { makeDiffs } = await request(MakeSummaryDocument, pair)
    if (makeDiffs.__typename !== 'MakeDiffsPayload') return { __typename: 'Comparison', summary: makeDiffs }
    const [error] = makeDiffs.errors
    return error ? { __typename: 'Comparison', summary: error } : makeDiffs.comparison
  } catch (error) {
    // Then the view offers a form for the token.
    if (error instanceof RequestRefused && error.code === 'UNAUTHORIZED') return found ?? look()
    throw error
  }
}
