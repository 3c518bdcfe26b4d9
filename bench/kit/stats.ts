/** @throws RangeError for no values */
export function median(values: readonly number[]): number {
  return share(values, 0.5)
}

/** The value below which that share of them lies (nearest rank). @throws RangeError for no values */
export function share(values: readonly number[], part: number): number {
  if (values.length === 0) throw new RangeError('there are no values')
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] as number
}
