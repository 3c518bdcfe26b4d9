/** The traversal that all formats but JSON share. */
import type { DiffSummary, Report, ReportNode } from '../../report/types.ts'

/** Names of the two sides of a report's root, to replace the paths in the report. */
export interface RootSources {
  readonly source1: string
  readonly source2: string
}

const FIRST_PAGE_SIZE = 8
const PAGE_SIZE = 100

/**
 * Every node from ordinal `start` on. The first page is small so that the first bytes come early.
 * @throws as Report's methods
 */
export async function* documentOrder(
  report: Report,
  sources: RootSources | undefined,
  start = 0,
): AsyncGenerator<ReportNode> {
  for (let from = start; from < report.counts.nodes; ) {
    const nodes = await report.nodes(from, from === start ? FIRST_PAGE_SIZE : PAGE_SIZE)
    for (const node of nodes) yield node.ordinal === 0 ? { ...node, ...sources } : node
    from += nodes.length
  }
}

/** How a format writes a node. */
export interface NodeWriter {
  heading(node: ReportNode): string
  /** Called only if the node has a diff that is not empty. */
  diff(node: ReportNode, summary: DiffSummary): AsyncIterable<string | Uint8Array>
}

/** Every node of a report in one format, in pieces. @throws as Report's methods */
export async function* writeNodes(
  report: Report,
  sources: RootSources | undefined,
  { heading, diff }: NodeWriter,
): AsyncGenerator<string | Uint8Array> {
  for await (const node of documentOrder(report, sources)) {
    yield heading(node)
    if (node.diff !== null && node.diff.sizeBytes > 0) yield* diff(node, node.diff)
  }
}
