/** From two sets of packages to what changed and whether it matters. */

import type { LocalPackage } from '../../model.ts'
import { pairName, pairPackages } from '../making/package-pairs.ts'
import { sameBytes } from '../making/same-bytes.ts'
import type { PackageContents } from '../package/read-package.ts'
import type { FileChange, PackagePairChanges, RunSide } from './changes.ts'
import { fileChanges } from './file-changes.ts'
import { compareMd5sums } from './md5sums.ts'
import { packageNoise } from './package-noise.ts'
import { RULES, RULES_VERSION } from './rules/index.ts'
import { shownPath, shownText } from './shown.ts'
import { packageSide, readRunSide } from './sides.ts'
import {
  type FileSummary,
  type Finding,
  type NoiseClass,
  type PackageSummary,
  SEVERITIES,
  type Severity,
  type Summary,
  type Verdict,
} from './types.ts'

/** A package with its contents, as `readPackage` returns them. */
export interface ReadPackage {
  readonly package: LocalPackage
  /** Null where it could not be read; then `error` says why. */
  readonly contents: PackageContents | null
  readonly error: string | null
}

/**
 * Compares all packages of two runs.
 * @throws errors of the system only: what cannot be read in a package is said in the summary
 */
export async function summarise(
  old: readonly ReadPackage[],
  newer: readonly ReadPackage[],
): Promise<Summary> {
  const [oldRun, newRun] = await Promise.all([
    readRunSide(old.flatMap(({ contents }) => contents ?? [])),
    readRunSide(newer.flatMap(({ contents }) => contents ?? [])),
  ])
  const byPath = new Map([...old, ...newer].map((one) => [one.package.path, one]))
  const pairs = pairPackages(
    old.map((one) => one.package),
    newer.map((one) => one.package),
  )
  const names = pairs.map((pair) => pairName(pair))
  const parts: PackagePart[] = []
  for (const pair of pairs) {
    const name = pairName(pair)
    const label =
      names.filter((other) => other === name).length > 1
        ? `${name}:${(pair.new ?? pair.old).architecture}`
        : name
    const one = pair.old && (byPath.get(pair.old.path) as ReadPackage)
    const other = pair.new && (byPath.get(pair.new.path) as ReadPackage)
    parts.push(await summarisePair(label, one, other, oldRun, newRun))
  }
  return assemble(parts)
}

interface PackagePart {
  readonly package: PackageSummary
  readonly findings: readonly Finding[]
  readonly files: readonly FileSummary[]
  readonly noise: ReadonlyMap<NoiseClass, number>
  readonly undecided: readonly string[]
}

async function summarisePair(
  label: string,
  old: ReadPackage | null,
  newer: ReadPackage | null,
  oldRun: RunSide,
  newRun: RunSide,
): Promise<PackagePart> {
  if (!old || !newer) return onOneSide(label, old, newer)
  if (await sameBytes(old.package.path, newer.package.path)) return identical(label, old, newer)
  if (!old.contents || !newer.contents) return unreadable(label, old, newer)
  const pair = { label, old: packageSide(old.contents, oldRun), new: packageSide(newer.contents, newRun) }
  const files = await fileChanges(pair)
  const changes: PackagePairChanges = { ...pair, files }
  const md5sums = await compareMd5sums(changes)
  const matches = [
    ...RULES.flatMap((rule) => [
      ...files.flatMap((change) =>
        (rule.file?.(change, changes) ?? []).map((match) => ({
          rule: rule.id,
          severity: rule.severity,
          path: change.path,
          ...match,
        })),
      ),
      ...(rule.package?.(changes) ?? []).map((match) => ({
        rule: rule.id,
        severity: rule.severity,
        path: '',
        ...match,
      })),
    ]),
    ...md5sums.matches.map((match) => ({
      rule: 'MD5SUMS_LIES',
      severity: 'BAD' as Severity,
      path: '',
      ...match,
    })),
  ]
  const findings = matches.map(
    ({ rule, severity, path, old: before = '', new: after = '', message }): Finding => ({
      rule,
      severity,
      package: label,
      path: shownPath(path),
      old: shownText(before),
      new: shownText(after),
      message: shownText(message),
    }),
  )
  const fileSummaries = files.map((change) => fileSummary(label, change, findings))
  const noise = noiseCounts(changes, md5sums.isEcho)
  const undecided = files.flatMap(({ undecided: reason }) => (reason === null ? [] : [shownText(reason)]))
  const isSubstantive = findings.length > 0 || fileSummaries.some(({ substantive }) => substantive)
  return {
    package: packageSummary(
      label,
      old,
      newer,
      'CHANGED',
      isSubstantive ? 'SUBSTANTIVE' : undecided.length > 0 ? 'UNDECIDED' : 'NOISE_ONLY',
    ),
    findings,
    files: fileSummaries,
    noise,
    undecided,
  }
}

function noiseCounts(changes: PackagePairChanges, hasMd5Echo: boolean): Map<NoiseClass, number> {
  const counts = new Map<NoiseClass, number>()
  const add = (name: NoiseClass) => counts.set(name, (counts.get(name) ?? 0) + 1)
  for (const { noise } of changes.files) for (const name of noise) add(name)
  for (const name of packageNoise(changes)) add(name)
  if (hasMd5Echo) add('MD5SUMS')
  return counts
}

function fileSummary(label: string, change: FileChange, findings: readonly Finding[]): FileSummary {
  const path = shownPath(change.path)
  const isSubstantive =
    (change.content?.changes.length ?? 0) > 0 ||
    change.hasModeChange ||
    change.hasOwnerChange ||
    findings.some((one) => one.path === path)
  return {
    package: label,
    path,
    ...(change.oldPath !== null && { oldPath: shownPath(change.oldPath) }),
    change: change.change,
    noise: [...change.noise].sort(),
    substantive: isSubstantive,
  }
}

function packageSummary(
  label: string,
  old: ReadPackage | null,
  newer: ReadPackage | null,
  change: PackageSummary['change'],
  verdict: Verdict,
): PackageSummary {
  return {
    package: label,
    change,
    verdict,
    oldVersion: old?.package.version ?? null,
    newVersion: newer?.package.version ?? null,
    oldArchitecture: old?.package.architecture ?? null,
    newArchitecture: newer?.package.architecture ?? null,
    oldSizeBytes: old?.package.sizeBytes ?? null,
    newSizeBytes: newer?.package.sizeBytes ?? null,
  }
}

const NOTHING = { findings: [], files: [], noise: new Map<NoiseClass, number>(), undecided: [] }

function identical(label: string, old: ReadPackage, newer: ReadPackage): PackagePart {
  return { ...NOTHING, package: packageSummary(label, old, newer, 'IDENTICAL', 'IDENTICAL') }
}

function onOneSide(label: string, old: ReadPackage | null, newer: ReadPackage | null): PackagePart {
  const isAdded = old === null
  const finding: Finding = {
    rule: isAdded ? 'PACKAGE_ADDED' : 'PACKAGE_REMOVED',
    severity: 'VERIFY',
    package: label,
    path: '',
    old: old?.package.filename ?? '',
    new: newer?.package.filename ?? '',
    message: isAdded ? 'The package is new.' : 'The package is not built any more.',
  }
  return {
    ...NOTHING,
    package: packageSummary(label, old, newer, isAdded ? 'ADDED' : 'REMOVED', 'SUBSTANTIVE'),
    findings: [finding],
  }
}

function unreadable(label: string, old: ReadPackage, newer: ReadPackage): PackagePart {
  const reasons = [old, newer].flatMap(({ package: one, error }) =>
    error === null ? [] : [`${one.filename}: ${error}`],
  )
  return {
    ...NOTHING,
    package: packageSummary(label, old, newer, 'CHANGED', 'UNDECIDED'),
    undecided: reasons,
  }
}

function assemble(parts: readonly PackagePart[]): Summary {
  const noise = new Map<NoiseClass, number>()
  for (const part of parts)
    for (const [name, count] of part.noise) noise.set(name, (noise.get(name) ?? 0) + count)
  const verdicts = parts.map(({ package: { verdict } }) => verdict)
  const worst =
    (['SUBSTANTIVE', 'UNDECIDED', 'NOISE_ONLY'] as const).find((verdict) => verdicts.includes(verdict)) ??
    'IDENTICAL'
  const rank = ({ severity }: Finding) => SEVERITIES.indexOf(severity)
  return {
    version: 1,
    rulesVersion: RULES_VERSION,
    verdict: worst,
    findings: parts.flatMap(({ findings }) => findings).sort((a, b) => rank(a) - rank(b)),
    noise: [...noise]
      .map(([name, files]) => ({ class: name, files }))
      .sort((a, b) => (a.class < b.class ? -1 : 1)),
    packages: parts.map((part) => part.package),
    files: parts.flatMap(({ files }) => files),
    undecided: parts.flatMap(({ undecided }) => undecided),
  }
}
