/** A debdiff as text: the filtered sections in debdiff's own format. */
import { type DebdiffSection, printSection } from '../../debdiff/sections.ts'
import { slices } from '../escape.ts'
import { joinLines } from './debdiff-writer.ts'

export function textPieces(
  sections: AsyncIterable<DebdiffSection> | Iterable<DebdiffSection>,
): AsyncGenerator<string, void, void> {
  return joinLines(sections, textLines)
}

function* textLines(section: DebdiffSection): Generator<Iterable<string>, void, void> {
  for (const line of printSection(section)) yield slices(line)
}
