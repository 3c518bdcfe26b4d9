import type { DiffoscopePageQuery } from '../generated/graphql.ts'

type Comparison = Extract<DiffoscopePageQuery['comparison'], { __typename: 'Comparison' }>

/** What there is to say of a report as a whole. */
export type Report = Extract<Comparison['diffoscope'], { __typename: 'Diffoscope' }>
