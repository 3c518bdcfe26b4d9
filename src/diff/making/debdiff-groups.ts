/**
 * Divides the packages of two runs into groups that debdiff can compare: of several packages of one name it
 * would only compare the last.
 */
import type { LocalPackage } from '../../model.ts'

export interface DebdiffGroup {
  readonly old: readonly LocalPackage[]
  readonly new: readonly LocalPackage[]
  /** What the packages of the group have in common; null for the group with all names. */
  readonly label: string | null
}

/** The first group has one package of each name. The others have further architectures of these names. */
export function debdiffGroups(
  oldPackages: readonly LocalPackage[],
  newPackages: readonly LocalPackage[],
): DebdiffGroup[] {
  const groups = new Map<string | null, { old: LocalPackage[]; new: LocalPackage[] }>()
  const group = (label: string | null) => {
    const found = groups.get(label) ?? { old: [], new: [] }
    groups.set(label, found)
    return found
  }
  group(null)
  for (const [one, label] of labelsOf(oldPackages, oldPackages, newPackages)) group(label).old.push(one)
  for (const [one, label] of labelsOf(newPackages, oldPackages, newPackages)) group(label).new.push(one)
  return [...groups.entries()]
    .sort(([a], [b]) => ((a ?? '') < (b ?? '') ? -1 : 1))
    .map(([label, packages]) => ({ ...packages, label }))
}

/** For each package of a side, the label of its group. */
function labelsOf(
  side: readonly LocalPackage[],
  oldPackages: readonly LocalPackage[],
  newPackages: readonly LocalPackage[],
): [LocalPackage, string | null][] {
  const seen = new Map<string, number>()
  return side.map((one) => {
    const main = mainArchitecture(one.package, oldPackages, newPackages)
    const key = `${one.package} ${one.architecture}`
    const count = (seen.get(key) ?? 0) + 1
    seen.set(key, count)
    // No build should have two packages of one name and architecture.
    const which = count === 1 ? '' : `, number ${count} of a name`
    if (main === null || (one.architecture === main && count === 1)) return [one, null]
    return [one, `architecture ${one.architecture}${which}`]
  })
}

/**
 * The architecture whose package of this name is in the first group: one that both sides have, if there is
 * one. Null if no side has two packages of the name.
 */
function mainArchitecture(
  name: string,
  oldPackages: readonly LocalPackage[],
  newPackages: readonly LocalPackage[],
): string | null {
  const of = (side: readonly LocalPackage[]) =>
    side.filter((one) => one.package === name).map(({ architecture }) => architecture)
  const [old, newer] = [of(oldPackages), of(newPackages)]
  if (old.length < 2 && newer.length < 2) return null
  const common = old.filter((architecture) => newer.includes(architecture))
  return [...(common.length > 0 ? common : [...old, ...newer])].sort()[0] ?? null
}
