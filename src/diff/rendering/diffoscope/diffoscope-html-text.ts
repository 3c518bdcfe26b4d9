/** The text of a line as HTML: spaces and tabs as diffoscope shows them, invisible characters spelled out. */
import { INVISIBLE_CLASS } from '../../../invisible-characters.ts'
import type { TextSegment } from '../../report/pairing/changed-words.ts'
import { spellOut } from '../escape.ts'

const SPACE = '<span class="dp">·</span>'
const TAB = '<span class="dp">»</span>'
const TAB_WIDTH = 8
const SPECIAL = new RegExp(`[&<>"${INVISIBLE_CLASS}]`, 'gu')

/**
 * The segments of one line, the changed ones inside `<element>`. Tabs are padded to columns of eight
 * characters.
 */
export function lineHtml(segments: readonly TextSegment[], element: 'del' | 'ins'): string {
  let html = ''
  let column = 0
  for (const { changed, text } of segments) {
    let at = 0
    const inner = text.replace(SPECIAL, (char, offset: number) => {
      column += offset - at
      at = offset + char.length
      const replacement = special(char, column)
      column += char === '\t' ? TAB_WIDTH - (column % TAB_WIDTH) : 1
      return replacement
    })
    column += text.length - at
    html += changed ? `<${element}>${inner}</${element}>` : inner
  }
  return html
}

function special(char: string, column: number): string {
  switch (char) {
    case ' ':
      return SPACE
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
      return `<em>${spellOut(char)}</em>`
  }
}

/** Appended to a last line without a line feed. */
export const NO_NEWLINE_HTML = `<br/><span class="dp">\\</span>${'No newline at end of file'.replaceAll(' ', SPACE)}`
