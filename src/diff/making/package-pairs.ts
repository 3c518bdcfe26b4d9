import type { Binary } from '../../model.ts'

/** What two runs have of one package: both sides, or one where the other built none. */
export type PackagePair<B extends Binary = Binary> =
  | { readonly old: B; readonly new: B }
  | { readonly old: B; readonly new: null }
  | { readonly old: null; readonly new: B }

/**
 * Pairs the packages of two runs by name, architecture and kind, in name order. Of several of one name on a side (a build should
 * not make them), those of equal version are paired first, then the rest in order; what is left over stands alone, never dropped.
 */
export function pairPackages<B extends Binary>(
  oldSide: readonly B[],
  newSide: readonly B[],
): PackagePair<B>[] {
  const groups = new Map<string, { old: B[]; new: B[] }>()
  const group = (binary: B) => {
    // A blank is in none of the three and sorts ahead of all that is: `lib` comes before `lib-dev`.
    const key = `${binary.package} ${binary.architecture} ${binary.kind}`
    let found = groups.get(key)
    if (!found) groups.set(key, (found = { old: [], new: [] }))
    return found
  }
  for (const binary of oldSide) group(binary).old.push(binary)
  for (const binary of newSide) group(binary).new.push(binary)
  return [...groups.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, { old, new: fresh }]) => pairGroup(old, fresh))
}

function pairGroup<B extends Binary>(oldSide: B[], newSide: B[]): PackagePair<B>[] {
  const rest = [...newSide]
  const pairs: PackagePair<B>[] = []
  const take = (index: number) => (index < 0 ? undefined : rest.splice(index, 1)[0])
  const alone: B[] = []
  for (const old of oldSide) {
    const same = take(rest.findIndex((binary) => binary.version === old.version))
    if (same) pairs.push({ old, new: same })
    else alone.push(old)
  }
  for (const old of alone) {
    const next = rest.shift()
    pairs.push(next ? { old, new: next } : { old, new: null })
  }
  return [...pairs, ...rest.map((binary) => ({ old: null, new: binary }) as const)]
}

/** The name by which people know a pair: the package's. */
export function pairName(pair: PackagePair): string {
  return (pair.new ?? pair.old).package
}
