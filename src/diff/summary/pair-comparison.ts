/** Compares one package with its partner: what differs, what the rules find in it, and the verdict. */
import { type FileChange, MAX_FILES, type PackagePairChanges, type SidePair } from './changes.ts'
import type { SummaryCollector } from './collector.ts'
import { fieldSummaries } from './control-changes.ts'
import { CONTROL_FILE } from './control-file.ts'
import { fileAttributes, haveSameAttributes } from './file-attributes.ts'
import { FileChanges } from './file-changes.ts'
import type { Comparison, KeptComparisons } from './kept-comparisons.ts'
import { compareMd5sums } from './md5sums.ts'
import { packageNoise } from './package-noise.ts'
import { RULES } from './rules/index.ts'
import { MD5SUMS_LIES } from './rules/md5sums-rule.ts'
import type { Match, Rule, RuleText } from './rules/rule.ts'
import { SCRIPT_SYNTAX } from './rules/script-syntax-rule.ts'
import { checkSyntax, type ShellOptions, type SyntaxCheck } from './script-syntax.ts'
import { shownPath, shownText } from './shown.ts'
import type { FieldSummary, FileSummary, Finding, NoiseClass, Verdict } from './types.ts'

export interface SummariseOptions {
  /** Where maintainer scripts are checked. */
  readonly shell: ShellOptions
  /** See `RunPair.areFiles`. */
  readonly areFiles?: boolean
  /** Default: every pair is compared. */
  readonly comparisons?: KeptComparisons
  readonly signal?: AbortSignal
}

/** Compares two packages file by file, and hands what it finds to the collector. */
export class PairComparison {
  readonly #sides: SidePair & Pick<PackagePairChanges, 'label'>
  readonly #collector: SummaryCollector
  readonly #options: SummariseOptions
  #isSubstantive = false
  #isUndecided = false
  /** Classes of the package besides its files and fields. */
  #noise: readonly NoiseClass[] = []
  #fields: readonly FieldSummary[] = []

  constructor(
    sides: SidePair & Pick<PackagePairChanges, 'label'>,
    collector: SummaryCollector,
    options: SummariseOptions,
  ) {
    this.#sides = sides
    this.#collector = collector
    this.#options = options
  }

  async run(): Promise<{ verdict: Verdict; noise: readonly NoiseClass[] }> {
    const { old, new: newer } = this.#sides
    const hashes = [old.contents.sha256, newer.contents.sha256] as const
    const { comparisons } = this.#options
    const kept = (await comparisons?.find(...hashes)) ?? null
    if (kept) this.#addAll(kept)
    else {
      const comparison = await this.#compare()
      if (comparison) await comparisons?.keep(...hashes, comparison)
    }
    const verdict = this.#isSubstantive ? 'SUBSTANTIVE' : this.#isUndecided ? 'UNDECIDED' : 'NOISE_ONLY'
    return { verdict, noise: this.#noise }
  }

  /** Null if there are too many files to keep. */
  async #compare(): Promise<Comparison | null> {
    const check = checkSyntax(this.#sides, this.#options.shell)
    try {
      return await this.#compareFiles(check)
    } finally {
      // Nothing may run after the caller has gone on. An error was thrown where the result was awaited.
      await check.matches.catch(() => {})
    }
  }

  async #compareFiles({ started, matches }: SyntaxCheck): Promise<Comparison | null> {
    const { signal } = this.#options
    const changes = await FileChanges.open(this.#sides, { after: started, ...(signal && { signal }) })
    try {
      const { parents } = changes
      const files: FileChange[] = []
      const first = async () => {
        const md5sums = await compareMd5sums(this.#sides, (file) => changes.md5Of(file))
        const scripts = await matches
        return { files, parents, scripts, md5sums }
      }
      let pair: PackagePairChanges | null = null
      for await (const change of changes) {
        if (files.length < MAX_FILES) files.push(change)
        else {
          const together: PackagePairChanges = pair ?? this.#addAll(await first())
          pair = together
          this.#addFile(
            change,
            this.#addMatches(RULES.flatMap((rule) => fileMatches(rule, change, together))),
            parents,
          )
        }
      }
      if (pair) return null
      const comparison = await first()
      this.#addAll(comparison)
      return comparison
    } finally {
      await changes.close()
    }
  }

  /** The first files, and the packages as a whole. */
  #addAll({ files, parents, scripts, md5sums }: Comparison): PackagePairChanges {
    const pair = { ...this.#sides, files, parents }
    const read = [...asRule(MD5SUMS_LIES, md5sums.matches), ...asRule(SCRIPT_SYNTAX, scripts)]
    const found = this.#addMatches([...RULES.flatMap((rule) => matchesOf(rule, pair)), ...read])
    this.#fields = fieldSummaries(pair, found)
    this.#collector.fields.push(...this.#fields)
    this.#noise = [...packageNoise(pair), ...(md5sums.isEcho ? ['MD5SUMS'] : [])].sort()
    const ofFields = this.#fields.flatMap(({ noise }) => noise)
    for (const name of new Set([...this.#noise, ...ofFields])) this.#collector.addNoise(name)
    for (const change of files) this.#addFile(change, found, parents)
    for (const reason of unprovenArchives(pair)) this.#addUndecided(reason)
    return pair
  }

  /** @returns the paths of the findings */
  #addMatches(matches: readonly RuleMatch[]): ReadonlySet<string> {
    const found = new Set<string>()
    for (const match of matches) {
      const finding = findingOf(this.#sides.label, match)
      this.#collector.addFinding(finding)
      found.add(finding.path)
    }
    if (found.size > 0) this.#isSubstantive = true
    return found
  }

  #addFile(change: FileChange, found: ReadonlySet<string>, parents: ReadonlySet<string>): void {
    const hasFieldChange = change.path === CONTROL_FILE && this.#fields.some(({ substantive }) => substantive)
    const file = fileSummary(this.#sides.label, change, found, hasFieldChange)
    this.#collector.addFile(file)
    this.#collector.lists.addFile(file, change, {
      isParent: parents.has(change.path),
      hasFields: this.#fields.length > 0 || this.#noise.includes('ORDER_ONLY'),
    })
    if (file.substantive) this.#isSubstantive = true
    for (const name of change.noise) this.#collector.addNoise(name)
    if (change.undecided !== null) this.#addUndecided(shownText(change.undecided))
  }

  #addUndecided(reason: string): void {
    this.#isUndecided = true
    this.#collector.addUndecided(reason)
  }
}

/** Archives that are compressed in a form in which bytes may hide after the data, and that are not the same on both sides. */
function unprovenArchives({ old, new: newer }: SidePair): string[] {
  const before = old.contents.outer.members.map(({ hidden }) => hidden)
  return newer.contents.outer.members
    .filter(({ isProven, hidden }) => !isProven && !before.includes(hidden))
    .map(({ name }) => `Whether bytes hide behind the compressed data of ${name} is not known`)
}

export type RuleMatch = Match & Pick<Finding, 'rule' | 'severity' | 'path'>

/** What a rule finds in a pair of packages. */
function matchesOf(rule: Rule, pair: PackagePairChanges): RuleMatch[] {
  const ofFiles: RuleMatch[] = []
  if (rule.file) for (const change of pair.files) ofFiles.push(...fileMatches(rule, change, pair))
  return [...ofFiles, ...asRule(rule, rule.package?.(pair) ?? [])]
}

function fileMatches(rule: Rule, change: FileChange, pair: PackagePairChanges): RuleMatch[] {
  const matches = rule.file?.(change, pair) ?? []
  // Most rules find nothing in most files.
  return matches.length === 0
    ? []
    : asRule(
        rule,
        matches.map((match) => ({ path: change.path, ...match })),
      )
}

function asRule({ id, severity }: RuleText, matches: readonly Match[]): RuleMatch[] {
  return matches.map((match) => ({ rule: id, severity, path: '', ...match }))
}

export function findingOf(
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

function fileSummary(
  label: string,
  change: FileChange,
  found: ReadonlySet<string>,
  hasFieldChange: boolean,
): FileSummary {
  const path = shownPath(change.path)
  const isSubstantive =
    (change.content?.changes.length ?? 0) > 0 ||
    change.hasModeChange ||
    change.hasOwnerChange ||
    hasFieldChange ||
    found.has(path)
  return {
    package: label,
    path,
    ...(change.oldPath !== null && { oldPath: shownPath(change.oldPath) }),
    change: change.change,
    noise: [...change.noise].sort(),
    substantive: isSubstantive,
    ...attributesOf(change),
    ...(change.old?.type === 'file' && { oldSizeBytes: change.old.sizeBytes }),
    ...(change.new?.type === 'file' && { newSizeBytes: change.new.sizeBytes }),
    ...(change.undecided !== null && { undecided: true }),
  }
}

/** The attributes of both sides where they differ, or of the only side. */
function attributesOf({ old, new: entry }: FileChange): Pick<FileSummary, 'old' | 'new'> {
  if (old && entry && haveSameAttributes(old, entry)) return {}
  return { ...(old && { old: fileAttributes(old) }), ...(entry && { new: fileAttributes(entry) }) }
}
