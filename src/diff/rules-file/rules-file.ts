/** Applies a rules file to summaries: changes severities and marks expected findings. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { UsageError } from '../../errors.ts'
import type { Run } from '../../model.ts'
import { pathGlob } from '../report/path-glob.ts'
import { hasOnlyFieldChanges } from '../summary/control-file.ts'
import {
  type ExpectedFindings,
  type Finding,
  type PackageSummary,
  SEVERITIES,
  type Summary,
  type Verdict,
} from '../summary/types.ts'
import { parseRulesFile, type RulesEntry } from './parse-rules-file.ts'

/** Longer files are not written by people. */
const MAX_BYTES = 1 << 20
/** Problems that one message lists. */
const MAX_PROBLEMS = 20

/** What the rules look at in the new run. */
export type JudgedRun = Pick<Run, 'campaign' | 'codebase' | 'source'>

/** How often an entry applied to a finding of a summary that was read. */
export interface RulesFileUse {
  readonly entry: RulesEntry
  readonly findings: number
}

/** @throws UsageError that names each faulty line, if the file cannot be read or is invalid */
export async function readRulesFile(path: string): Promise<RulesFile> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`The rules file ${path} cannot be read (${error.code})`)
  })
  if (bytes.length > MAX_BYTES)
    throw new UsageError(`The rules file ${path} has ${bytes.length} bytes; at most ${MAX_BYTES} are allowed`)
  return new RulesFile(path, bytes.toString('utf8'))
}

export class RulesFile {
  readonly path: string
  /** Of the content; part of the entity tags of what was made with it. */
  readonly digest: string
  readonly #entries: readonly CompiledEntry[]

  /** @throws UsageError that names each faulty line */
  constructor(path: string, text: string) {
    const { entries, problems } = parseRulesFile(text)
    if (problems.length > 0) {
      const left = problems.length - MAX_PROBLEMS
      const lines = [...problems.slice(0, MAX_PROBLEMS), ...(left > 0 ? [`… and ${left} more`] : [])]
      throw new UsageError(
        `The rules file ${path} is invalid:\n${lines.map((one) => `  - ${one}`).join('\n')}`,
      )
    }
    this.path = path
    this.digest = createHash('sha256').update(text).digest('hex')
    this.#entries = entries.map((entry) => new CompiledEntry(entry))
  }

  /** How often each entry was used so far, in the order of the file. */
  get uses(): readonly RulesFileUse[] {
    return this.#entries.map(({ entry, findings }) => ({ entry, findings }))
  }

  /**
   * The summary of a change as the file wants it judged. If several entries of a list apply to a finding, the
   * last one counts. Expected findings come last.
   */
  apply(summary: Summary, run: JudgedRun): Summary {
    const entries = this.#entries.filter((entry) => entry.isFor(run))
    const expectations = entries.filter(({ entry }) => entry.severity === null)
    const counts = new Map<CompiledEntry, number>()
    const lastFor = (finding: Finding, isExpectation: boolean) => {
      const found = entries.findLast(
        (one) => (one.entry.severity === null) === isExpectation && one.matches(finding),
      )
      if (found) counts.set(found, (counts.get(found) ?? 0) + 1)
      return found?.entry
    }
    const findings = summary.findings.map((finding) => {
      const change = lastFor(finding, false)
      const expectation = lastFor(finding, true)
      const isChanged = change?.severity != null && change.severity !== finding.severity
      return {
        ...finding,
        ...(isChanged && {
          severity: change.severity,
          severityChange: { from: finding.severity, reason: change.reason },
        }),
        ...(expectation && { expected: { reason: expectation.reason } }),
      }
    })
    for (const [entry, count] of counts) entry.findings += count
    const expected = expectations.map((one) => expectedFindings(one.entry, counts.get(one) ?? 0))
    return { ...judged(summary, findings.sort(byAttention)), expected }
  }

  /** The entries that expect findings of a campaign, of some source. */
  expectationsOf(campaign: string): readonly RulesEntry[] {
    return this.#entries
      .filter((one) => one.entry.severity === null && one.isForCampaign(campaign))
      .map(({ entry }) => entry)
  }

  /**
   * Sentences about entries that name the campaign, source or a package of this summary, and did not apply to
   * any summary so far. A script that checks one change shows them. Entries for every change are left out.
   */
  unused({ packages }: Summary, run: JudgedRun): string[] {
    return this.#entries
      .filter(
        (one) =>
          one.findings === 0 &&
          one.isSpecific &&
          one.isFor(run) &&
          packages.some((each) => one.isAbout(each.package)),
      )
      .map(
        ({ entry: { line, rules, reason } }) =>
          `${this.path}, line ${line}: applied to no finding: ${rules.join(', ')} (${reason})`,
      )
  }
}

class CompiledEntry {
  readonly entry: RulesEntry
  findings = 0
  readonly #campaign: (name: string) => boolean
  readonly #source: (name: string) => boolean
  readonly #package: (name: string) => boolean
  readonly #path: (name: string) => boolean

  constructor(entry: RulesEntry) {
    this.entry = entry
    this.#campaign = anyOf(entry.campaigns)
    this.#source = anyOf(entry.sources)
    this.#package = anyOf(entry.packages)
    this.#path = anyOf(entry.paths)
  }

  /** Whether it names a campaign, a source or a package. */
  get isSpecific(): boolean {
    const { campaigns, sources, packages } = this.entry
    return campaigns.length + sources.length + packages.length > 0
  }

  isForCampaign(campaign: string): boolean {
    return this.#campaign(campaign)
  }

  isFor({ campaign, source, codebase }: JudgedRun): boolean {
    return this.isForCampaign(campaign) && this.#source(source ?? codebase)
  }

  /** @param name with its architecture where the name occurs more than once: a pattern may leave that out */
  isAbout(name: string): boolean {
    return this.#package(name) || this.#package(name.replace(/:.*$/, ''))
  }

  matches({ rule, package: name, path }: Finding): boolean {
    return this.entry.rules.includes(rule) && this.isAbout(name) && this.#path(path)
  }
}

function anyOf(patterns: readonly string[]): (name: string) => boolean {
  const globs = patterns.map(pathGlob)
  return (name) => globs.length === 0 || globs.some((matches) => matches(name))
}

function expectedFindings(
  { rules, packages, paths, reason }: RulesEntry,
  findings: number,
): ExpectedFindings {
  return { rules, packages, paths, reason, findings }
}

/** What a person must look at first; sorting is stable. */
function byAttention(a: Finding, b: Finding): number {
  const rank = ({ expected, severity }: Finding) =>
    (expected ? SEVERITIES.length : 0) + SEVERITIES.indexOf(severity)
  return rank(a) - rank(b)
}

/**
 * The summary with these findings and the verdicts that follow. A verdict becomes `EXPECTED` only if every
 * difference has a finding and all of these are expected.
 */
function judged(summary: Summary, findings: readonly Finding[]): Summary {
  const packages = summary.packages.map((one) => judgedPackage(one, summary, findings))
  const verdicts = packages.map(({ verdict }) => verdict)
  const isExpected = summary.verdict === 'SUBSTANTIVE' && !verdicts.includes('SUBSTANTIVE')
  return { ...summary, findings, packages, verdict: isExpected ? 'EXPECTED' : summary.verdict }
}

function judgedPackage(one: PackageSummary, summary: Summary, findings: readonly Finding[]): PackageSummary {
  const ofPackage = findings.filter((finding) => finding.package === one.package)
  const found = new Set(ofPackage.map(({ path }) => path))
  const isCovered =
    one.verdict === 'SUBSTANTIVE' &&
    // Which package could not be compared, or has findings that are not listed, is not known here.
    summary.undecided.length === 0 &&
    summary.omitted === undefined &&
    ofPackage.length > 0 &&
    ofPackage.every(({ expected }) => expected) &&
    summary.fields.every(
      (field) => field.package !== one.package || !field.substantive || found.has(`control:${field.name}`),
    ) &&
    summary.files.every(
      (file) =>
        file.package !== one.package ||
        !file.substantive ||
        found.has(file.path) ||
        hasOnlyFieldChanges(file),
    )
  const verdict: Verdict = isCovered ? 'EXPECTED' : one.verdict
  return { ...one, verdict }
}
