/** A debdiff as an HTML fragment in the legacy service's layout, without a newline at the end. */
import { type DebdiffSection, NO_CONTROL_DIFFERENCES } from '../../debdiff/sections.ts'
import type { Segment } from '../../debdiff/wdiff-segments.ts'
import { escapeHtml, slices } from '../escape.ts'
import { type DebdiffWriter, joinLines } from './debdiff-writer.ts'

const REMOVED = 'color:red;font-weight:bold'
const ADDED = 'color:green;font-weight:bold'
/** The values of all `style` attributes in the fragment. */
export const DEBDIFF_STYLES: readonly string[] = [REMOVED, ADDED]

export const htmlPieces: DebdiffWriter = (sections) => joinLines(sections, htmlLines)

function* htmlLines(section: DebdiffSection): Generator<Iterable<string>, void, void> {
  if (section.title !== null) yield [`<h4>${escapeHtml(section.title)}</h4>`]
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
