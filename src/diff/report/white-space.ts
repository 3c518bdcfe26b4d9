/** Whether changed lines differ in nothing but white space. */
import type { Report, ReportHunk } from './types.ts'

/** Hunks with more lines, and longer lines, are not examined. */
const MAX_LINES = 5_000
const MAX_LINE_LENGTH = 10_000
/**
 * What editors and formatters change. No other white space of Unicode: a no-break space in a script is
 * something that a reviewer must see.
 */
const WHITE_SPACE = /[ \t\r\v\f]+/g

/**
 * Whether each run of changed lines has the same lines on both sides, apart from spaces, tabs, carriage returns,
 * empty lines and a newline at the end. False for a hunk that is too long to tell.
 * @throws as `Report.lines`
 */
export async function isWhiteSpaceOnly(report: Report, hunk: ReportHunk): Promise<boolean> {
  if (hunk.cut || hunk.lines > MAX_LINES) return false
  let run = { removed: [] as string[], added: [] as string[] }
  const isEqual = () => run.removed.join('\n') === run.added.join('\n')
  for await (const batch of report.lines(hunk, { maxTextLength: MAX_LINE_LENGTH }))
    for (const { kind, text, textCut } of batch) {
      if (textCut > 0 || kind === 'elided') return false
      if (kind === 'context') {
        if (!isEqual()) return false
        run = { removed: [], added: [] }
      } else if (kind !== 'noNewline') {
        const content = text.replace(WHITE_SPACE, '')
        if (content !== '') run[kind].push(content)
      }
    }
  return isEqual()
}
