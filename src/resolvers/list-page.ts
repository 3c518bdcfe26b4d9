/** Pages of lists, as the connections of the schema show them. */
import { UsageError } from '../errors.ts'

/** A page of a list. What is expensive to know is a function, which is called if a client requests it. */
export interface ListPage<T> {
  readonly edges: readonly { readonly node: T; readonly cursor: string }[]
  readonly hasNextPage: boolean | (() => Promise<boolean>)
  readonly hasPreviousPage: boolean | (() => Promise<boolean>)
  /** Where the next page begins, if that is not after the last item. */
  readonly endCursor?: string | null
  /** Number of items on all pages; null if it is not known. */
  readonly totalCount?: number | null | (() => Promise<number | null>)
}

/** A page that begins after a cursor. */
export interface PageRequest {
  readonly first: number
  readonly after?: string | null | undefined
}

/** A page between two cursors, or one that begins at a position. */
export interface SliceRequest {
  readonly count: number
  /** Whether the page has the last items before `before`, instead of the first ones after `after`. */
  readonly isBackward: boolean
  readonly after: string | null
  readonly before: string | null
  readonly from: number | null
}

/** Positions from `from` on, and before `to`. */
export interface Window {
  readonly from: number
  readonly to: number
}

/**
 * The positions of a page in a list whose cursors are the positions of its items; empty if `to` is not greater
 * than `from`.
 * @param list the positions of the whole list
 * @throws UsageError for an invalid cursor
 */
export function windowOf({ count, isBackward, after, before, from }: SliceRequest, list: Window): Window {
  const start = Math.max(list.from, from ?? (after === null ? list.from : positionOf(after) + 1))
  const end = Math.min(list.to, before === null ? list.to : positionOf(before))
  return isBackward
    ? { from: Math.max(start, end - count), to: end }
    : { from: start, to: Math.min(end, start + count) }
}

/** Whether a list has items before and after a page. */
export function aroundWindow({ from, to }: Window, list: Window) {
  const isEmpty = list.to <= list.from
  return { hasPreviousPage: !isEmpty && from > list.from, hasNextPage: to < list.to && from < list.to }
}

/**
 * A page of a list in memory. A cursor is the position in the whole list, so it stays valid under another filter.
 * @throws UsageError for an invalid cursor
 */
export function sliceOf<T>(
  all: readonly T[],
  { count, isBackward, after, before, from }: SliceRequest,
  matches: (one: T) => boolean = () => true,
): ListPage<T> {
  const start = from ?? (after === null ? 0 : positionOf(after) + 1)
  const end = before === null ? all.length : positionOf(before)
  const matching = all.flatMap((node, position) =>
    matches(node) ? [{ cursor: String(position), node, position }] : [],
  )
  const between = matching.filter(({ position }) => position >= start && position < end)
  const shown = isBackward ? between.slice(-count) : between.slice(0, count)
  const [earliest, latest] = [shown[0]?.position ?? start, shown.at(-1)?.position ?? end - 1]
  return {
    edges: shown.map(({ cursor, node }) => ({ cursor, node })),
    totalCount: matching.length,
    hasNextPage: matching.some(({ position }) => position > latest),
    hasPreviousPage: matching.some(({ position }) => position < earliest),
  }
}

/** @throws UsageError if the cursor is not a position */
export function positionOf(cursor: string): number {
  if (!/^\d{1,10}$/.test(cursor))
    throw new UsageError(
      `"${cursor.slice(0, 100)}" is not a cursor of this list; take one from pageInfo.endCursor`,
    )
  return Number(cursor)
}
