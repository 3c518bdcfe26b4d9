import type { DebdiffPageQuery } from '../generated/graphql.ts'

type Comparison = Extract<DebdiffPageQuery['comparison'], { __typename: 'Comparison' }>

/** A section of a debdiff, with the fields that this page queries. */
export type Section = Extract<Comparison['debdiff'], { __typename: 'Debdiff' }>['sections'][number]
