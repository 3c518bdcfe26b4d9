import type { DiffoscopePageQuery } from '../generated/graphql.ts'

type Comparison = Extract<DiffoscopePageQuery['comparison'], { __typename: 'Comparison' }>

/** The facts of a report as a whole. */
export type Report = Extract<Comparison['diffoscope'], { __typename: 'Diffoscope' }>
