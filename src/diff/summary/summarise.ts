/** From two sets of packages to what changed and whether it matters. */

import { sameBytes } from '../making/same-bytes.ts'
import { RULES_VERSION } from '../summary-version.ts'
import type { FileChange, PackagePairChanges, ReadPackage, RunSide } from './changes.ts'
import { fileChanges } from './file-changes.ts'
import { compareMd5sums } from './md5sums.ts'
import { controlFields, packageNoise } from './package-noise.ts'
import { pairSides, type SummaryPair } from './pair-sides.ts'
import { RULES } from './rules/index.ts'
import { MD5SUMS_LIES } from './rules/md5sums-rule.ts'
import type { Match, RuleText } from './rules/rule.ts'
import { type RunPackage, runRules } from './rules/run-rules.ts'
import { SCRIPT_SYNTAX } from './rules/script-syntax-rule.ts'
import { type ShellOptions, scriptSyntax } from './script-syntax.ts'
import { shownPath, shownText } from './shown.ts'
import { packageSide, readRunSide } from './sides.ts'
import {
  type FileSummary,
  type Finding,
  type NoiseClass,
  type PackageSummary,
  SEVERITIES,
  type Summary,
  type Verdict,
} from './types.ts'

/**
 * Compares all packages of two runs.
 * @param options where maintainer scripts are checked; for `areFiles` see `RunPair.areFiles`
 * @throws errors of the system only: what cannot be read in a package is said in the summary
 */
export async function summarise(
  old: readonly ReadPackage[],
  newer: readonly ReadPackage[],
  options: ShellOptions & { readonly areFiles?: boolean },
): Promise<Summary> {
  const [oldRun, newRun] = await Promise.all([
    readRunSide(old.flatMap(({ contents }) => contents ?? [])),
    readRunSide(newer.flatMap(({ contents }) => contents ?? [])),
  ])
  const pairs = pairSides(old, newer, options.areFiles)
  const names = pairs.map(nameOf)
  const parts: PackagePart[] = []
  const packages: RunPackage[] = []
  for (const pair of pairs) {
    const name = nameOf(pair)
    const isAmbiguous = names.filter((other) => other === name).length > 1
    const architecture = (pair.new ?? pair.old)?.package.architecture ?? ''
    const label = isAmbiguous ? `${name}:${architecture}` : name
    const part = await summarisePair(label, pair, oldRun, newRun, options)
    parts.push(part)
    packages.push(runPackage(label, part.package.change, pair, oldRun, newRun))
  }
  const ofRuns = runRules.flatMap((rule) =>
    rule
      .run(packages)
      .map((match) =>
        findingOf(match.package, { rule: rule.id, severity: rule.severity, path: '', ...match }),
      ),
  )
  return assemble(parts, ofRuns)
}

/** The name by which a pair is known: the new one, where it has two. */
function nameOf(pair: SummaryPair): string {
  return (pair.new ?? pair.old)?.package.package ?? ''
}

function runPackage(
  label: string,
  kind: RunPackage['kind'],
  { old, new: newer }: SummaryPair,
  oldRun: RunSide,
  newRun: RunSide,
): RunPackage {
  return {
    label,
    kind,
    oldFilename: old?.package.filename ?? '',
    newFilename: newer?.package.filename ?? '',
    old: old?.contents ? packageSide(old.contents, oldRun) : null,
    new: newer?.contents ? packageSide(newer.contents, newRun) : null,
  }
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
  pair: SummaryPair,
  oldRun: RunSide,
  newRun: RunSide,
  shell: ShellOptions,
): Promise<PackagePart> {
  const { old, new: newer, kind } = pair
  if (!old || !newer) return { ...NOTHING, package: packageSummary(label, pair, kind, 'SUBSTANTIVE') }
  if (await sameBytes(old.package.path, newer.package.path))
    return { ...NOTHING, package: packageSummary(label, pair, 'IDENTICAL', 'IDENTICAL') }
  if (!old.contents || !newer.contents) return unreadable(label, pair)
  const sides = { label, old: packageSide(old.contents, oldRun), new: packageSide(newer.contents, newRun) }
  const files = await fileChanges(sides)
  const changes: PackagePairChanges = { ...sides, files, parents: parentsOf(files) }
  const md5sums = await compareMd5sums(changes)
  const read = [
    ...asRule(MD5SUMS_LIES, md5sums.matches),
    ...asRule(SCRIPT_SYNTAX, await scriptSyntax(changes, shell)),
  ]
  const findings = [...matchesOf(changes), ...read].map((match) => findingOf(label, match))
  const found = new Set(findings.map(({ path }) => path))
  const fileSummaries = files.map((change) => fileSummary(label, change, found))
  const undecided = [
    ...files.flatMap(({ undecided: reason }) => (reason === null ? [] : [shownText(reason)])),
    ...unprovenArchives(changes),
  ]
  const isSubstantive = findings.length > 0 || fileSummaries.some(({ substantive }) => substantive)
  const verdict = isSubstantive ? 'SUBSTANTIVE' : undecided.length > 0 ? 'UNDECIDED' : 'NOISE_ONLY'
  return {
    package: packageSummary(label, pair, kind, verdict),
    findings,
    files: fileSummaries,
    noise: noiseCounts(changes, md5sums.isEcho),
    undecided,
  }
}

/** Archives that are compressed in a form in which bytes may hide after the data, and that are not the same on both sides. */
function unprovenArchives({ old, new: newer }: PackagePairChanges): string[] {
  const before = old.contents.outer.members.map(({ hidden }) => hidden)
  return newer.contents.outer.members
    .filter(({ isProven, hidden }) => !isProven && !before.includes(hidden))
    .map(({ name }) => `Whether bytes hide behind the compressed data of ${name} is not known`)
}

type RuleMatch = Match & Pick<Finding, 'rule' | 'severity' | 'path'>

/** What the rules find in a pair of packages. */
function matchesOf(changes: PackagePairChanges): RuleMatch[] {
  return RULES.flatMap((rule) => {
    const ofFiles = changes.files.flatMap((change) =>
      (rule.file?.(change, changes) ?? []).map((match) => ({ path: change.path, ...match })),
    )
    return asRule(rule, [...ofFiles, ...(rule.package?.(changes) ?? [])])
  })
}

function asRule({ id, severity }: RuleText, matches: readonly Match[]): RuleMatch[] {
  return matches.map((match) => ({ rule: id, severity, path: '', ...match }))
}

function findingOf(
  label: string,
  { rule, severity, path, old = '', new: newer = '', message }: RuleMatch,
): Finding {
  return {
    rule,
    severity,
    package: label,
    path: shownPath(path),
    old: shownText(old),
    new: shownText(newer),
    message: shownText(message),
  }
}

/** All directories above files that came or went. */
function parentsOf(files: readonly FileChange[]): ReadonlySet<string> {
  const parents = new Set<string>()
  const paths = files.flatMap(({ path, oldPath, change }) =>
    change === 'CHANGED' && oldPath === null ? [] : [path, ...(oldPath === null ? [] : [oldPath])],
  )
  for (const path of paths)
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      if (parents.has(path.slice(0, at))) break
      parents.add(path.slice(0, at))
    }
  return parents
}

function noiseCounts(changes: PackagePairChanges, hasMd5Echo: boolean): Map<NoiseClass, number> {
  const counts = new Map<NoiseClass, number>()
  const add = (name: NoiseClass) => counts.set(name, (counts.get(name) ?? 0) + 1)
  for (const { noise } of changes.files) for (const name of noise) add(name)
  for (const name of packageNoise(changes)) add(name)
  if (hasMd5Echo) add('MD5SUMS')
  return counts
}

function fileSummary(label: string, change: FileChange, found: ReadonlySet<string>): FileSummary {
  const path = shownPath(change.path)
  const isSubstantive =
    (change.content?.changes.length ?? 0) > 0 ||
    change.hasModeChange ||
    change.hasOwnerChange ||
    found.has(path)
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
  { old, new: newer }: SummaryPair,
  change: PackageSummary['change'],
  verdict: Verdict,
): PackageSummary {
  return {
    package: label,
    change,
    verdict,
    oldVersion: versionOf(old),
    newVersion: versionOf(newer),
    oldArchitecture: old?.package.architecture ?? null,
    newArchitecture: newer?.package.architecture ?? null,
    oldSizeBytes: old?.package.sizeBytes ?? null,
    newSizeBytes: newer?.package.sizeBytes ?? null,
  }
}

/** With its epoch, which file names leave out; from the file name where the package cannot be read. */
function versionOf(side: ReadPackage | null): string | null {
  if (!side) return null
  return (side.contents && controlFields(side.contents).get('Version')) ?? side.package.version
}

const NOTHING = { findings: [], files: [], noise: new Map<NoiseClass, number>(), undecided: [] }

function unreadable(label: string, pair: SummaryPair): PackagePart {
  const reasons = [pair.old, pair.new].flatMap((side) =>
    side?.error ? [`${side.package.filename}: ${side.error}`] : [],
  )
  return { ...NOTHING, package: packageSummary(label, pair, pair.kind, 'UNDECIDED'), undecided: reasons }
}

function assemble(parts: readonly PackagePart[], ofRuns: readonly Finding[]): Summary {
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
    findings: [...ofRuns, ...parts.flatMap(({ findings }) => findings)].sort((a, b) => rank(a) - rank(b)),
    noise: [...noise]
      .map(([name, files]) => ({ class: name, files }))
      .sort((a, b) => (a.class < b.class ? -1 : 1)),
    packages: parts.map((part) => part.package),
    files: parts.flatMap(({ files }) => files),
    undecided: parts.flatMap(({ undecided }) => undecided),
  }
}
