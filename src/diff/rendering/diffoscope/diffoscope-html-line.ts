/** The text of one line, in pieces: minified files have lines of megabytes. */
import type { Report, ReportHunk } from '../../report/types.ts'
import { escapeAttribute } from '../escape.ts'
import { type PositionUrl, restLink } from './diffoscope-html-rest-link.ts'
import { lineHtml } from './diffoscope-html-text.ts'
import { type LinePosition, unknownPosition } from './page-position.ts'

/** UTF-16 units of a piece: a few milliseconds' work even where each of them is to be escaped. */
const PIECE_LENGTH = 128 * 1024

/** @throws UsageError where the line is shorter; as Report's methods */
export async function linePart(
  report: Report,
  hunk: ReportHunk,
  place: LinePosition,
  url: PositionUrl | undefined,
): Promise<string> {
  const { line, unit } = place
  const { text, more } = await report.lineText(hunk, line, unit, PIECE_LENGTH).catch((error: unknown) => {
    throw error instanceof RangeError ? unknownPosition() : error
  })
  const whole = url?.({ ...place, unit: 0 })
  const beginning =
    unit === 0 || whole === undefined
      ? ''
      : `, <a href="${escapeAttribute(whole)}">which begins on another page</a>`
  const next = { ...place, unit: unit + text.length }
  return `<p>Characters ${(unit + 1).toLocaleString('en')} to ${next.unit.toLocaleString('en')} of a line${beginning}:</p>
<pre class="diffpresent"><span class="line">${lineHtml([{ changed: false, text }], 'ins')}${more ? restLink('line', url?.(next), '… more') : ''}</span></pre>
`
}
