/** A debdiff as Markdown in the legacy service's layout, without a newline at the end. */
import { type DebdiffSection, NO_CONTROL_DIFFERENCES } from '../../debdiff/sections.ts'
import { printSegments } from '../../debdiff/wdiff-segments.ts'
import { inertMarkdown, slices, visible } from '../escape.ts'
import { type DebdiffWriter, joinLines } from './debdiff-writer.ts'

export const markdownPieces: DebdiffWriter = (sections) => joinLines(sections, markdownLines)

function* markdownLines(section: DebdiffSection): Generator<Iterable<string>, void, void> {
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
      const [, sentence, name] = NO_CONTROL_DIFFERENCES.exec(line) ?? []
      if (name === undefined) yield pieces('', line, inertMarkdown)
      else yield [`${sentence} **${inertMarkdown(name)}**`]
    }
  }
}

function* pieces(
  prefix: string,
  text: string,
  makeInert: (slice: string) => string,
): Generator<string, void, void> {
  yield prefix
  for (const slice of slices(text)) yield makeInert(slice)
}
