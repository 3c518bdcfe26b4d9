/** Pages of a report's nodes. They are chosen by the index, so that the size of a page is known before it is read. */
import { setImmediate as yieldToEventLoop } from 'node:timers/promises'
import {
  firstPosition,
  invalidCursor,
  type Page,
  type PageArguments,
  type PositionPageArguments,
  pageOf,
  positionOf,
} from './pages.ts'
import { pathGlob } from './path-glob.ts'
import type { Report, ReportNode } from './types.ts'

export interface NodeFilter {
  /** Excludes deeper nodes. */
  readonly maxDepth?: number | null | undefined
  /** Excludes nodes whose path does not match (see path-glob.ts). */
  readonly pathGlob?: string | null | undefined
}

/**
 * Called before nodes are read. @param bytes of their names and comments @param nodes their number @throws anything,
 * to refuse the page
 */
export type BeforeReading = (bytes: number, nodes: number) => void

/** With a pattern, other work gets a turn after as many nodes. */
const TURN_NODES = 500

/**
 * Nodes below the root that match the filter, in document order. With a pattern, the names of all nodes up to the
 * page's end are read, one after the other.
 * @throws UsageError for invalid arguments; QueryLimitError for a pattern that is too long; as `beforeReading`
 */
export async function pageOfNodes(
  report: Report,
  { first, after, from, ...filter }: PositionPageArguments & NodeFilter,
  beforeReading?: BeforeReading,
): Promise<Page<ReportNode>> {
  const begin = Math.max(1, firstPosition(after, from))
  const found = await matchingNodes(report, begin, first + 1, filter)
  const isFiltered = filter.maxDepth != null || filter.pathGlob != null
  // With a filter, the nodes before the page may all be excluded.
  const isAnyBefore = async () => ((await matchingNodes(report, 1, 1, filter))[0] ?? begin) < begin
  const hasPreviousPage = begin > 1 && report.counts.nodes > 1 && (isFiltered ? await isAnyBefore() : true)
  return readPage(report, { found, first, hasPreviousPage }, beforeReading)
}

/** @throws UsageError for an invalid cursor; as `beforeReading` */
export async function pageOfChildren(
  report: Report,
  parent: number,
  { first, after }: PageArguments,
  beforeReading?: BeforeReading,
): Promise<Page<ReportNode>> {
  const previous = after == null ? null : await childAt(report, parent, after)
  const { end } = await report.outline(parent)
  const found: number[] = []
  let at = previous === null ? parent + 1 : (await report.outline(previous)).end
  while (at < end && found.length <= first) {
    found.push(at)
    at = (await report.outline(at)).end
  }
  return readPage(report, { found, first, hasPreviousPage: previous !== null }, beforeReading)
}

/** @throws as `beforeReading` */
export async function readNode(
  report: Report,
  ordinal: number,
  beforeReading: BeforeReading,
): Promise<ReportNode> {
  beforeReading((await report.outline(ordinal)).textBytes, 1)
  return report.node(ordinal)
}

/** The new side's names from below the root to the node. @throws as `beforeReading` */
export async function namesOf(
  report: Report,
  ordinal: number,
  beforeReading?: BeforeReading,
): Promise<string[]> {
  const path: number[] = []
  let bytes = 0
  for (let at = ordinal; at !== 0; ) {
    const { parent, newNameBytes } = await report.outline(at)
    path.unshift(at)
    bytes += newNameBytes
    at = parent ?? 0
  }
  beforeReading?.(bytes, 1)
  const names: string[] = []
  for (const at of path) names.push(await report.newName(at))
  return names
}

/** Ordinals of at most `count` nodes from `begin` on that match. */
async function matchingNodes(
  report: Report,
  begin: number,
  count: number,
  { maxDepth, pathGlob: pattern }: NodeFilter,
): Promise<number[]> {
  const matches = pattern == null ? null : pathGlob(pattern)
  const end = report.counts.nodes
  /** The new side's names from below the root to the last node. */
  const names = matches && begin > 1 && begin <= end ? await namesOf(report, begin - 1) : []
  const found: number[] = []
  for (let at = begin, read = 1; at < end && found.length < count; read++) {
    const node = await report.outline(at)
    const isDeepest = maxDepth != null && node.depth >= maxDepth
    const isWanted = maxDepth == null || node.depth <= maxDepth
    if (matches) {
      names.length = Math.min(names.length, node.depth - 1)
      names.push(await report.newName(at))
      if (read % TURN_NODES === 0) await yieldToEventLoop()
    }
    if (isWanted && (!matches || matches(names.join('/')))) found.push(at)
    at = isDeepest ? node.end : at + 1
  }
  return found
}

/** @param found one more than the page has, if there is a next page */
async function readPage(
  report: Report,
  page: { readonly found: readonly number[]; readonly first: number; readonly hasPreviousPage: boolean },
  beforeReading?: BeforeReading,
): Promise<Page<ReportNode>> {
  const { items, ...flags } = pageOf(page.found, page.first, page.hasPreviousPage, String)
  if (beforeReading) {
    let bytes = 0
    for (const { node } of items) bytes += (await report.outline(node)).textBytes
    beforeReading(bytes, items.length)
  }
  const read: { node: ReportNode; cursor: string }[] = []
  for (const { node, cursor } of items) read.push({ node: await report.node(node), cursor })
  return { ...flags, items: read }
}

/** The ordinal in a cursor. @throws UsageError if it is not that of a child of this node */
async function childAt(report: Report, parent: number, cursor: string): Promise<number> {
  const ordinal = positionOf(cursor)
  const isNode = ordinal < report.counts.nodes
  if (!isNode || (await report.outline(ordinal)).parent !== parent) throw invalidCursor(cursor)
  return ordinal
}
