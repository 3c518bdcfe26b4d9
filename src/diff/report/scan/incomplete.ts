/** Recognizes comments that say that the tool could not compare everything. */
import type { IncompleteKind } from '../types.ts'

/** UTF-16 units at the beginning of a comment that are checked and stored. */
export const COMMENT_HEAD_LENGTH = 300

/** Found by making diffoscope 240 fail in each of these ways. */
const PATTERNS: readonly (readonly [IncompleteKind, RegExp])[] = [
  ['TIMEOUT', /^Timeout exceeded; details may be incomplete/],
  ['TOOL_MISSING', /^'?(?<tool>[^'\s]+)'? not available in path\. Falling back to/],
  ['EXTRACTION_FAILED', /^Error extracting /],
  ['COMMAND_FAILED', /^Command `'?(?<tool>[^'`\s]+)[^\n]*?'?` failed with exit code/],
  ['DEPTH_LIMIT', /^Reached max container depth/],
]

/** The kind of incompleteness, and the program that the comment names; null for any other comment. */
export function classifyComment(comment: string): { kind: IncompleteKind; tool: string | null } | null {
  const head = comment.slice(0, COMMENT_HEAD_LENGTH)
  for (const [kind, pattern] of PATTERNS) {
    const match = pattern.exec(head)
    if (match !== null) return { kind, tool: match.groups?.tool ?? null }
  }
  return null
}

/** Kinds that mean that this comparison failed in part and may succeed when it is repeated. */
export const FAILURE_KINDS: ReadonlySet<IncompleteKind> = new Set([
  'TIMEOUT',
  'EXTRACTION_FAILED',
  'COMMAND_FAILED',
])
