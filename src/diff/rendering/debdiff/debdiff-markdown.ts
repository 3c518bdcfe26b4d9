/** A debdiff as Markdown, laid out as the legacy contract has it: no newline at the end. */
import { type DebdiffSection, NO_CONTROL_DIFFERENCES } from '../../debdiff/sections.ts'
import { printSegments } from '../../debdiff/wdiff-segments.ts'
import { inertMarkdown, slices, visible } from '../escape.ts'
import type { DebdiffWriter } from './debdiff-writer.ts'

export const markdownPieces: DebdiffWriter = async function* (sections) {
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
  if (section.title !== null) yield [`### ${inertMarkdown(section.title)}`]
  if (section.kind === 'control') {
    for (const field of section.fields) {
      for (const line of field.lines) yield pieces('* ', printSegments(line), inertMarkdown)
    }
  } else if (section.kind !== 'note') {
    for (const line of section.lines) yield pieces('    ', line, visible)
  } else if (section.lines.length > 0) {
    yield ['']
    for (const line of section.lines) {
      const named = NO_CONTROL_DIFFERENCES.exec(line)
      if (named === null) yield pieces('', line, inertMarkdown)
      else yield [`${named[1]} **${inertMarkdown(named[2] as string)}**`]
    }
  }
}

function* pieces(
  prefix: string,
  text: string,
  escape: (slice: string) => string,
): Generator<string, void, void> {
  yield prefix
  for (const slice of slices(text)) yield escape(slice)
}
