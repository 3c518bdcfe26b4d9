/**
 * What the findings of a summary have in common with those of other runs: the findings with the names and
 * versions of packages replaced by placeholders. Runs with the same signature form a cluster.
 */
import { createHash } from 'node:crypto'
import { setImmediate as yieldToOthers } from 'node:timers/promises'
import { hasOnlyFieldChanges } from '../diff/summary/control-file.ts'
import type { Finding, Summary } from '../diff/summary/types.ts'
import type { Run } from '../model.ts'

/** Of a longer text, only the beginning has its names replaced, so that the work is bounded. */
const MAX_TEXT = 500
/** Names have at most so many parts: `lib` `reoffice` `l10n` `zh` `cn`. */
const MAX_PARTS = 8
/** Findings between two pauses, which keep the event loop free. */
const FINDINGS_PER_PAUSE = 50

/**
 * A 64-bit number for each canonical set of findings, the same in all processes and versions of the database.
 * A verdict that nothing explains, and a summary that leaves findings out, are part of it: what is unknown is
 * never in one cluster with what is known.
 */
export async function signatureOf(summary: Summary, run: Run): Promise<bigint> {
  const placeholders = placeholdersOf(summary, run)
  const lines = new Set<string>()
  for (const [index, finding] of summary.findings.entries()) {
    if (index % FINDINGS_PER_PAUSE === FINDINGS_PER_PAUSE - 1) await yieldToOthers()
    lines.add(canonicalFinding(finding, placeholders))
  }
  for (const line of unexplained(summary, placeholders)) lines.add(line)
  const omitted = summary.omitted ?? { findings: 0, files: 0, undecided: 0 }
  const facts = [
    summary.verdict,
    summary.undecided.length > 0 || omitted.undecided > 0 ? 'undecided' : '',
    // What is left out may be anything.
    omitted.findings + omitted.files > 0 ? `omitted ${run.id}` : '',
    ...[...lines].sort(),
  ]
  return digestNumber(JSON.stringify(facts))
}

/** The first 64 bits of SHA-256, as PostgreSQL's signed `bigint`. */
export function digestNumber(text: string): bigint {
  return createHash('sha256').update(text).digest().readBigInt64BE()
}

function canonicalFinding(finding: Finding, placeholders: ReadonlyMap<string, string>): string {
  const { rule, severity, expected, package: name, path, old, new: newer } = finding
  const texts = [name, path, old, newer].map((text) => withPlaceholders(text, placeholders))
  return JSON.stringify([rule, severity, expected !== undefined, ...texts])
}

/** What differs by more than noise and has no finding. */
function* unexplained(summary: Summary, placeholders: ReadonlyMap<string, string>): Generator<string> {
  const found = new Set(summary.findings.map((one) => JSON.stringify([one.package, one.path])))
  const has = (name: string, path: string) => found.has(JSON.stringify([name, path]))
  for (const { package: name, name: field, substantive } of summary.fields)
    if (substantive && !has(name, `control:${field}`)) yield `field ${field}`
  for (const file of summary.files) {
    const { package: name, path, change, substantive, undecided } = file
    if ((substantive || undecided) && !has(name, path) && !hasOnlyFieldChanges(file))
      yield `${undecided ? 'undecided' : change} ${withPlaceholders(path, placeholders)}`
  }
}

/** Names and versions of the packages, of the source and of the codebase. */
function placeholdersOf(summary: Summary, run: Run): Map<string, string> {
  const found = new Map<string, string>()
  const add = (text: string | null, placeholder: string) => {
    // A single letter is too often something else.
    if (text !== null && text.length > 1) found.set(partsOf(text).join(' '), placeholder)
  }
  for (const { oldVersion, newVersion } of summary.packages) {
    for (const version of formsOf(oldVersion)) add(version, '<old version>')
    for (const version of formsOf(newVersion)) add(version, '<new version>')
  }
  for (const name of [run.codebase, run.source, ...summary.packages.map((one) => one.package)])
    add(name?.replace(/:[^:]*$/, '') ?? null, '<name>')
  return found
}

/** A version as it is, without its epoch, and without its revision. */
function formsOf(version: string | null): string[] {
  if (version === null) return []
  const plain = version.replace(/^\d+:/, '')
  return [version, plain, plain.replace(/-[^-]*$/, '')]
}

/** Words of letters and digits, and what is between them. */
const PARTS = /[A-Za-z0-9]+|[^A-Za-z0-9]+/g

function partsOf(text: string): string[] {
  return text.match(PARTS) ?? []
}

/** Replaces the longest name or version that begins at each word. */
function withPlaceholders(text: string, placeholders: ReadonlyMap<string, string>): string {
  const parts = partsOf(text.slice(0, MAX_TEXT))
  const out: string[] = []
  for (let at = 0; at < parts.length; ) {
    let length = Math.min(2 * MAX_PARTS - 1, parts.length - at)
    let placeholder: string | undefined
    for (; length > 0 && placeholder === undefined; length--)
      placeholder = placeholders.get(parts.slice(at, at + length).join(' '))
    out.push(placeholder ?? (parts[at] as string))
    at += placeholder === undefined ? 1 : length + 1
  }
  const rest = text.slice(MAX_TEXT)
  return rest === '' ? out.join('') : `${out.join('')}${digestNumber(rest)}`
}
