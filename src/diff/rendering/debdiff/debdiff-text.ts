/** A debdiff as text again, after the filter. */
import { type DebdiffSection, printSection } from '../../debdiff/sections.ts'
import { slices } from '../escape.ts'

export async function* textPieces(
  sections: AsyncIterable<DebdiffSection>,
): AsyncGenerator<string, void, void> {
  let separator = ''
  for await (const section of sections) {
    for (const line of printSection(section)) {
      yield separator
      separator = '\n'
      yield* slices(line)
    }
  }
}
