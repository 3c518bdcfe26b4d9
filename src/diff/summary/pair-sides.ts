/** Pairs the packages of two runs for a summary: also across a change of architecture or name, so that their files are compared. */
import type { LocalPackage } from '../../model.ts'
import { type PackagePair, pairPackages } from '../making/package-pairs.ts'
import type { ReadPackage } from './changes.ts'
import type { PackageChangeKind } from './types.ts'

export interface SummaryPair {
  readonly old: ReadPackage | null
  readonly new: ReadPackage | null
  readonly kind: PackageChangeKind
}

/** A share of equal files from which two packages count as one under two names. */
const RENAMED_SHARE = 0.6

/** In the order of names. Each package is in exactly one pair. */
export function pairSides(
  old: readonly ReadPackage[],
  newer: readonly ReadPackage[],
  areFiles = false,
): SummaryPair[] {
  const [one, other] = [old[0], newer[0]]
  if (areFiles && one && other && old.length === 1 && newer.length === 1)
    return [{ old: one, new: other, kind: kindOfFiles(one.package, other.package) }]
  const byPath = new Map([...old, ...newer].map((one) => [one.package.path, one]))
  const read = (one: PackagePair['old']) => (one && byPath.get((one as ReadPackage['package']).path)) ?? null
  const pairs = pairPackages(
    old.map((one) => one.package),
    newer.map((one) => one.package),
  ).map((pair): SummaryPair => ({ old: read(pair.old), new: read(pair.new), kind: kindOf(pair) }))
  return pairLeftovers(pairLeftovers(pairs, isSameName, 'ARCHITECTURE_CHANGED'), isRenamed, 'RENAMED')
}

function kindOfFiles(old: LocalPackage, newer: LocalPackage): PackageChangeKind {
  if (old.package !== newer.package) return 'RENAMED'
  return old.architecture === newer.architecture ? 'CHANGED' : 'ARCHITECTURE_CHANGED'
}

function kindOf({ old, new: newer }: PackagePair): PackageChangeKind {
  return !old ? 'ADDED' : !newer ? 'REMOVED' : 'CHANGED'
}

/** Joins a package that is only on the old side with the one on the new side that `isPartner` accepts, if there is exactly one. */
function pairLeftovers(
  pairs: readonly SummaryPair[],
  isPartner: (old: ReadPackage, newer: ReadPackage) => boolean,
  kind: PackageChangeKind,
): SummaryPair[] {
  const added = pairs.flatMap((pair) => (pair.old === null && pair.new ? [pair.new] : []))
  const partners = new Map<ReadPackage, ReadPackage>()
  for (const { old, new: newer } of pairs) {
    if (!old || newer) continue
    const fitting = added.filter((one) => ![...partners.values()].includes(one) && isPartner(old, one))
    const [partner] = fitting
    if (partner && fitting.length === 1) partners.set(old, partner)
  }
  const taken = new Set(partners.values())
  return pairs.flatMap((pair): SummaryPair[] => {
    const partner = pair.old && partners.get(pair.old)
    if (partner) return [{ old: pair.old, new: partner, kind }]
    return pair.old === null && pair.new && taken.has(pair.new) ? [] : [pair]
  })
}

/** `all` on one side and an architecture on the other. Two architectures are two packages. */
function isSameName({ package: old }: ReadPackage, { package: newer }: ReadPackage): boolean {
  return (
    old.package === newer.package &&
    old.kind === newer.kind &&
    (old.architecture === 'all') !== (newer.architecture === 'all')
  )
}

/** A library with another SONAME number (`libtea1`, `libtea2`, `libtea1t64`), or mostly the same files. */
function isRenamed(old: ReadPackage, newer: ReadPackage): boolean {
  const [one, other] = [old.package, newer.package]
  if (
    one.architecture !== other.architecture ||
    one.kind !== other.kind ||
    isDebug(one.package) !== isDebug(other.package)
  )
    return false
  const stem = (name: string) => name.replace(/-dbgsym$/, '').replace(/[\d.]*(t64)?$/, '')
  if (/^lib/.test(one.package) && stem(one.package) === stem(other.package)) return true
  return sharedFiles(old, newer) >= RENAMED_SHARE
}

const isDebug = (name: string) => name.endsWith('-dbgsym')

/** The share of files with the same content, of the side that has more; files below `/usr/share/doc` do not count. */
function sharedFiles({ contents: old }: ReadPackage, { contents: newer }: ReadPackage): number {
  if (!old || !newer) return 0
  const checksums = ({ data }: NonNullable<ReadPackage['contents']>) => {
    const found: string[] = []
    for (const { sha256, path, sizeBytes } of data)
      if (sha256 && sizeBytes > 0 && !path.startsWith('usr/share/doc/')) found.push(sha256)
    return found
  }
  const [before, after] = [checksums(old), checksums(newer)]
  const known = new Set(before)
  const shared = after.filter((sha256) => known.has(sha256)).length
  return shared === 0 ? 0 : shared / Math.max(before.length, after.length)
}
