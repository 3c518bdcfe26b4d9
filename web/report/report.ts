import type { DiffoscopePageQuery, ReportFactsFragment } from '../generated/graphql.ts'

type Comparison = Extract<DiffoscopePageQuery['comparison'], { __typename: 'Comparison' }>
type Diffoscope = Extract<Comparison['diffoscope'], { __typename: 'Diffoscope' }>

/** The facts of a report as a whole: of two runs, or of one file, which lacks no packages. */
export type Report = ReportFactsFragment & { readonly retry?: Diffoscope['retry'] }
