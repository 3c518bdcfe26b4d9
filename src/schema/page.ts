import { builder } from './builder.ts'

/** Relay's page information. */
export const PageInfoType = builder.pageInfoRef()

/** Largest page of every list. */
export const MAX_PAGE = 100

/** A page's size as asked for, brought into its bounds. */
export function pageSize(first: number, most = MAX_PAGE): number {
  return Math.min(Math.max(first, 1), most)
}

/** What Relay wants to know of a page that was asked for behind a cursor. */
export function pageInfo(cursors: readonly string[], hasNextPage: boolean, after: string | null | undefined) {
  return {
    hasNextPage,
    hasPreviousPage: after != null,
    startCursor: cursors[0] ?? null,
    endCursor: cursors.at(-1) ?? null,
  }
}
