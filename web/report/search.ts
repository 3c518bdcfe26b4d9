/** Moves through the matches of a search. */
import type { ReportPosition } from './position.ts'

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
  const next = from && inOrder.find((match) => isAfter(match, from, step))
  return next ?? inOrder[0] ?? null
}

/** Whether a match comes after a position; before it if `step` is -1. */
export function isAfter(match: ReportPosition, from: ReportPosition, step: 1 | -1 = 1): boolean {
  return compare(match, from) * step > 0
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
