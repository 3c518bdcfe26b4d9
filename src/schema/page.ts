import type { Page } from '../diff/report/pages.ts'
import { QueryLimitError } from '../errors.ts'
import { type ArgumentBuilder, builder } from './builder.ts'

export const PageInfoType = builder.pageInfoRef()

/** Largest page of every list except lines and rows. */
export const MAX_PAGE = 100
/** Largest page of the lines and rows of a hunk. */
export const MAX_LINES = 1000
/** Page size of a list without a `first` argument. */
const DEFAULT_PAGE = 50

export interface PageArguments {
  readonly first: number
  readonly after?: string | null | undefined
}

/** Arguments of a list with cursors. */
export function pageArguments(arg: ArgumentBuilder, max = MAX_PAGE) {
  return {
    first: arg.int({
      required: true,
      defaultValue: DEFAULT_PAGE,
      description: `Maximum number of items, from 1 to ${max}.`,
    }),
    after: arg.string({ description: 'Returns the items after this cursor. Omit it for the first page.' }),
  } as const
}

/**
 * Arguments of a list whose items have numbers.
 * @param number the field with the number: "`Hunk.position`"
 */
export function positionPageArguments(arg: ArgumentBuilder, number: string, max = MAX_PAGE) {
  return {
    ...pageArguments(arg, max),
    from: arg.int({
      description:
        `Starts at this ${number} instead of after a cursor, for random access in a virtual list. Cannot be ` +
        'combined with `after`.',
    }),
  } as const
}

/** @throws QueryLimitError if `first` is out of range */
export function checkedPage<T extends PageArguments>(page: T, max = MAX_PAGE): T {
  if (page.first < 1 || page.first > max)
    throw new QueryLimitError('PAGE_TOO_LARGE', max, `"first" must be from 1 to ${max}, not ${page.first}`)
  return page
}

/** Assumed length of a list without pages, for its cost. Most are shorter. */
export const UNPAGED = 10

/** Cost of a list: the cost of one item for each item that the page may have. */
export function pageCost({ first }: { readonly first: number }) {
  return { field: 1, multiplier: Math.min(Math.max(first, 1), MAX_LINES) }
}

/** Relay's page information for a page with these cursors. */
export function pageInfo(cursors: readonly string[], hasNextPage: boolean, hasPreviousPage: boolean) {
  return {
    hasNextPage,
    hasPreviousPage,
    startCursor: cursors[0] ?? null,
    endCursor: cursors.at(-1) ?? null,
  }
}

/** Relay's page information for a page of a report. */
export function reportPageInfo({ items, hasNextPage, hasPreviousPage }: Page<unknown>) {
  return pageInfo(
    items.map(({ cursor }) => cursor),
    hasNextPage,
    hasPreviousPage,
  )
}
