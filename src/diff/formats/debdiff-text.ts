/** A debdiff as text again, after the filter. */
import { printSection } from '../debdiff/sections.ts'
import type { DebdiffWriter } from './debdiff.ts'
import { slices } from './escape.ts'

export const textPieces: DebdiffWriter = async function* (sections) {
  let separator = ''
  for await (const section of sections) {
    for (const line of printSection(section)) {
      yield separator
      separator = '\n'
      yield* slices(line)
    }
  }
}
