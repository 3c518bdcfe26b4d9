/**
 * Parses one line of a unified diff, by its text alone. The index and the reading of lines use it, so they
 * agree.
 */

export interface HunkHeader {
  readonly kind: 'header'
  readonly oldStart: number
  readonly oldCount: number
  readonly newStart: number
  readonly newCount: number
}

export interface ContentLine {
  readonly kind: 'context' | 'added' | 'removed' | 'noNewline'
  /** N for a line `[ N lines removed ]`, else 0. The line stands for N lines if its hunk is cut. */
  readonly elides: number
  /** Whether the tool says here that the inputs were too long and that it compared only their beginnings. */
  readonly inputCut: boolean
  /** Length of the `+`, `-`, space or backslash before the text: 0 or 1. */
  readonly signLength: 0 | 1
}

const HEADER = /^@@ -(\d{1,15})(?:,(\d{1,15}))? \+(\d{1,15})(?:,(\d{1,15}))? @@/
const ELIDED = /^[-+]\[ (\d{1,9}) lines removed \]$/
const INPUT_CUT = /^[-+]\[ Too much input for diff \(SHA256: [0-9a-f]{64}\) \]$/

/** Numbers of a hostile header may exceed the 32 bits of the index. */
function bounded(digits: string | undefined): number {
  return Math.min(Number(digits), 0xffffffff)
}

/** UTF-16 units at the beginning of a line that `parseLine` needs. */
export const LINE_HEAD_LENGTH = 200

const LINES = {
  context: { kind: 'context', elides: 0, inputCut: false, signLength: 1 },
  added: { kind: 'added', elides: 0, inputCut: false, signLength: 1 },
  removed: { kind: 'removed', elides: 0, inputCut: false, signLength: 1 },
  noNewline: { kind: 'noNewline', elides: 0, inputCut: false, signLength: 1 },
  other: { kind: 'context', elides: 0, inputCut: false, signLength: 0 },
} as const satisfies Record<string, ContentLine>

/**
 * @param line without its line feed; may be cut after `LINE_HEAD_LENGTH` units
 * @returns a line that begins with none of the signs, which no tool writes, is a context line without a sign
 */
export function parseLine(line: string): HunkHeader | ContentLine {
  switch (line[0]) {
    case ' ':
      return LINES.context
    case '+':
    case '-': {
      const plain = line[0] === '+' ? LINES.added : LINES.removed
      if (line[1] !== '[') return plain
      const elided = ELIDED.exec(line)
      if (elided !== null) return { ...plain, elides: Number(elided[1]) }
      return INPUT_CUT.test(line) ? { ...plain, inputCut: true } : plain
    }
    case '@': {
      const header = HEADER.exec(line)
      if (header === null) return LINES.other
      const [, oldStart, oldCount = '1', newStart, newCount = '1'] = header
      return {
        kind: 'header',
        oldStart: bounded(oldStart),
        oldCount: bounded(oldCount),
        newStart: bounded(newStart),
        newCount: bounded(newCount),
      }
    }
    case '\\':
      return LINES.noNewline
    default:
      return LINES.other
  }
}

/** A hunk's header as `diff -u` writes it if no function name follows. */
export function plainHunkHeader(hunk: Omit<HunkHeader, 'kind'>): string {
  const side = (start: number, count: number) => (count === 1 ? `${start}` : `${start},${count}`)
  return `@@ -${side(hunk.oldStart, hunk.oldCount)} +${side(hunk.newStart, hunk.newCount)} @@`
}
