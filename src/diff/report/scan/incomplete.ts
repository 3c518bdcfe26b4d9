/** Tells from a node's comments whether the tool could not compare all that there was. */
import type { IncompleteKind } from '../types.ts'

/** Longest part of a comment that is looked at and kept, in UTF-16 units. */
export const COMMENT_HEAD_LENGTH = 300

/** Learnt by making diffoscope 240 fail in each of these ways. */
const PATTERNS: readonly (readonly [IncompleteKind, RegExp])[] = [
  ['TIMEOUT', /^Timeout exceeded; details may be incomplete/],
  ['TOOL_MISSING', /^'?(?<tool>[^'\s]+)'? not available in path\. Falling back to/],
  ['EXTRACTION_FAILED', /^Error extracting /],
  ['COMMAND_FAILED', /^Command `'?(?<tool>[^'`\s]+)[^\n]*?'?` failed with exit code/],
  ['DEPTH_LIMIT', /^Reached max container depth/],
]

/** What kind of incompleteness a comment tells of, and of which program it speaks; null for an ordinary comment. */
export function classifyComment(comment: string): { kind: IncompleteKind; tool: string | null } | null {
  const head = comment.slice(0, COMMENT_HEAD_LENGTH)
  for (const [kind, pattern] of PATTERNS) {
    const match = pattern.exec(head)
    if (match !== null) return { kind, tool: match.groups?.tool ?? null }
  }
  return null
}

/** Kinds that mean that this very comparison went wrong, and may go right another time. */
export const FAILURE_KINDS: ReadonlySet<IncompleteKind> = new Set([
  'TIMEOUT',
  'EXTRACTION_FAILED',
  'COMMAND_FAILED',
])
