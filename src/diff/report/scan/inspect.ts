/** Judges what the tool printed, before it is taken for a report. */

import type { IncompleteKind } from '../types.ts'
import { DiffScanner } from './diff-scanner.ts'
import { COMMENT_HEAD_LENGTH, classifyComment, FAILURE_KINDS } from './incomplete.ts'
import { decodeText } from './json-text.ts'
import { scanFile } from './scan-file.ts'

/** Kept of each list below; the rest is only counted by nobody: one is enough to judge. */
const MAX_SIGNS = 20

export interface Inspection {
  readonly sizeBytes: number
  /** SHA-256 of the file, in hexadecimal. */
  readonly digest: string
  readonly nodes: number
  /**
   * Comments (at most 300 characters each, the first 20) that tell that this comparison failed in part: the tool's time limit, a container
   * that could not be opened, a program that failed. Such a report is not the whole.
   */
  readonly failureComments: readonly string[]
  /** All kinds of incompleteness, also those that come with the tools installed or with the tool's own bounds (`TOOL_MISSING`, `DEPTH_LIMIT`, …). */
  readonly kinds: readonly IncompleteKind[]
}

/**
 * Whether a file is a whole diffoscope report of JSON version 1, and what it says of its own completeness. Reads it once, in bounded memory.
 * @throws DamagedReportError naming what is wrong and at which byte; the signal's reason.
 */
export async function inspectReport(path: string, signal?: AbortSignal): Promise<Inspection> {
  const failureComments: string[] = []
  const kinds = new Set<IncompleteKind>()
  let nodes = 0
  let comment = ''
  let diff: DiffScanner | null = null
  const diffVisitor = {
    checkpoint() {},
    hunk(hunk: { cut: boolean }) {
      if (hunk.cut) kinds.add('BLOCK_CUT')
    },
    inputCut() {
      kinds.add('INPUT_CUT')
    },
  }
  const { sizeBytes, digest } = await scanFile(
    path,
    {
      nodeStart: () => void nodes++,
      nodeEnd() {},
      internalLineNumbers() {},
      rootMember() {},
      text(member, bytes, from, to, last) {
        if (member !== 'comment') return void decodeText(bytes, from, to)
        comment = (comment + decodeText(bytes, from, to)).slice(0, COMMENT_HEAD_LENGTH)
        if (!last) return
        const found = classifyComment(comment)
        if (found !== null) {
          kinds.add(found.kind)
          if (FAILURE_KINDS.has(found.kind) && failureComments.length < MAX_SIGNS)
            failureComments.push(comment)
        }
        comment = ''
      },
      diff(bytes, from, to, offset, last) {
        diff ??= new DiffScanner(diffVisitor)
        const used = diff.consume(bytes, from, to, offset, last)
        if (last) diff = null
        return used
      },
    },
    { signal },
  )
  return { sizeBytes, digest, nodes, failureComments, kinds: [...kinds] }
}
