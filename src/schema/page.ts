import { QueryLimitError } from '../errors.ts'
import { builder } from './builder.ts'

/** Relay's page information. */
export const PageInfoType = builder.pageInfoRef()

/** Largest page of every list, lines and rows of a hunk apart. */
export const MAX_PAGE = 100
/** Of lines and rows. */
export const MAX_LINES = 1000
/** Where a query does not say. */
const DEFAULT_PAGE = 50

export interface PageArguments {
  readonly first: number
  readonly after?: string | null | undefined
}

type ArgumentBuilder = Parameters<Parameters<typeof builder.queryField>[1]>[0]['arg']

/** The arguments of a page, which every list takes. */
export function pageArguments(arg: ArgumentBuilder, most = MAX_PAGE) {
  return {
    first: arg.int({
      required: true,
      defaultValue: DEFAULT_PAGE,
      description: `How many at most, from 1 to ${most}.`,
    }),
    after: arg.string({ description: 'A cursor: the page begins behind it. Left out: the first page.' }),
  } as const
}

/** The same, of a list whose entries have numbers. @param what like "Hunk.position" */
export function placePageArguments(arg: ArgumentBuilder, what: string, most = MAX_PAGE) {
  return {
    ...pageArguments(arg, most),
    from: arg.int({
      description: `Where the page begins, instead of behind a cursor: a ${what}. For a view that is scrolled to any place.`,
    }),
  } as const
}

/** @throws QueryLimitError for a page that is too large or none */
export function checkedPage<T extends PageArguments>(page: T, most = MAX_PAGE): T {
  if (page.first < 1 || page.first > most)
    throw new QueryLimitError(
      'PAGE_TOO_LARGE',
      most,
      `"first" is ${page.first}; a page of this list has 1 to ${most} entries`,
    )
  return page
}

/** As how many entries a list without pages counts: most are shorter. */
export const UNPAGED = 10

/** What a list costs: what is asked of an entry, for each entry that may come. */
export function pageCost({ first }: { readonly first: number }) {
  return { field: 1, multiplier: Math.min(Math.max(first, 1), MAX_LINES) }
}

/** What Relay wants to know of a page. */
export function pageInfo(cursors: readonly string[], hasNextPage: boolean, hasPreviousPage: boolean) {
  return {
    hasNextPage,
    hasPreviousPage,
    startCursor: cursors[0] ?? null,
    endCursor: cursors.at(-1) ?? null,
  }
}
