/** Records of the index as the nodes and hunks that readers see. */

import type { HunkRecord, NodeRecord } from './index/records.ts'
import { plainHunkHeader } from './scan/diff-line.ts'
import { decodeText } from './scan/json-text.ts'
import type { ReportHunk, ReportNode } from './types.ts'

/** @param texts of the node, still JSON-escaped */
export function toNode(
  ordinal: number,
  record: NodeRecord,
  texts: { readonly source1: Buffer; readonly source2: Buffer; readonly comments: Buffer },
): ReportNode {
  const { parent, depth, end, children, position, hasInternalLineNumbers, diff } = record
  return {
    ordinal,
    parent,
    depth,
    end,
    children,
    position,
    source1: decodeText(texts.source1),
    source2: decodeText(texts.source2),
    comments: splitComments(texts.comments),
    hasInternalLineNumbers,
    diff: diff && {
      hunks: diff.hunks,
      addedLines: diff.added,
      removedLines: diff.removed,
      sizeBytes: diff.end - diff.start,
      longestFence: diff.longestFence,
    },
    subtree: {
      nodes: end - ordinal,
      hunks: record.subtreeHunks,
      addedLines: record.subtreeAdded,
      removedLines: record.subtreeRemoved,
    },
  }
}

/** @param header where it is not what the hunk's numbers make, still JSON-escaped */
export function toHunk(record: HunkRecord, header: Buffer | null): ReportHunk {
  const { node, position, oldStart, oldCount, newStart, newCount, lines, cut, start, end } = record
  return {
    node,
    position,
    header: record.plainHeader ? plainHunkHeader(record) : header && decodeText(header),
    oldStart,
    oldCount,
    newStart,
    newCount,
    lines,
    addedLines: record.added,
    removedLines: record.removed,
    cut,
    startBytes: start,
    sizeBytes: end - start,
  }
}

function splitComments(bytes: Buffer): string[] {
  const comments: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(10, at)
    comments.push(decodeText(bytes, at, end))
    at = end + 1
  }
  return comments
}
