/** Searches the loaded part of a report for text. */
import type { Content, Line } from './items.ts'
import type { ReportModel } from './model.ts'
import type { ReportPosition } from './position.ts'

/** A search stops after this many lines. */
export const MAX_MATCHES = 1000

/** The positions of the loaded lines that contain the text, ignoring case, top to bottom. */
export function searchLoaded(model: ReportModel, text: string): ReportPosition[] {
  const needle = text.toLowerCase()
  const matches: ReportPosition[] = []
  if (needle === '') return matches
  for (const { facts, hunkPages } of model.nodes())
    for (const hunk of hunkPages.flatMap((page) => page ?? []))
      for (const { content } of hunk.pieces)
        for (const { text: line, position } of content ? linesOf(content) : []) {
          if (!line.toLowerCase().includes(needle)) continue
          matches.push({ ordinal: facts.ordinal, hunk: hunk.facts.position, lines: [position, position] })
          if (matches.length === MAX_MATCHES) return matches
        }
  return matches
}

function linesOf(content: Content): readonly Line[] {
  if ('lines' in content) return content.lines
  // A line that is equal on both sides counts once.
  return content.rows.flatMap(({ kind, old, new: newer }) =>
    [old, kind === 'CONTEXT' ? null : newer].filter((line) => line !== null),
  )
}

/**
 * The first match after a position (before it if `step` is -1), else the first (last) of all; null without
 * matches.
 */
export function nextMatch(
  matches: readonly ReportPosition[],
  from: ReportPosition | null,
  step: 1 | -1,
): ReportPosition | null {
  const inOrder = step === 1 ? matches : [...matches].reverse()
  const next = from && inOrder.find((match) => compare(match, from) * step > 0)
  return next ?? inOrder[0] ?? null
}

/** Positive if `a` comes after `b`, negative if before. */
function compare(a: ReportPosition, b: ReportPosition): number {
  return (
    a.ordinal - b.ordinal || (a.hunk ?? -1) - (b.hunk ?? -1) || (a.lines?.[0] ?? -1) - (b.lines?.[0] ?? -1)
  )
}

/** The API's path pattern for what a user typed: text without wildcards may be anywhere in a path. */
export function globOf(text: string): string {
  const trimmed = text.trim()
  return /[*?]/.test(trimmed) ? trimmed : `**${trimmed}**`
}
