/** Pages of the findings and files of a summary. */
import type { FileChangeKind, FileSummary, Finding, Severity, Summary } from '../diff/summary/types.ts'
import { type ListPage, type SliceRequest, sliceOf } from './list-page.ts'

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

/** @throws UsageError for an invalid cursor */
export function pageOfFindings(
  { findings }: Summary,
  page: SliceRequest,
  filter: FindingFilter,
): ListPage<Finding> {
  return sliceOf(
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
  page: SliceRequest,
  filter: FileFilter,
): ListPage<FileSummary> {
  return sliceOf(
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
