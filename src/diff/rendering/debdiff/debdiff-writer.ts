/** What the formats of a debdiff have in common. */
import type { DebdiffSection } from '../../debdiff/sections.ts'
import type { BuildVersions } from '../../report/filter/filter-rules.ts'

/** What a rendering of a debdiff depends on besides the debdiff. */
export interface DebdiffOptions extends BuildVersions {
  readonly oldRunId: string
  readonly newRunId: string
  readonly filterBoring: boolean
}

/** A format: sections in, pieces of text out, in order. */
export type DebdiffWriter = (
  sections: AsyncIterable<DebdiffSection>,
  options: DebdiffOptions,
) => AsyncIterable<string>
