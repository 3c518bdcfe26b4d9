/** Resolves the fields of a diffoscope report, its nodes and its hunks. */

import { type Unshown, unshownText } from '../diff/cross-check/unshown.ts'
import {
  type NodeFilter,
  type Page,
  type PageArguments,
  type PositionPageArguments,
  pageOfChildren,
  pageOfHunks,
  pageOfLines,
  pageOfNodes,
  pageOfRows,
  type ShownLine,
  type ShownRow,
} from '../diff/report/pages.ts'
import type { IncompleteKind, IncompleteNotice, ReportHunk, ReportNode } from '../diff/report/types.ts'
import { StoredDiffoscope } from '../diff/stored/stored-diffoscope.ts'
import type { Context } from './context.ts'
import type { ReportView } from './open-reports.ts'
import { openReport, type ReportPart } from './report-part.ts'

/** A page of a list whose length is known. */
export interface CountedPage<T> extends Page<T> {
  readonly totalCount: number
}

/** A page of nodes. */
export interface NodePage extends Page<ReportNode> {
  /** Null if counting would mean reading the whole report. */
  readonly totalCount: number | null
}

/** Why a report may be incomplete. */
export interface IncompleteReason extends Pick<IncompleteNotice, 'tool' | 'comment'> {
  readonly view: ReportView
  readonly kind: IncompleteKind | 'LEGACY_UNVERIFIED' | 'NOT_SHOWN'
  /** Ordinal of the node with the remark in the unfiltered report; null if the whole report is concerned. */
  readonly node: number | null
}

/** At most 201: what the report says of itself, then what it does not show. */
export async function incompleteReasons(view: ReportView, context: Context): Promise<IncompleteReason[]> {
  const { entry, incomplete } = view.stored
  const legacy = { view, kind: 'LEGACY_UNVERIFIED', tool: null, comment: null, node: null } as const
  const unshown = await unshownOf(view, context)
  return [
    ...(entry.verified ? [] : [legacy]),
    ...incomplete.map((mark) => ({ ...mark, view })),
    ...(unshown?.findings ?? []).map((finding) => ({
      view,
      kind: 'NOT_SHOWN' as const,
      tool: null,
      comment: unshownText(finding),
      node: null,
    })),
  ]
}

export async function incompleteCount(view: ReportView, context: Context): Promise<number> {
  const { entry, incompleteCount: own } = view.stored
  return own + (entry.verified ? 0 : 1) + ((await unshownOf(view, context))?.count ?? 0)
}

function unshownOf(
  { stored, mode }: ReportView,
  { services, client, signal }: Context,
): Promise<Unshown | null> {
  // The summary knows a file as a whole, so it adds nothing to the report of one.
  if (!(stored instanceof StoredDiffoscope)) return Promise.resolve(null)
  return services.diffService.unshown(stored, mode, { client, signal })
}

/** Null if the whole report is concerned, or if the report is filtered and so has other ordinals. */
export async function nodeOfReason(
  { view, node }: IncompleteReason,
  context: Context,
): Promise<ReportPart<ReportNode> | null> {
  return node === null || view.hide ? null : nodeAt(view, node, context)
}

/** @param ordinal of a node that exists; 0 is the root */
export async function nodeAt(
  view: ReportView,
  ordinal: number,
  context: Context,
): Promise<ReportPart<ReportNode>> {
  const report = await openReport(view, context)
  return report.at(await report.value.node(ordinal))
}

/** Null if there is no node with this path. */
export async function nodeAtPath(
  view: ReportView,
  path: readonly string[],
  context: Context,
): Promise<ReportPart<ReportNode> | null> {
  const report = await openReport(view, context)
  const [node] = await report.value.find(path, 1)
  return node ? report.at(node) : null
}

/** @throws UsageError for an invalid cursor; QueryLimitError for a pattern that is too long */
export async function nodesOf(
  view: ReportView,
  page: PositionPageArguments & NodeFilter,
  context: Context,
): Promise<ReportPart<NodePage>> {
  const report = await openReport(view, context)
  const isFiltered = page.maxDepth != null || page.pathGlob != null
  return report.at({
    ...(await pageOfNodes(report.value, page)),
    // The root itself is not listed.
    totalCount: isFiltered ? null : report.value.counts.nodes - 1,
  })
}

/** Null for the root. */
export async function parentOf(node: ReportPart<ReportNode>): Promise<ReportPart<ReportNode> | null> {
  const { parent } = node.value
  return parent === null ? null : node.at(await node.report.node(parent))
}

/** @throws UsageError for an invalid cursor */
export async function childrenOf(
  node: ReportPart<ReportNode>,
  page: PageArguments,
): Promise<ReportPart<NodePage>> {
  const { ordinal, children } = node.value
  return node.at({ ...(await pageOfChildren(node.report, ordinal, page)), totalCount: children })
}

/** @throws UsageError for an invalid cursor */
export async function hunksOf(
  node: ReportPart<ReportNode>,
  page: PositionPageArguments,
): Promise<ReportPart<CountedPage<ReportHunk>>> {
  const { ordinal, diff } = node.value
  return node.at({ ...(await pageOfHunks(node.report, ordinal, page)), totalCount: diff?.hunks ?? 0 })
}

/** Null if the node has no hunk at this position. */
export async function hunkAt(
  node: ReportPart<ReportNode>,
  position: number,
): Promise<ReportPart<ReportHunk> | null> {
  if (position < 0) return null
  const [hunk] = await node.report.hunks(node.value.ordinal, position, 1)
  return hunk ? node.at(hunk) : null
}

/** @throws UsageError for an invalid cursor; as `ByteAccount.charge` */
export async function linesOf(
  { report, value }: ReportPart<ReportHunk>,
  page: PositionPageArguments,
  context: Context,
): Promise<CountedPage<ShownLine>> {
  return { ...(await pageOfLines(report, value, page, readingFor(context))), totalCount: value.lines }
}

/** @throws UsageError for an invalid cursor; as `ByteAccount.charge` */
export function rowsOf(
  { report, value }: ReportPart<ReportHunk>,
  page: PageArguments,
  context: Context,
): Promise<Page<ShownRow>> {
  return pageOfRows(report, value, page, readingFor(context))
}

/** Counts what is read, and stops when the operation ends. */
function readingFor({ bytes, signal }: Context): (length: number) => void {
  return (length) => {
    signal.throwIfAborted()
    bytes.charge(length)
  }
}

/** The items of a page as parts of the page's report. */
export function partsOf<T>(page: ReportPart<Page<T>>): ReportPart<T>[] {
  return page.value.items.map(({ node }) => page.at(node))
}
