/** What the formats of a debdiff have in common. */
import type { DebdiffSection } from '../../debdiff/sections.ts'
import type { BuildVersions } from '../../report/filter/boring-filter.ts'
import type { SectionHiding } from '../../summary/hide-debdiff.ts'

/** What a rendering depends on besides debdiff's output. */
export interface DebdiffOptions extends BuildVersions {
  readonly oldRunId: string
  readonly newRunId: string
  readonly filterBoring: boolean
  /** Hides noise; not combined with `filterBoring`. */
  readonly hiding?: SectionHiding | undefined
  /** See `RenderOptions`. */
  readonly isPage?: boolean
}

/** Writes sections in one format, in pieces. */
export type DebdiffWriter = (
  sections: AsyncIterable<DebdiffSection>,
  options: DebdiffOptions,
) => AsyncIterable<string>

/** The lines of a section in one format, each in pieces, because a line may be very long. */
export type SectionLines = (section: DebdiffSection) => Iterable<Iterable<string>>

/** The lines of all sections, joined by newlines, without a newline at the end. */
export async function* joinLines(
  sections: AsyncIterable<DebdiffSection> | Iterable<DebdiffSection>,
  linesOf: SectionLines,
): AsyncGenerator<string, void, void> {
  let separator = ''
  for await (const section of sections) {
    for (const line of linesOf(section)) {
      yield separator
      separator = '\n'
      yield* line
    }
  }
}
