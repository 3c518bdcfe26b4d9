/** Checks the tool's output before it is accepted as a report. */

import type { IncompleteKind } from '../types.ts'
import { DiffScanner } from './diff-scanner.ts'
import { COMMENT_HEAD_LENGTH, classifyComment, FAILURE_KINDS } from './incomplete.ts'
import { decodeText } from './json-text.ts'
import { scanFile } from './scan-file.ts'

/** One would suffice to reject a report; a few help to find the cause. */
const MAX_FAILURE_COMMENTS = 20
/** diffoscope keeps 25 lines of a program's standard error; most messages are one. */
const MAX_FAILURE_LENGTH = 2000

export interface Inspection {
  readonly sizeBytes: number
  /** SHA-256 of the file, in hexadecimal. */
  readonly digest: string
  readonly nodes: number
  /**
   * The first 20 comments that say that the comparison failed in part: the tool's time limit stopped it, a
   * container could not be opened, or a program failed. Each is followed by what the program printed, which
   * diffoscope writes as further comments: a line feed before each, at most 300 characters of each, and 2000
   * in all. The report is incomplete if there are any.
   */
  readonly failureComments: readonly string[]
  /** All kinds of incompleteness. */
  readonly kinds: readonly IncompleteKind[]
}

/**
 * Checks that a file is a complete diffoscope report of JSON version 1, and collects what it says about its
 * completeness. Reads the file once, in bounded memory.
 * @throws DamagedReportError with the defect and its byte offset; the signal's reason; file system errors
 */
export async function inspectReport(path: string, signal?: AbortSignal): Promise<Inspection> {
  const failureComments: string[] = []
  const kinds = new Set<IncompleteKind>()
  let nodes = 0
  let comment = ''
  /** Position in `failureComments` of the failure that further comments of the node belong to. */
  let failure: number | null = null
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
      nodeStart() {
        nodes++
        failure = null
      },
      nodeEnd() {
        failure = null
      },
      internalLineNumbers() {},
      rootMember() {},
      text(member, bytes, from, to, last) {
        if (member !== 'comment') return void decodeText(bytes, from, to)
        comment = (comment + decodeText(bytes, from, to)).slice(0, COMMENT_HEAD_LENGTH)
        if (!last) return
        const found = classifyComment(comment)
        if (found !== null) kinds.add(found.kind)
        if (found !== null && FAILURE_KINDS.has(found.kind)) {
          failure = failureComments.length < MAX_FAILURE_COMMENTS ? failureComments.length : null
          if (failure !== null) failureComments.push(comment)
        } else if (failure !== null) {
          failureComments[failure] = `${failureComments[failure]}\n${comment}`.slice(0, MAX_FAILURE_LENGTH)
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
