/** The text of a line as HTML: blanks and tabs shown as diffoscope shows them, what cannot be seen spelled out. */
import type { TextSegment } from '../../report/pairing/changed-words.ts'
import { UNSEEN_CLASS, unseen } from '../escape.ts'

const BLANK = '<span class="dp">·</span>'
const TAB = '<span class="dp">»</span>'
const TAB_WIDTH = 8
const SPECIAL = new RegExp(`[ \\t&<>"\\n${UNSEEN_CLASS}]`, 'g')

/**
 * The segments of one line, those that changed inside `<element>`. A tab is padded to the next of the columns that are eight
 * characters apart.
 */
export function lineHtml(segments: readonly TextSegment[], element: 'del' | 'ins'): string {
  let html = ''
  let column = 0
  for (const { changed, text } of segments) {
    let at = 0
    const inner = text.replace(SPECIAL, (char, offset: number) => {
      column += offset - at
      at = offset + 1
      const shown = special(char, column)
      column += char === '\t' ? TAB_WIDTH - (column % TAB_WIDTH) : 1
      return shown
    })
    column += text.length - at
    html += changed ? `<${element}>${inner}</${element}>` : inner
  }
  return html
}

function special(char: string, column: number): string {
  switch (char) {
    case ' ':
      return BLANK
    case '\t':
      return TAB + '\u00a0'.repeat(TAB_WIDTH - 1 - (column % TAB_WIDTH))
    case '&':
      return '&amp;'
    case '<':
      return '&lt;'
    case '>':
      return '&gt;'
    case '"':
      return '&quot;'
    default:
      return `<em>${unseen(char)}</em>`
  }
}

/** What stands behind a last line that no line feed ends. */
export const NO_NEWLINE_HTML = `<br/><span class="dp">\\</span>${'No newline at end of file'.replaceAll(' ', BLANK)}`
