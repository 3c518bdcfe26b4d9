/** The lists of the schema: connections as Relay specifies them, and their arguments. */
import type { ObjectRef } from '@pothos/core'
import { QueryLimitError, UsageError } from '../errors.ts'
import type { ListPage, PageRequest, SliceRequest } from '../resolvers/list-page.ts'
import { type ArgumentBuilder, builder, type Types } from './builder.ts'

const PageInfoType = builder.pageInfoRef()

/** Largest page of every list except lines and rows. */
export const MAX_PAGE = 100
/** Largest page of the lines and rows of a hunk. */
export const MAX_LINES = 1000
/** Page size of a list without `first` and `last`. */
const DEFAULT_PAGE = 50

type Optional<T> = T | null | undefined

export interface PageArguments {
  readonly first?: Optional<number>
  readonly after?: Optional<string>
}

export interface SliceArguments extends PageArguments {
  readonly last?: Optional<number>
  readonly before?: Optional<string>
  readonly from?: Optional<number>
}

/** Arguments of a list that is read forwards only. */
export function pageArguments(arg: ArgumentBuilder, max = MAX_PAGE) {
  return {
    first: arg.int({
      description: `Maximum number of items, from 1 to ${max}; ${DEFAULT_PAGE} if it is omitted.`,
    }),
    after: arg.string({ description: 'Returns the items after this cursor. Omit it for the first page.' }),
  } as const
}

/** Arguments of a list that is read in both directions. */
export function sliceArguments(arg: ArgumentBuilder, max = MAX_PAGE) {
  return {
    ...pageArguments(arg, max),
    last: arg.int({
      description: `Returns this many items, from 1 to ${max}, from the end of the list. Cannot be combined with \`first\`.`,
    }),
    before: arg.string({ description: 'Returns the items before this cursor.' }),
  } as const
}

/**
 * Arguments of a list whose items have numbers.
 * @param number the field with the number: "`Hunk.position`"
 */
export function positionArguments(arg: ArgumentBuilder, number: string, max = MAX_PAGE) {
  return {
    ...sliceArguments(arg, max),
    from: arg.int({
      description:
        `Starts at this ${number} instead of after a cursor, for random access in a virtual list. Cannot be ` +
        'combined with `after`, `last` or `before`.',
    }),
  } as const
}

/**
 * The page of a list that is read forwards only.
 * @throws QueryLimitError if `first` is out of range; UsageError if it is null
 */
export function checkedPage<T extends PageArguments>(args: T, max = MAX_PAGE): T & PageRequest {
  return { ...args, first: checkedCount('first', args.first, max) }
}

/**
 * The page of a list that is read in both directions.
 * @throws QueryLimitError if `first` or `last` is out of range; UsageError for arguments that exclude each other
 */
export function checkedSlice(args: SliceArguments, max = MAX_PAGE): SliceRequest {
  const { first, last, after = null, before = null, from = null } = args
  if (first != null && last != null) throw excluding('first', 'last')
  if (from !== null) {
    if (after !== null) throw excluding('after', 'from')
    if (before !== null) throw excluding('before', 'from')
    if (last != null) throw excluding('last', 'from')
    if (from < 0) throw new UsageError(`"from" must be 0 or more, not ${from}`)
  }
  const isBackward = last != null
  const count = isBackward ? checkedCount('last', last, max) : checkedCount('first', first, max)
  return { count, isBackward, after, before, from }
}

function excluding(one: string, other: string): UsageError {
  return new UsageError(`"${one}" and "${other}" exclude each other: leave one out`)
}

/** Refuses what is out of range. A client would take a page that is cut to the maximum for the whole list. */
function checkedCount(name: string, count: Optional<number>, max: number): number {
  if (count === null) throw new UsageError(`"${name}" must not be null; give a number from 1 to ${max}`)
  if (count === undefined) return DEFAULT_PAGE
  if (count < 1 || count > max)
    throw new QueryLimitError('PAGE_TOO_LARGE', max, `"${name}" must be from 1 to ${max}, not ${count}`)
  return count
}

/** Assumed length of a list without pages, for its cost. Most are shorter. */
export const UNPAGED = 10

/** Cost of a list: the cost of one item for each item that the page may have. */
export const pageCost = pageCostUpTo(MAX_PAGE)
/** The same for the lines and rows of a hunk. */
export const linesCost = pageCostUpTo(MAX_LINES)

/** A page that is too large is refused by its own field, which leaves the others. */
function pageCostUpTo(max: number) {
  return ({ first, last }: { readonly first?: Optional<number>; readonly last?: Optional<number> }) => {
    const count = last ?? first ?? DEFAULT_PAGE
    return { field: 1, multiplier: count < 1 || count > max ? 1 : count }
  }
}

interface ConnectionOptions<Page> {
  /** "run" */
  readonly noun: string
  /** "runs", unless it is the noun with an "s". */
  readonly plural?: string
  /** What `totalCount` counts, and when it is null. */
  readonly totalCount: string
  /** Whether `totalCount` is never null. */
  readonly isCounted?: boolean
  readonly countCost?: number
  /** What there is to know of the page: "A page of hits in document order." */
  readonly description?: string
  readonly pageInfo?: string
  /** Only for inference. */
  readonly page?: Page
}

/**
 * Defines `NAMEConnection` and `NAMEEdge` for a list of a type.
 * @returns the type of the connection, whose resolvers return a `ListPage`
 */
export function connectionType<T, Page extends ListPage<T> = ListPage<T>>(
  name: string,
  type: ObjectRef<Types, T>,
  {
    noun,
    plural = `${noun}s`,
    totalCount,
    isCounted = false,
    countCost,
    ...described
  }: ConnectionOptions<Page>,
) {
  const edge = builder.objectRef<ListPage<T>['edges'][number]>(`${name}Edge`).implement({
    description: `${sentenceStart(noun)} of a list, and its cursor.`,
    fields: (t) => ({
      node: t.field({ type, description: `The ${noun}.`, resolve: ({ node }) => node as never }),
      cursor: t.exposeString('cursor', {
        description: `Cursor of the ${noun}. Pass it as \`after\` to get the ${plural} that follow.`,
      }),
    }),
  })
  return builder.objectRef<Page>(`${name}Connection`).implement({
    description: described.description ?? `A page of ${plural}.`,
    fields: (t) => ({
      edges: t.field({
        type: [edge],
        description: `The ${plural} with their cursors.`,
        resolve: ({ edges }) => [...edges],
      }),
      nodes: t.field({
        type: [type],
        description: `The ${plural}.`,
        resolve: ({ edges }) => edges.map(({ node }) => node) as never,
      }),
      pageInfo: t.field({
        type: PageInfoType,
        description: described.pageInfo ?? 'Position of this page.',
        resolve: pageInfoOf,
      }),
      totalCount: t.int({
        nullable: !isCounted,
        description: totalCount,
        ...(countCost !== undefined && { complexity: countCost }),
        resolve: async ({ totalCount: count = null }) =>
          (typeof count === 'function' ? await count() : count) as number,
      }),
    }),
  })
}

/** "A run", "An item" */
function sentenceStart(noun: string): string {
  return `${/^[aeiou]/.test(noun) ? 'An' : 'A'} ${noun}`
}

async function pageInfoOf({ edges, hasNextPage, hasPreviousPage, endCursor }: ListPage<unknown>) {
  return {
    hasNextPage: typeof hasNextPage === 'function' ? await hasNextPage() : hasNextPage,
    hasPreviousPage: typeof hasPreviousPage === 'function' ? await hasPreviousPage() : hasPreviousPage,
    startCursor: edges[0]?.cursor ?? null,
    endCursor: endCursor === undefined ? (edges.at(-1)?.cursor ?? null) : endCursor,
  }
}
