/** Reads the text of a rules file: YAML 1.2 with the lists `severities` and `expected`. docs/summary.md describes it. */
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml'
import { pathGlob } from '../report/path-glob.ts'
import { RULE_TEXTS } from '../summary/rules/index.ts'
import { SEVERITIES, type Severity } from '../summary/types.ts'

/** An entry of a rules file. An empty list of patterns matches everything. */
export interface RulesEntry {
  /** Counted from 1: where the entry begins in the file. */
  readonly line: number
  readonly rules: readonly string[]
  /** Patterns, as the file has them. */
  readonly campaigns: readonly string[]
  readonly sources: readonly string[]
  readonly packages: readonly string[]
  readonly paths: readonly string[]
  /** The severity that findings get; null in the list of expected findings. */
  readonly severity: Severity | null
  readonly reason: string
}

/** What a rules file holds. `problems` are sentences that begin with the line; with any, the entries are not complete. */
export interface ParsedRulesFile {
  readonly entries: readonly RulesEntry[]
  readonly problems: readonly string[]
}

/** Each entry is a row of the metrics. */
const MAX_ENTRIES = 1_000
const MAX_REASON_LENGTH = 500
const LISTS = ['severities', 'expected'] as const
const PATTERN_KEYS = ['campaign', 'source', 'package', 'path'] as const
const RULES = new Set(RULE_TEXTS.map(({ id }) => id))

export function parseRulesFile(text: string): ParsedRulesFile {
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { lineCounter, prettyErrors: false })
  const reader = new Reader(lineCounter)
  for (const { pos, message } of [...document.errors, ...document.warnings])
    reader.problem(pos[0], `is not valid YAML: ${message}`)
  if (reader.problems.length === 0) reader.readFile(document.contents)
  return reader
}

class Reader implements ParsedRulesFile {
  readonly entries: RulesEntry[] = []
  readonly problems: string[] = []
  readonly #lines: LineCounter

  constructor(lines: LineCounter) {
    this.#lines = lines
  }

  /** @param at an offset in the text */
  problem(at: number, sentence: string): void {
    this.problems.push(`line ${this.#lines.linePos(at).line}: ${sentence}`)
  }

  readFile(contents: Node | null): void {
    if (isAbsent(contents)) return
    const lists = this.#fields(contents, 'the file', LISTS)
    for (const name of LISTS) {
      const list = lists.get(name)
      if (isAbsent(list)) continue
      if (!isSeq(list)) this.problem(offsetOf(list), `"${name}" must be a list`)
      else for (const item of list.items) this.#readEntry(item as Node, name)
    }
    this.entries.sort((a, b) => a.line - b.line)
    if (this.entries.length > MAX_ENTRIES)
      this.problem(0, `the file has ${this.entries.length} entries; at most ${MAX_ENTRIES} are allowed`)
  }

  #readEntry(item: Node, list: (typeof LISTS)[number]): void {
    const hasSeverity = list === 'severities'
    const keys = ['rule', ...PATTERN_KEYS, ...(hasSeverity ? ['severity'] : []), 'reason']
    const fields = this.#fields(item, `an entry of "${list}"`, keys)
    const at = offsetOf(item)
    const rules = this.#texts(fields.get('rule'), 'rule')
    if (rules.length === 0) this.problem(at, `an entry of "${list}" needs a "rule"`)
    for (const rule of rules)
      if (!RULES.has(rule))
        this.problem(
          offsetOf(fields.get('rule')),
          `there is no rule ${JSON.stringify(rule)}; docs/rules.md lists all`,
        )
    const [campaigns = [], sources = [], packages = [], paths = []] = PATTERN_KEYS.map((key) =>
      this.#patterns(fields.get(key), key),
    )
    const severity = hasSeverity ? this.#severity(fields.get('severity'), at) : null
    const reason = this.#reason(fields.get('reason'), at, list)
    const { line } = this.#lines.linePos(at)
    this.entries.push({ line, rules, campaigns, sources, packages, paths, severity, reason })
  }

  /** The values of a mapping by their keys, all of which must be known. */
  #fields(node: Node | null, what: string, known: readonly string[]): Map<string, Node | null> {
    const fields = new Map<string, Node | null>()
    if (!isMap(node)) {
      this.problem(offsetOf(node), `${what} must be a mapping with the keys ${known.join(', ')}`)
      return fields
    }
    for (const { key, value } of (node as YAMLMap<Node, Node | null>).items) {
      const name = isScalar(key) ? String(key.value) : ''
      if (known.includes(name)) fields.set(name, value)
      else
        this.problem(
          offsetOf(key),
          `${what} cannot have the key ${JSON.stringify(name)}; the keys are ${known.join(', ')}`,
        )
    }
    return fields
  }

  /** One text or a list of texts. */
  #texts(node: Node | null | undefined, key: string): string[] {
    if (isAbsent(node)) return []
    const items = isSeq(node) ? (node.items as Node[]) : [node]
    return items.flatMap((item) => {
      if (isScalar(item) && typeof item.value === 'string' && item.value.trim() !== '') return [item.value]
      this.problem(
        offsetOf(item),
        `"${key}" must be text or a list of texts; put numbers and the like in quotes`,
      )
      return []
    })
  }

  #patterns(node: Node | null | undefined, key: string): string[] {
    const patterns = this.#texts(node, key)
    for (const pattern of patterns) {
      try {
        pathGlob(pattern)
      } catch (error) {
        this.problem(offsetOf(node), `"${key}" is too long a pattern: ${(error as Error).message}`)
      }
    }
    // People write paths as they are on a system, findings as they are in a package.
    return key === 'path' ? patterns.map((pattern) => pattern.replace(/^\.?\//, '')) : patterns
  }

  #severity(node: Node | null | undefined, entryAt: number): Severity | null {
    const value = isScalar(node) ? node.value : undefined
    const severity = SEVERITIES.find((one) => one === value) ?? null
    if (severity === null)
      this.problem(
        node ? offsetOf(node) : entryAt,
        `"severity" must be one of ${SEVERITIES.join(', ')}, not ${JSON.stringify(value ?? null)}`,
      )
    return severity
  }

  #reason(node: Node | null | undefined, entryAt: number, list: string): string {
    const value = isScalar(node) ? node.value : undefined
    if (typeof value !== 'string' || value.trim() === '') {
      this.problem(
        node ? offsetOf(node) : entryAt,
        `an entry of "${list}" needs a "reason", which is shown to people`,
      )
      return ''
    }
    if (value.length > MAX_REASON_LENGTH)
      this.problem(
        offsetOf(node),
        `the "reason" has ${value.length} characters; at most ${MAX_REASON_LENGTH} are allowed`,
      )
    return value.trim()
  }
}

/** A key without a value, as in `expected:` before the first entry is written. */
function isAbsent(node: Node | null | undefined): node is null | undefined {
  return node == null || (isScalar(node) && node.value === null)
}

function offsetOf(node: Node | null | undefined): number {
  return node?.range?.[0] ?? 0
}
