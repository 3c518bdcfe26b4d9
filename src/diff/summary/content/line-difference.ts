/** Lines that differ, whatever their order. */

/** Lines that stand one after the other on both sides. */
export interface CommonRun {
  /** Index of the first line. */
  readonly old: number
  readonly new: number
  readonly length: number
}

/** Shorter runs in the middle would lead astray: a line may stand anywhere. */
const MIN_RUN = 3

/**
 * Indexes of the lines that one side has more often than the other. Lines that stand together on both sides count as the same, so of several equal
 * lines those are named that came or went. Linear in the number of lines, whatever they are.
 */
export function lineDifference(
  oldLines: readonly string[],
  newLines: readonly string[],
): { removed: number[]; added: number[] } {
  const runs = commonRuns(oldLines, newLines)
  const one = outside(oldLines, runs, 'old')
  const other = outside(newLines, runs, 'new')
  return { removed: surplus(oldLines, one, newLines, other), added: surplus(newLines, other, oldLines, one) }
}

/**
 * Runs of lines that both texts have, in their order: at the beginning, at the end, and between them around lines that the new text has once. Not all there
 * are, but those that a few changes in a long text leave.
 */
export function commonRuns(oldLines: readonly string[], newLines: readonly string[]): CommonRun[] {
  const shorter = Math.min(oldLines.length, newLines.length)
  let start = 0
  while (start < shorter && oldLines[start] === newLines[start]) start += 1
  let end = 0
  while (end < shorter - start && oldLines[oldLines.length - 1 - end] === newLines[newLines.length - 1 - end])
    end += 1
  const [oldEnd, newEnd] = [oldLines.length - end, newLines.length - end]
  const runs = [{ old: 0, new: 0, length: start }]
  if (start < oldEnd && start < newEnd) addMiddleRuns(runs, oldLines, newLines, { start, oldEnd, newEnd })
  runs.push({ old: oldEnd, new: newEnd, length: end })
  return runs.filter(({ length }) => length > 0)
}

function addMiddleRuns(
  runs: CommonRun[],
  oldLines: readonly string[],
  newLines: readonly string[],
  { start, oldEnd, newEnd }: { readonly start: number; readonly oldEnd: number; readonly newEnd: number },
): void {
  const onceInNew = uniqueLines(newLines, start, newEnd)
  let [oldAt, newAt] = [start, start]
  for (let at = start; at < oldEnd; at += 1) {
    const line = oldLines[at] ?? ''
    const partner = onceInNew.get(line) ?? -1
    if (partner < newAt) continue
    let before = 0
    while (
      at - before > oldAt &&
      partner - before > newAt &&
      oldLines[at - before - 1] === newLines[partner - before - 1]
    )
      before += 1
    let after = 1
    while (
      at + after < oldEnd &&
      partner + after < newEnd &&
      oldLines[at + after] === newLines[partner + after]
    )
      after += 1
    if (before + after < MIN_RUN) continue
    runs.push({ old: at - before, new: partner - before, length: before + after })
    oldAt = at + after
    newAt = partner + after
    at = oldAt - 1
  }
}

/** Where each line stands that is there once; -1 for others. */
function uniqueLines(lines: readonly string[], start: number, end: number): Map<string, number> {
  const found = new Map<string, number>()
  for (let index = start; index < end; index += 1) {
    const line = lines[index] ?? ''
    found.set(line, found.has(line) ? -1 : index)
  }
  return found
}

/** Indexes of the lines that are in no run. */
function outside(lines: readonly string[], runs: readonly CommonRun[], side: 'old' | 'new'): number[] {
  const indexes: number[] = []
  let at = 0
  for (const run of [...runs, { old: lines.length, new: lines.length, length: 0 }]) {
    for (; at < run[side]; at += 1) indexes.push(at)
    at = run[side] + run.length
  }
  return indexes
}

function surplus(
  lines: readonly string[],
  indexes: readonly number[],
  others: readonly string[],
  otherIndexes: readonly number[],
): number[] {
  const counts = new Map<string, number>()
  for (const index of otherIndexes) {
    const line = others[index] ?? ''
    counts.set(line, (counts.get(line) ?? 0) + 1)
  }
  return indexes.filter((index) => {
    const line = lines[index] ?? ''
    const left = counts.get(line) ?? 0
    if (left > 0) counts.set(line, left - 1)
    return left === 0
  })
}
