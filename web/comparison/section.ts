import type { DebdiffPageQuery } from '../generated/graphql.ts'

type Comparison = Extract<DebdiffPageQuery['comparison'], { __typename: 'Comparison' }>

/** A part of a debdiff under one title, as the page asks for it. */
export type Section = Extract<Comparison['debdiff'], { __typename: 'Debdiff' }>['sections'][number]
