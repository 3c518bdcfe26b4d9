/** What one line of a unified diff is, judged by its text alone. The index and the readers of lines share this, so that they agree. */

export interface HunkHeader {
  readonly kind: 'header'
  readonly oldStart: number
  readonly oldCount: number
  readonly newStart: number
  readonly newCount: number
}

export interface ContentLine {
  readonly kind: 'context' | 'added' | 'removed' | 'noNewline'
  /** Lines that this one stands for if its hunk turns out to be cut; 0 for all lines but `[ N lines removed ]`. */
  readonly elides: number
  /** The diff's inputs were too long for the tool: it compared their beginnings. */
  readonly inputCut: boolean
  /** Length of the mark in front of the text: 0 or 1. */
  readonly signLength: 0 | 1
}

const HEADER = /^@@ -(\d{1,15})(?:,(\d{1,15}))? \+(\d{1,15})(?:,(\d{1,15}))? @@/
const ELIDED = /^[-+]\[ (\d{1,9}) lines removed \]$/
const INPUT_CUT = /^[-+]\[ Too much input for diff \(SHA256: [0-9a-f]{64}\) \]$/

/** A hostile header's numbers may be larger than any file; the index keeps 32 bits. */
function bounded(digits: string | undefined): number {
  return Math.min(Number(digits), 0xffffffff)
}

/** How much of a line `readLine` looks at, in UTF-16 units. */
export const LINE_HEAD_LENGTH = 200

const PLAIN = {
  context: { kind: 'context', elides: 0, inputCut: false, signLength: 1 },
  added: { kind: 'added', elides: 0, inputCut: false, signLength: 1 },
  removed: { kind: 'removed', elides: 0, inputCut: false, signLength: 1 },
  noNewline: { kind: 'noNewline', elides: 0, inputCut: false, signLength: 1 },
  other: { kind: 'context', elides: 0, inputCut: false, signLength: 0 },
} as const satisfies Record<string, ContentLine>

/**
 * @param line without its line feed; what is behind `LINE_HEAD` units need not be there
 * @returns a line without any mark in front (no tool writes such) reads as context
 */
export function parseLine(line: string): HunkHeader | ContentLine {
  switch (line[0]) {
    case ' ':
      return PLAIN.context
    case '+':
    case '-': {
      const plain = line[0] === '+' ? PLAIN.added : PLAIN.removed
      if (line[1] !== '[') return plain
      const elided = ELIDED.exec(line)
      if (elided !== null) return { ...plain, elides: Number(elided[1]) }
      return INPUT_CUT.test(line) ? { ...plain, inputCut: true } : plain
    }
    case '@': {
      const header = HEADER.exec(line)
      if (header === null) return PLAIN.other
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
      return PLAIN.noNewline
    default:
      return PLAIN.other
  }
}

/** A hunk's header as `diff -u` writes it without a name of a function behind it. */
export function plainHunkHeader(hunk: Omit<HunkHeader, 'kind'>): string {
  const side = (start: number, count: number) => (count === 1 ? `${start}` : `${start},${count}`)
  return `@@ -${side(hunk.oldStart, hunk.oldCount)} +${side(hunk.newStart, hunk.newCount)} @@`
}
