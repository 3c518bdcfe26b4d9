/**
 * Pages of a summary's findings and files. A cursor is the position in the whole list, so it stays valid
 * under another filter.
 */

import type { FileChangeKind, FileSummary, Finding, Severity, Summary } from '../diff/summary/types.ts'
import { UsageError } from '../errors.ts'

export interface SummaryPage<T> {
  readonly edges: readonly { readonly cursor: string; readonly node: T }[]
  readonly totalCount: number
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
}

export interface FindingFilter {
  readonly severity?: readonly Severity[] | null | undefined
  readonly rule?: readonly string[] | null | undefined
  readonly package?: string | null | undefined
  readonly expected?: boolean | null | undefined
}

export interface FileFilter {
  readonly change?: readonly FileChangeKind[] | null | undefined
  readonly noise?: string | null | undefined
  readonly package?: string | null | undefined
  readonly substantive?: boolean | null | undefined
}

interface PageArguments {
  readonly first: number
  readonly after?: string | null | undefined
}

/** @throws UsageError for an invalid cursor */
export function pageOfFindings(
  { findings }: Summary,
  page: PageArguments,
  filter: FindingFilter,
): SummaryPage<Finding> {
  return pageOf(
    findings,
    page,
    (one) =>
      includes(filter.severity, one.severity) &&
      includes(filter.rule, one.rule) &&
      (filter.package == null || one.package === filter.package) &&
      (filter.expected == null || (one.expected !== undefined) === filter.expected),
  )
}

/** @throws UsageError for an invalid cursor */
export function pageOfFiles(
  { files }: Summary,
  page: PageArguments,
  filter: FileFilter,
): SummaryPage<FileSummary> {
  return pageOf(
    files,
    page,
    (one) =>
      includes(filter.change, one.change) &&
      (filter.noise == null || one.noise.includes(filter.noise)) &&
      (filter.package == null || one.package === filter.package) &&
      (filter.substantive == null || one.substantive === filter.substantive),
  )
}

function includes<T>(wanted: readonly T[] | null | undefined, value: T): boolean {
  return wanted == null || wanted.includes(value)
}

function pageOf<T>(
  all: readonly T[],
  { first, after }: PageArguments,
  matches: (one: T) => boolean,
): SummaryPage<T> {
  const start = after == null ? 0 : parseCursor(after) + 1
  const matching = all.flatMap((node, position) =>
    matches(node) ? [{ cursor: String(position), node, position }] : [],
  )
  const rest = matching.filter(({ position }) => position >= start)
  return {
    edges: rest.slice(0, first).map(({ cursor, node }) => ({ cursor, node })),
    totalCount: matching.length,
    hasNextPage: rest.length > first,
    hasPreviousPage: rest.length < matching.length,
  }
}

function parseCursor(cursor: string): number {
  if (!/^\d{1,9}$/.test(cursor))
    throw new UsageError(`This is not a cursor of this list: ${JSON.stringify(cursor.slice(0, 40))}`)
  return Number(cursor)
}
