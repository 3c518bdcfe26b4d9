/** Resolves the fields of a diffoscope report, its nodes and its hunks. */

import { type Unshown, unshownText } from '../diff/cross-check/unshown.ts'
import {
  type BeforeReading,
  type NodeFilter,
  namesOf,
  pageOfChildren,
  pageOfNodes,
  readNode,
} from '../diff/report/node-pages.ts'
import {
  MAX_LINE_LENGTH,
  type Page,
  pageOfHunks,
  pageOfLines,
  pageOfRows,
  type ShownLine,
  type ShownRow,
} from '../diff/report/pages.ts'
import type { IncompleteKind, IncompleteNotice, ReportHunk, ReportNode } from '../diff/report/types.ts'
import { StoredDiffoscope } from '../diff/stored/stored-diffoscope.ts'
import { UsageError } from '../errors.ts'
import type { Context } from './context.ts'
import { aroundWindow, type ListPage, type PageRequest, type SliceRequest, windowOf } from './list-page.ts'
import type { ReportView } from './open-reports.ts'
import { openReport, type ReportPart } from './report-part.ts'

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
  return report.at(await readNode(report.value, ordinal, expecting(context)))
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

/**
 * The nodes below the root that match the filter, in document order.
 * @throws UsageError for an invalid cursor, and for a page from the end with a filter; QueryLimitError for a
 *   pattern that is too long; as `ByteAccount.expect`
 */
export async function nodesOf(
  view: ReportView,
  slice: SliceRequest,
  filter: NodeFilter,
  context: Context,
): Promise<ListPage<ReportPart<ReportNode>>> {
  const report = await openReport(view, context)
  const { counts } = report.value
  if (filter.maxDepth == null && filter.pathGlob == null) {
    // The root itself is not listed.
    return positionPage(slice, { from: 1, to: counts.nodes }, async (first, from) =>
      partsOf(report, await pageOfNodes(report.value, { first, from }, expecting(context))),
    )
  }
  if (slice.isBackward || slice.before !== null)
    throw new UsageError(
      '"last" and "before" cannot be combined with "maxDepth" and "pathGlob"; leave these out',
    )
  const { count: first, after, from } = slice
  const page = { first, after, from, ...filter }
  return partsOf(report, await pageOfNodes(report.value, page, expecting(context)))
}

/** A page of a list whose cursors are positions. @param read reads from a position on */
async function positionPage<T>(
  slice: SliceRequest,
  list: { readonly from: number; readonly to: number },
  read: (first: number, from: number) => Promise<ListPage<T>>,
): Promise<ListPage<T>> {
  const window = windowOf(slice, list)
  const around = { ...aroundWindow(window, list), totalCount: list.to - list.from }
  if (window.to <= window.from) return { edges: [], ...around }
  return { ...(await read(window.to - window.from, window.from)), ...around }
}

/** Null for the root. */
export async function parentOf(
  node: ReportPart<ReportNode>,
  context: Context,
): Promise<ReportPart<ReportNode> | null> {
  const { parent } = node.value
  return parent === null ? null : node.at(await readNode(node.report, parent, expecting(context)))
}

/** Names on the new side from the package down to the node. @throws as `ByteAccount.expect` */
export function pathOf({ report, value }: ReportPart<ReportNode>, context: Context): Promise<string[]> {
  return namesOf(report, value.ordinal, expecting(context))
}

/** @throws UsageError for an invalid cursor; as `ByteAccount.expect` */
export async function childrenOf(
  node: ReportPart<ReportNode>,
  page: PageRequest,
  context: Context,
): Promise<ListPage<ReportPart<ReportNode>>> {
  const { ordinal, children } = node.value
  const found = await pageOfChildren(node.report, ordinal, page, expecting(context))
  return { ...partsOf(node, found), totalCount: children }
}

/** @throws UsageError for an invalid cursor */
export function hunksOf(
  node: ReportPart<ReportNode>,
  slice: SliceRequest,
): Promise<ListPage<ReportPart<ReportHunk>>> {
  const { ordinal, diff } = node.value
  return positionPage(slice, { from: 0, to: diff?.hunks ?? 0 }, async (first, from) =>
    partsOf(node, await pageOfHunks(node.report, ordinal, { first, from })),
  )
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

/**
 * @param texts how often the operation selects the text of a line
 * @throws UsageError for an invalid cursor; as `ByteAccount.expect` and `charge`
 */
export function linesOf(
  { report, value }: ReportPart<ReportHunk>,
  slice: SliceRequest,
  texts: number,
  context: Context,
): Promise<ListPage<ShownLine>> {
  return positionPage(slice, { from: 0, to: value.lines }, async (first, from) => {
    const range = { from, count: first, maxTextLength: MAX_LINE_LENGTH }
    context.bytes.expect((await report.sizeOfLines(value, range)) * (1 + texts), first)
    return listPage(await pageOfLines(report, value, { first, from }, readingFor(context)))
  })
}

/**
 * @param texts how often the operation selects the texts of a row, those of both sides together
 * @throws UsageError for an invalid cursor; as `ByteAccount.expect` and `charge`
 */
export async function rowsOf(
  { report, value }: ReportPart<ReportHunk>,
  page: PageRequest,
  texts: number,
  context: Context,
): Promise<ListPage<ShownRow>> {
  // A cursor begins with the position of a line. A row has at least one line, whose text may be on both sides.
  const from = Number.parseInt(page.after ?? '0', 10) || 0
  const range = { from, count: page.first, maxTextLength: MAX_LINE_LENGTH }
  const read = await report.sizeOfLines(value, range)
  context.bytes.expect(read * (1 + texts / 2), Math.min(page.first, value.lines))
  return listPage(await pageOfRows(report, value, page, readingFor(context)))
}

/** Refuses nodes that would not fit. */
function expecting({ bytes }: Context): BeforeReading {
  return (length, nodes) => bytes.expect(length, nodes)
}

/** Counts what is read, and stops when the operation ends. */
function readingFor({ bytes, signal }: Context): (length: number) => void {
  return (length) => {
    signal.throwIfAborted()
    bytes.charge(length)
  }
}

function listPage<T>({ items, ...page }: Page<T>): ListPage<T> {
  return { ...page, edges: items }
}

/** A page whose items are parts of a report. */
function partsOf<T>(report: ReportPart<unknown>, { items, ...page }: Page<T>): ListPage<ReportPart<T>> {
  return { ...page, edges: items.map(({ node, cursor }) => ({ cursor, node: report.at(node) })) }
}
