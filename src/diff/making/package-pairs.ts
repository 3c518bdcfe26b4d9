import type { Binary } from '../../model.ts'

/** A package of two runs: both sides, or one if the other run did not build it. */
export type PackagePair<B extends Binary = Binary> =
  | { readonly old: B; readonly new: B }
  | { readonly old: B; readonly new: null }
  | { readonly old: null; readonly new: B }

/**
 * Pairs the packages of two runs by name, architecture and kind, in name order. If a run has several packages
 * of one name, which no build should produce, those of equal version are paired first, then the others in
 * order. Every package is in exactly one pair.
 * @param areFiles pairs the only package of each side whatever their names: see `RunPair.areFiles`
 */
export function pairPackages<B extends Binary>(
  oldSide: readonly B[],
  newSide: readonly B[],
  areFiles = false,
): PackagePair<B>[] {
  const [old, newer] = [oldSide[0], newSide[0]]
  if (areFiles && old && newer && oldSide.length === 1 && newSide.length === 1) return [{ old, new: newer }]
  const groups = new Map<string, { old: B[]; new: B[] }>()
  const group = (binary: B) => {
    // None of the three contains a blank, and a blank sorts before their characters: `lib` before `lib-dev`.
    const key = `${binary.package} ${binary.architecture} ${binary.kind}`
    const found = groups.get(key) ?? { old: [], new: [] }
    groups.set(key, found)
    return found
  }
  for (const binary of oldSide) group(binary).old.push(binary)
  for (const binary of newSide) group(binary).new.push(binary)
  return [...groups.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, { old, new: newer }]) => pairGroup(old, newer))
}

function pairGroup<B extends Binary>(oldSide: B[], newSide: B[]): PackagePair<B>[] {
  const rest = [...newSide]
  const pairs: PackagePair<B>[] = []
  const take = (index: number) => (index < 0 ? undefined : rest.splice(index, 1)[0])
  const unmatched: B[] = []
  for (const old of oldSide) {
    const same = take(rest.findIndex((binary) => binary.version === old.version))
    if (same) pairs.push({ old, new: same })
    else unmatched.push(old)
  }
  for (const old of unmatched) {
    const next = rest.shift()
    pairs.push(next ? { old, new: next } : { old, new: null })
  }
  return [...pairs, ...rest.map((binary) => ({ old: null, new: binary }) as const)]
}

/** The name of the package. */
export function pairName(pair: PackagePair): string {
  return (pair.new ?? pair.old).package
}
