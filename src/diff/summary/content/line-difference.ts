/** Lines that differ, whatever their order. */

/** Indexes of the lines that one side has more often than the other. Linear in the number of lines, whatever they are. */
export function lineDifference(
  oldLines: readonly string[],
  newLines: readonly string[],
): { removed: number[]; added: number[] } {
  return { removed: surplus(oldLines, newLines), added: surplus(newLines, oldLines) }
}

function surplus(lines: readonly string[], others: readonly string[]): number[] {
  const counts = new Map<string, number>()
  for (const line of others) counts.set(line, (counts.get(line) ?? 0) + 1)
  const indexes: number[] = []
  for (const [index, line] of lines.entries()) {
    const left = counts.get(line) ?? 0
    if (left > 0) counts.set(line, left - 1)
    else indexes.push(index)
  }
  return indexes
}
