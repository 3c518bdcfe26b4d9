import type { DebdiffPageQuery } from '../generated/graphql.ts'

type Comparison = Extract<DebdiffPageQuery['comparison'], { __typename: 'Comparison' }>

/** A section of a debdiff, with the fields that this page queries. */
export type Section = Extract<Comparison['debdiff'], { __typename: 'Debdiff' }>['sections'][number]

/** A section as the page lists it. */
export interface ListedSection {
  readonly section: Section
  /** Its index among the sections of the debdiff. */
  readonly index: number
  /** Of control fields: the packages that have the same ones. */
  readonly packages: readonly string[]
}

/** Sections with the same control fields become one, for all their packages: often only the version differs. */
export function withoutRepetition(sections: readonly Section[]): readonly ListedSection[] {
  const packages = new Map<string, string[]>()
  const listed = sections.map((section, index): ListedSection | null => {
    if (section.__typename !== 'DebdiffControlFields') return { section, index, packages: [] }
    const key = JSON.stringify(section.fields)
    const known = packages.get(key)
    known?.push(section.package)
    if (known) return null
    const own = [section.package]
    packages.set(key, own)
    return { section, index, packages: own }
  })
  return listed.filter((one) => one !== null)
}
