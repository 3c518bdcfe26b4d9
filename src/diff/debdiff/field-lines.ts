/** A control field that differs as lines with marked words, from the values that the packages have. */
import { diffWordsInline } from '../report/pairing/changed-words.ts'
import type { Segment } from './wdiff-segments.ts'

/** The lines of both sides in one list. The first line begins with the field's name. */
export function fieldLines(field: {
  readonly name: string
  readonly old: string | null
  readonly new: string | null
}): Segment[][] {
  const { name, old, new: newer } = field
  const text = (value: string) => `${name}: ${value}`
  if (old === null || newer === null) {
    const kind = old === null ? 'added' : 'removed'
    return splitLines([{ kind, text: text(old ?? newer ?? '') }])
  }
  return splitLines(diffWordsInline(text(old), text(newer)))
}

/** Each list ends where a segment has a line feed, on whichever side it is. */
function splitLines(segments: readonly Segment[]): Segment[][] {
  const lines: Segment[][] = [[]]
  for (const { kind, text } of segments)
    for (const [index, piece] of text.split('\n').entries()) {
      if (index > 0) lines.push([])
      if (piece !== '') lines.at(-1)?.push({ kind, text: piece })
    }
  return lines
}
