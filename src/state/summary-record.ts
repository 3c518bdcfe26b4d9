/** What the state keeps of a summary, or of one that could not be made. */
import type { StoredSummary } from '../diff/stored/stored-summary.ts'
import type { Severity, Summary, Verdict } from '../diff/summary/types.ts'
import type { Run, RunPair } from '../model.ts'
import { ANY_RULES_FILE, rulesFileOf, rulesKey } from './rules-in-force.ts'
import { digestNumber, signatureOf } from './signature.ts'
import { storable } from './storable.ts'

/**
 * A sum of a campaign. `key` is, for each kind:
 * - `verdict`: a verdict; `failure`: the name of an error;
 * - `rule`: a rule, with severity and expectation; `items` are findings;
 * - `noise`: a class; `items` are files;
 * - `package`: how packages changed; `items` are packages;
 * - `size`: `old` or `new`; `items` are bytes of packages;
 * - `undecided`: empty; `items` are sentences about what could not be compared;
 * - `omitted`: empty; `items` are findings that a summary does not list;
 * - `rules`: the rules by which it was judged, as `rulesKey` returns them.
 */
export type FactKind =
  | 'verdict'
  | 'failure'
  | 'rule'
  | 'noise'
  | 'package'
  | 'size'
  | 'undecided'
  | 'omitted'
  | 'rules'

export interface CountedFact {
  readonly kind: FactKind
  readonly key: string
  readonly severity: Severity | ''
  readonly expected: boolean
  readonly items: number
}

export interface RecordedFinding {
  readonly rule: string
  readonly severity: Severity
  readonly expected: boolean
  readonly package: string
  readonly path: string
  /** Of `path`, as text. */
  readonly pathKey: string
}

/** A row of the table `comparison` with its findings. Times are milliseconds since 1970. */
export interface SummaryRecord {
  readonly oldId: string
  readonly newId: string
  readonly campaign: string
  readonly codebase: string
  readonly finishedMs: number
  /** Null if the summary could not be made. */
  readonly verdict: Verdict | null
  /** The name of the error; null if there is a verdict. */
  readonly failure: string | null
  /** Whether the same failure would happen again. Other ones do not replace a verdict. */
  readonly isPermanent: boolean
  readonly rulesVersion: number
  readonly rulesFile: string
  readonly madeMs: number
  readonly bad: number
  readonly verify: number
  readonly info: number
  readonly expected: number
  /** A signed 64-bit number as text; null for a failure. */
  readonly signature: string | null
  readonly counts: readonly CountedFact[]
  readonly findings: readonly RecordedFinding[]
}

/** The record of a summary. It takes processor time in short pieces. */
export async function recordOfSummary(stored: StoredSummary): Promise<SummaryRecord> {
  const { summary, pair, entry } = stored
  const rules = { version: Number(summary.rulesVersion), file: rulesFileOf(stored.rulesDigest) }
  const unexpected = (severity: Severity) =>
    summary.findings.filter((one) => one.severity === severity && !one.expected).length
  return {
    ...identityOf(pair),
    verdict: summary.verdict,
    failure: null,
    isPermanent: true,
    rulesVersion: rules.version,
    rulesFile: rules.file,
    madeMs: Math.trunc(entry.modifiedMs),
    bad: unexpected('BAD'),
    verify: unexpected('VERIFY'),
    info: unexpected('INFO'),
    expected: summary.findings.filter((one) => one.expected).length,
    signature: String(await signatureOf(summary, pair.new)),
    counts: [...countsOf(summary), fact('rules', rulesKey(rules), 1)],
    findings: findingsOf(summary),
  }
}

/**
 * The record of a summary that could not be made.
 * @param failure.startedMs when the attempt began: a summary that was made since replaces it
 */
export function recordOfFailure(
  pair: RunPair,
  failure: {
    readonly name: string
    readonly isPermanent: boolean
    readonly rulesVersion: number
    readonly startedMs: number
  },
): SummaryRecord {
  const { name, isPermanent, rulesVersion, startedMs } = failure
  return {
    ...identityOf(pair),
    verdict: null,
    failure: name,
    isPermanent,
    rulesVersion,
    rulesFile: '',
    madeMs: startedMs,
    bad: 0,
    verify: 0,
    info: 0,
    expected: 0,
    signature: null,
    counts: [
      fact('failure', name, 1),
      fact('rules', rulesKey({ version: rulesVersion, file: ANY_RULES_FILE }), 1),
    ],
    findings: [],
  }
}

function identityOf({ old, new: newer }: RunPair) {
  return {
    oldId: storable(old.id),
    newId: storable(newer.id),
    campaign: storable(newer.campaign),
    codebase: storable(newer.codebase),
    finishedMs: timeOf(newer),
  }
}

function timeOf({ finishTime, startTime }: Run): number {
  return (finishTime ?? startTime)?.getTime() ?? 0
}

function fact(kind: FactKind, key: string, items: number): CountedFact {
  return { kind, key: storable(key), severity: '', expected: false, items }
}

function countsOf(summary: Summary): CountedFact[] {
  const { verdict, findings, noise, packages, undecided, omitted } = summary
  const changes = countBy(packages.map(({ change }) => change))
  const rules = countBy(
    findings.map(({ rule, severity, expected }) => JSON.stringify([rule, severity, Boolean(expected)])),
  )
  const sizeOf = (sizes: (number | null)[]) => sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0)
  const undecidedItems = undecided.length + (omitted?.undecided ?? 0)
  const omittedItems = omitted?.findings ?? 0
  return [
    fact('verdict', verdict, 1),
    ...[...rules].map(([text, items]): CountedFact => {
      const [rule, severity, expected] = JSON.parse(text) as [string, Severity, boolean]
      return { ...fact('rule', rule, items), severity, expected }
    }),
    ...noise.map((one) => fact('noise', one.class, one.files)),
    ...[...changes].map(([change, items]) => fact('package', change, items)),
    fact('size', 'old', sizeOf(packages.map((one) => one.oldSizeBytes))),
    fact('size', 'new', sizeOf(packages.map((one) => one.newSizeBytes))),
    ...(undecidedItems > 0 ? [fact('undecided', '', undecidedItems)] : []),
    ...(omittedItems > 0 ? [fact('omitted', '', omittedItems)] : []),
  ]
}

function countBy(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}

/** Findings that no filter could tell apart are one. */
function findingsOf({ findings }: Summary): RecordedFinding[] {
  const distinct = new Map<string, RecordedFinding>()
  for (const { rule, severity, expected, package: name, path } of findings) {
    const one = { rule, severity, expected: Boolean(expected), package: storable(name), path: storable(path) }
    const key = JSON.stringify(Object.values(one))
    if (!distinct.has(key)) distinct.set(key, { ...one, pathKey: String(digestNumber(one.path)) })
  }
  return [...distinct.values()]
}
