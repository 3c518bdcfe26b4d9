/** From two sets of packages to what changed and whether it matters. */

import { sameBytes } from '../making/same-bytes.ts'
import { RULES_VERSION } from '../summary-version.ts'
import type { ReadPackage, RunSide } from './changes.ts'
import { SummaryCollector } from './collector.ts'
import type { FileLists } from './file-lists.ts'
import { controlFields } from './package-noise.ts'
import { findingOf, PairComparison, type SummariseOptions } from './pair-comparison.ts'
import { pairSides, type SummaryPair } from './pair-sides.ts'
import { type RunPackage, runRules } from './rules/run-rules.ts'
import { packageSide, readRunSide } from './sides.ts'
import {
  type Finding,
  type NoiseClass,
  type Omitted,
  type PackageSummary,
  SEVERITIES,
  type Summary,
  type Verdict,
} from './types.ts'

/** A summary, with the files that came, went or have other attributes, in packages on one side too. */
export interface SummaryWithFiles {
  readonly summary: Summary
  readonly lists: FileLists
}

/**
 * Compares all packages of two runs.
 * @throws errors of the system, and of tools that unpack a package again: what cannot be read in a package is said in the summary
 */
export async function summarise(
  old: readonly ReadPackage[],
  newer: readonly ReadPackage[],
  options: SummariseOptions,
): Promise<SummaryWithFiles> {
  const [oldRun, newRun] = await Promise.all([
    readRunSide(old.flatMap(({ contents }) => contents ?? [])),
    readRunSide(newer.flatMap(({ contents }) => contents ?? [])),
  ])
  const pairs = pairSides(old, newer, options.areFiles)
  const names = pairs.map(nameOf)
  const collector = new SummaryCollector()
  const summaries: PackageSummary[] = []
  const packages: RunPackage[] = []
  for (const pair of pairs) {
    const name = nameOf(pair)
    const isAmbiguous = names.filter((other) => other === name).length > 1
    const architecture = (pair.new ?? pair.old)?.package.architecture ?? ''
    const label = isAmbiguous ? `${name}:${architecture}` : name
    const summary = await summarisePair(label, pair, { oldRun, newRun, options, collector })
    summaries.push(summary)
    packages.push(runPackage(label, summary.change, pair, oldRun, newRun))
  }
  const ofRuns = new SummaryCollector()
  for (const finding of runFindings(packages)) ofRuns.addFinding(finding)
  return { summary: assemble(summaries, collector, ofRuns), lists: collector.lists.build() }
}

function runFindings(packages: readonly RunPackage[]): Finding[] {
  return runRules.flatMap((rule) =>
    rule
      .run(packages)
      .map((match) =>
        findingOf(match.package, { rule: rule.id, severity: rule.severity, path: '', ...match }),
      ),
  )
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

/** What the pairs of a comparison have in common. */
interface RunComparison {
  readonly oldRun: RunSide
  readonly newRun: RunSide
  readonly options: SummariseOptions
  readonly collector: SummaryCollector
}

async function summarisePair(
  label: string,
  pair: SummaryPair,
  { oldRun, newRun, options, collector }: RunComparison,
): Promise<PackageSummary> {
  const { old, new: newer, kind } = pair
  if (!old || !newer) {
    collector.lists.addPackage(label, pair)
    return packageSummary(label, pair, kind, 'SUBSTANTIVE')
  }
  if (await isSamePackage(old, newer)) return packageSummary(label, pair, 'IDENTICAL', 'IDENTICAL')
  if (!old.contents || !newer.contents) {
    for (const { package: one, error } of [old, newer]) {
      if (error === null) continue
      const reason = `${one.filename}: ${error}`
      collector.addUndecided(reason)
      collector.lists.addUnread(reason)
    }
    return packageSummary(label, pair, kind, 'UNDECIDED')
  }
  const sides = { label, old: packageSide(old.contents, oldRun), new: packageSide(newer.contents, newRun) }
  const { verdict, noise } = await new PairComparison(sides, collector, options).run()
  return packageSummary(label, pair, kind, verdict, noise)
}

async function isSamePackage(old: ReadPackage, newer: ReadPackage): Promise<boolean> {
  return old.contents && newer.contents
    ? old.contents.sha256 === newer.contents.sha256
    : sameBytes(old.package.path, newer.package.path)
}

function packageSummary(
  label: string,
  { old, new: newer }: SummaryPair,
  change: PackageSummary['change'],
  verdict: Verdict,
  noise: readonly NoiseClass[] = [],
): PackageSummary {
  return {
    package: label,
    change,
    verdict,
    noise,
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

function assemble(
  packages: readonly PackageSummary[],
  collector: SummaryCollector,
  ofRuns: SummaryCollector,
): Summary {
  const verdicts = packages.map(({ verdict }) => verdict)
  const worst =
    (['SUBSTANTIVE', 'UNDECIDED', 'NOISE_ONLY'] as const).find((verdict) => verdicts.includes(verdict)) ??
    'IDENTICAL'
  const rank = ({ severity }: Finding) => SEVERITIES.indexOf(severity)
  const omitted = addOmitted(collector.omitted, ofRuns.omitted)
  return {
    version: 1,
    rulesVersion: RULES_VERSION,
    verdict: worst,
    findings: [...ofRuns.findings, ...collector.findings].sort((a, b) => rank(a) - rank(b)),
    noise: collector.noise,
    packages,
    fields: collector.fields,
    files: collector.files,
    undecided: collector.undecided,
    ...(omitted && { omitted }),
  }
}

function addOmitted(one: Omitted | undefined, other: Omitted | undefined): Omitted | undefined {
  if (!one || !other) return one ?? other
  return {
    findings: one.findings + other.findings,
    files: one.files + other.files,
    undecided: one.undecided + other.undecided,
  }
}
