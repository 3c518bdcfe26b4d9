/** A debdiff as an HTML fragment in the legacy service's layout, without a newline at the end; or a page with it. */
import { type DebdiffSection, NO_CONTROL_DIFFERENCES } from '../../debdiff/sections.ts'
import type { Segment } from '../../debdiff/wdiff-segments.ts'
import { escapeHtml, slices } from '../escape.ts'
import { DEBDIFF_PAGE_END, debdiffPageStart } from './debdiff-page.ts'
import { type DebdiffWriter, joinLines } from './debdiff-writer.ts'

const REMOVED = 'color:red;font-weight:bold'
const ADDED = 'color:green;font-weight:bold'
/** The values of all `style` attributes in the fragment. */
export const DEBDIFF_STYLES: readonly string[] = [REMOVED, ADDED]

export const htmlPieces: DebdiffWriter = async function* (sections, options) {
  if (!options.isPage) return yield* joinLines(sections, (section) => htmlLines(section, 'h4'))
  yield debdiffPageStart(options)
  yield* joinLines(sections, (section) => htmlLines(section, 'h2'))
  yield DEBDIFF_PAGE_END
}

/** @param heading the old service's `h4` would skip levels below the heading of a page */
function* htmlLines(section: DebdiffSection, heading: 'h2' | 'h4'): Generator<Iterable<string>, void, void> {
  if (section.title !== null) yield [`<${heading}>${escapeHtml(section.title)}</${heading}>`]
  if (section.kind === 'control') {
    yield ['<ul>']
    for (const field of section.fields) {
      let before = '<li><pre>'
      const last = field.lines.length - 1
      for (const [i, line] of field.lines.entries()) {
        yield fieldLine(before, line, i === last ? '</pre></li>' : '')
        before = ''
      }
    }
    yield ['</ul>']
  } else if (section.kind !== 'note') {
    yield ['<pre>']
    for (const line of section.lines) yield escaped(line)
    yield ['</pre>']
  } else if (section.lines.length > 0) {
    yield ['<p>']
    for (const line of section.lines) {
      const [, sentence, name] = NO_CONTROL_DIFFERENCES.exec(line) ?? []
      yield name === undefined ? escaped(line) : [`${sentence} <b>${escapeHtml(name)}</b>`]
    }
  }
}

function* fieldLine(before: string, line: readonly Segment[], after: string): Generator<string, void, void> {
  yield before
  for (const { kind, text } of line) {
    if (kind === 'equal') {
      yield* escaped(text)
      continue
    }
    yield `<span style="${kind === 'removed' ? REMOVED : ADDED}">`
    yield* escaped(text)
    yield '</span>'
  }
  yield after
}

function* escaped(text: string): Generator<string, void, void> {
  for (const slice of slices(text)) yield escapeHtml(slice)
}
