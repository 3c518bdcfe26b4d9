/** A debdiff as a piece of HTML for embedding, laid out as the legacy contract has it: no newline at the end. */
import { type DebdiffSection, NO_CONTROL_DIFFERENCES } from '../../debdiff/sections.ts'
import type { Segment } from '../../debdiff/wdiff-segments.ts'
import { escapeHtml, slices } from '../escape.ts'
import type { DebdiffWriter } from './debdiff-writer.ts'

const REMOVED = 'color:red;font-weight:bold'
const ADDED = 'color:green;font-weight:bold'
/** All `style` attributes that it has. */
export const DEBDIFF_STYLES: readonly string[] = [REMOVED, ADDED]

export const htmlPieces: DebdiffWriter = async function* (sections) {
  let separator = ''
  for await (const section of sections) {
    for (const line of linesOf(section)) {
      yield separator
      separator = '\n'
      yield* line
    }
  }
}

/** Each line as its pieces. */
function* linesOf(section: DebdiffSection): Generator<Iterable<string>, void, void> {
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
      const named = NO_CONTROL_DIFFERENCES.exec(line)
      yield named === null ? escaped(line) : [`${named[1]} <b>${escapeHtml(named[2] as string)}</b>`]
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
