/** Converts records of the index to the nodes and hunks of the report's contract. */

import type { HunkRecord, NodeRecord } from './index/records.ts'
import { plainHunkHeader } from './scan/diff-line.ts'
import { decodeText } from './scan/json-text.ts'
import type { ReportHunk, ReportNode } from './types.ts'

/** @param texts of the node, JSON-escaped */
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

/** @param header JSON-escaped; null if the record has no header or a plain one */
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
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(10, start)
    comments.push(decodeText(bytes, start, end))
    start = end + 1
  }
  return comments
}
