/** Which classes of noise explain the changed lines of a hunk. */
import type { Report, ReportHunk, ReportLine } from '../report/types.ts'
import type { PackageHiding } from './package-hiding.ts'
import type { NoiseClass } from './types.ts'

/** A line of a list or field that is longer is not understood, so it stays. In UTF-16 units. */
export const MAX_LINE_LENGTH = 65_536

/**
 * The classes that explain all lines; null if some line is not explained.
 * @param noiseOf the classes that explain one line; null if none does
 */
export async function linesNoise(
  report: Report,
  hunk: ReportHunk,
  noiseOf: (line: ReportLine) => readonly NoiseClass[] | null,
): Promise<readonly NoiseClass[] | null> {
  const classes = new Set<NoiseClass>()
  for await (const batch of report.lines(hunk, { maxTextLength: MAX_LINE_LENGTH }))
    for (const line of batch) {
      const isKnown = line.kind === 'context' || line.kind === 'added' || line.kind === 'removed'
      const noise = isKnown ? noiseOf(line) : null
      if (noise === null) return null
      for (const name of noise) classes.add(name)
    }
  return [...classes]
}

/** The same for a hunk of the file `control`, by the fields that its lines belong to. */
export function fieldLinesNoise(
  report: Report,
  hunk: ReportHunk,
  hiding: PackageHiding,
): Promise<readonly NoiseClass[] | null> {
  const fields = new FieldTracker()
  return linesNoise(report, hunk, (line) => {
    const name = fields.of(line)
    if (line.kind === 'context') return []
    return name === null ? null : hiding.field(name)
  })
}

/** Knows the field that each line of a control file belongs to. */
class FieldTracker {
  #old: string | null = null
  #new: string | null = null

  /** Null for a line that is no part of a field, or whose field began before the hunk. */
  of({ kind, text }: ReportLine): string | null {
    const current = kind === 'removed' ? this.#old : this.#new
    const name = /^[ \t]/.test(text) ? current : (/^([!-9;-~]+):/.exec(text)?.[1] ?? null)
    if (kind !== 'added') this.#old = name
    if (kind !== 'removed') this.#new = name
    return name
  }
}
