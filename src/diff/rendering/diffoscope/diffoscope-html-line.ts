/** The text of one line on separate pages: minified files have lines of megabytes. */
import type { Report, ReportHunk } from '../../report/types.ts'
import { escapeAttribute } from '../escape.ts'
import { type PositionUrl, restLink } from './diffoscope-html-rest-link.ts'
import { lineHtml } from './diffoscope-html-text.ts'
import { type LinePosition, unknownPosition } from './page-position.ts'

/** UTF-16 units on one page. They take a few milliseconds even if every one must be escaped. */
const PIECE_LENGTH = 128 * 1024

/**
 * The text from a position to the end of the line or of the page.
 * @throws UsageError if the line is shorter; as Report's methods
 */
export async function linePart(
  report: Report,
  hunk: ReportHunk,
  position: LinePosition,
  url: PositionUrl | undefined,
): Promise<string> {
  const { line, unit } = position
  const { text, more } = await report.lineText(hunk, line, unit, PIECE_LENGTH).catch((error: unknown) => {
    throw error instanceof RangeError ? unknownPosition(position) : error
  })
  const start = url?.({ ...position, unit: 0 })
  const link =
    unit === 0 || start === undefined
      ? ''
      : `, <a href="${escapeAttribute(start)}">which begins on another page</a>`
  const next = { ...position, unit: unit + text.length }
  const rest = more ? restLink('line', url?.(next), '… more') : ''
  return `<p>Characters ${(unit + 1).toLocaleString('en')} to ${next.unit.toLocaleString('en')} of a line${link}:</p>
<pre class="diffpresent"><span class="line">${lineHtml([{ changed: false, text }], 'ins')}${rest}</span></pre>
`
}
