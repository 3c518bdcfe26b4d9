/** What a filter removes from a diffoscope report. */
import type { Report, ReportHunk, ReportLine, ReportNode } from '../types.ts'

/** Decides about the nodes and hunks of one report, in document order. */
export interface FilterRules {
  /** Names of the node in the filtered report. */
  sourcesOf(node: ReportNode): Pick<ReportNode, 'source1' | 'source2'>
  /**
   * Whether to remove a node with everything below it.
   * @param ancestors from the root to the parent
   */
  removesNode(node: ReportNode, ancestors: readonly ReportNode[]): boolean | Promise<boolean>
  /** Whether to remove a node that has no hunks and no children, or no longer has any. Never called for the root. */
  removesEmpty(node: ReportNode, ancestors: readonly ReportNode[]): boolean
  /** Whether to remove a hunk unread by `rewriteLine`. Default: no. */
  removesHunk?(node: ReportNode, ancestors: readonly ReportNode[], hunk: ReportHunk): Promise<boolean>
  /** The text of a line in the filtered report. A hunk whose sides become equal is removed. Default: unchanged. */
  rewriteLine?(line: ReportLine): string
  /** What was removed, by class of noise; called at the end. Default: it is not known. */
  hidden?(): readonly HiddenNoise[]
}

/** What a class of noise explains that a report does not show. */
export interface HiddenNoise {
  readonly class: string
  /** Hunks that the class explains, or helps to explain. */
  readonly hunks: number
  /** Files, or lists of files, with such hunks. */
  readonly files: number
}

/** A filter of reports. */
export interface ReportFilter {
  /** Reports that are filtered with equal facts are equal; JSON. */
  readonly facts: unknown
  createRules(report: Report): FilterRules | Promise<FilterRules>
}
