/** The walk that the formats without folding share. */
import type { Report, ReportNode } from '../../report/types.ts'

/** What to call the two sides of a report instead of what it says. */
export interface RootSources {
  readonly source1: string
  readonly source2: string
}

const FIRST_PAGE = 8
const PAGE = 100

/**
 * Every node from ordinal `start` on, the root under the names given. The first page is small so that the first bytes come early.
 * @throws as Report's methods
 */
export async function* documentOrder(
  report: Report,
  sources: RootSources | undefined,
  start = 0,
): AsyncGenerator<ReportNode> {
  for (let from = start; from < report.counts.nodes; ) {
    const nodes = await report.nodes(from, from === start ? FIRST_PAGE : PAGE)
    for (const node of nodes) yield node.ordinal === 0 ? { ...node, ...sources } : node
    from += nodes.length
  }
}
