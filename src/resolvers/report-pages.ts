/** Pages of a report's nodes, hunks and lines. A cursor is the place of what it stands for, so it stays right as long as the report does. */
import type { Report, ReportHunk, ReportLine, ReportNode } from '../diff/report/types.ts'
import { UsageError } from '../errors.ts'

export interface Page<T> {
  readonly items: readonly { readonly node: T; readonly cursor: string }[]
  readonly hasNextPage: boolean
  readonly after: string | null
}

export interface PageArguments {
  readonly first: number
  readonly after?: string | null | undefined
}

/** Nodes below the root in document order; of those deeper than `maxDepth` none. */
export async function pageOfNodes(
  report: Report,
  { first, after, maxDepth }: PageArguments & { maxDepth?: number | null | undefined },
): Promise<Page<ReportNode>> {
  const found: ReportNode[] = []
  let from = after == null ? 1 : placeOf(after) + 1
  while (found.length <= first) {
    const batch = await report.nodes(from, Math.max(first + 1 - found.length, 50))
    for (let index = 0; index < batch.length && found.length <= first; ) {
      const node = batch[index] as ReportNode
      if (maxDepth == null || node.depth <= maxDepth) found.push(node)
      index += 1
      from = node.ordinal + 1
      // Nothing below a node at the greatest depth is wanted: go on behind its subtree.
      if (maxDepth != null && node.depth >= maxDepth && node.end > from) {
        from = node.end
        const behind = batch.findIndex((other) => other.ordinal >= node.end)
        index = behind < 0 ? batch.length : behind
      }
    }
    if (batch.length === 0) break
  }
  return pageOf(found, first, after, (node) => node.ordinal)
}

export async function pageOfChildren(report: Report, parent: number, { first, after }: PageArguments) {
  const page = { count: first + 1, ...(after != null && { after: placeOf(after) }) }
  return pageOf(await report.children(parent, page), first, after, (node) => node.ordinal)
}

export async function pageOfHunks(
  report: Report,
  node: number,
  { first, after }: PageArguments,
): Promise<Page<ReportHunk>> {
  const hunks = await report.hunks(node, after == null ? 0 : placeOf(after) + 1, first + 1)
  return pageOf(hunks, first, after, (hunk) => hunk.position)
}

export async function pageOfLines(
  report: Report,
  hunk: ReportHunk,
  { first, after }: PageArguments,
): Promise<Page<ReportLine & { readonly position: number }>> {
  const from = after == null ? 0 : placeOf(after) + 1
  const lines: (ReportLine & { readonly position: number })[] = []
  for await (const batch of report.lines(hunk, { from, count: first + 1, maxTextLength: MAX_LINE_LENGTH }))
    for (const line of batch) lines.push({ ...line, position: from + lines.length })
  return pageOf(lines, first, after, (line) => line.position)
}

/** A line of a minified file may be megabytes long; nobody reads that in one piece. */
const MAX_LINE_LENGTH = 10_000

function pageOf<T>(
  found: readonly T[],
  first: number,
  after: string | null | undefined,
  place: (item: T) => number,
): Page<T> {
  const items = found.slice(0, first).map((node) => ({ node, cursor: String(place(node)) }))
  return { items, hasNextPage: found.length > first, after: after ?? null }
}

function placeOf(cursor: string): number {
  if (!/^\d{1,10}$/.test(cursor)) throw new UsageError(`"${cursor}" is not a cursor of this list`)
  return Number(cursor)
}
