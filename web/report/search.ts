/** Looks for text in what is loaded of a report. */
import type { Line, ReportModel } from './model.ts'
import type { ReportPlace } from './place.ts'

/** At most so many places. */
const MAX_FOUND = 1000

/** Places of loaded lines that hold the text, in upper or lower case, top to bottom. */
export function searchLoaded(model: ReportModel, text: string): ReportPlace[] {
  const needle = text.toLowerCase()
  const found: ReportPlace[] = []
  if (needle === '') return found
  for (const { facts, hunkPages } of model.nodes())
    for (const hunk of hunkPages.flatMap((page) => page ?? []))
      for (const { content } of hunk.pieces)
        for (const { text: line, position } of content ? linesOf(content) : []) {
          if (!line.toLowerCase().includes(needle)) continue
          found.push({ ordinal: facts.ordinal, hunk: hunk.facts.position, lines: [position, position] })
          if (found.length === MAX_FOUND) return found
        }
  return found
}

type Content = NonNullable<NonNullable<ReturnType<ReportModel['piece']>>['content']>

function linesOf(content: Content): readonly Line[] {
  if ('lines' in content) return content.lines
  // A line that is the same on both sides counts once.
  return content.rows.flatMap(({ kind, old, new: fresh }) =>
    [old, kind === 'CONTEXT' ? null : fresh].filter((line) => line !== null),
  )
}

/** The first place behind another one, or the first of all. @param step -1: the last one ahead of it */
export function nextFound(
  found: readonly ReportPlace[],
  from: ReportPlace | null,
  step: 1 | -1,
): ReportPlace | null {
  if (found.length === 0) return null
  const order = (place: ReportPlace) => [place.ordinal, place.hunk ?? -1, place.lines?.[0] ?? -1] as const
  const isBehind = (place: ReportPlace) => {
    const [a, b] = [order(place), order(from as ReportPlace)]
    const at = a.findIndex((part, index) => part !== b[index])
    return at >= 0 && ((a[at] as number) - (b[at] as number)) * step > 0
  }
  const inOrder = step === 1 ? found : [...found].reverse()
  return (from && inOrder.find(isBehind)) ?? inOrder[0] ?? null
}

/** What somebody writes to find a path, as a pattern of the API: words are parts of it, stars and question marks are stars and question marks. */
export function globOf(text: string): string {
  const trimmed = text.trim()
  return /[*?]/.test(trimmed) ? trimmed : `**${trimmed}**`
}
