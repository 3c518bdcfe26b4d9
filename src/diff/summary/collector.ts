/** Collects what a summary says, in bounded memory: lists are cut, what is cut is counted, and the verdict depends on everything. */
import { FileListCollector } from './file-lists.ts'
import type { FieldSummary, FileSummary, Finding, NoiseClass, Omitted, Severity } from './types.ts'

/** Of each severity. */
const MAX_FINDINGS = 2_000
/** Of those in which something remains, and as many of those that noise explains. */
const MAX_FILES = 10_000
const MAX_UNDECIDED = 1_000
/** Once all findings together have so many characters, the values of further ones are shortened. */
const MAX_TEXT = 8_000_000
const SHORT_TEXT = 200

/** The first items of a list, and how many more there were. */
class Capped<T> {
  readonly items: T[] = []
  readonly #max: number
  omitted = 0

  constructor(max: number) {
    this.#max = max
  }

  add(item: T): void {
    if (this.items.length < this.#max) this.items.push(item)
    else this.omitted += 1
  }
}

export class SummaryCollector {
  readonly lists = new FileListCollector()
  readonly fields: FieldSummary[] = []
  /** The worst first. */
  readonly #findings: Readonly<Record<Severity, Capped<Finding>>> = {
    BAD: new Capped(MAX_FINDINGS),
    VERIFY: new Capped(MAX_FINDINGS),
    INFO: new Capped(MAX_FINDINGS),
  }
  readonly #substantive = new Capped<Numbered>(MAX_FILES)
  readonly #explained = new Capped<Numbered>(MAX_FILES)
  readonly #undecided = new Capped<string>(MAX_UNDECIDED)
  readonly #noise = new Map<NoiseClass, number>()
  #text = 0
  #files = 0

  addFinding(finding: Finding): void {
    const isShort = this.#text > MAX_TEXT
    const { old, new: newer } = finding
    this.#text += old.length + newer.length
    this.#findings[finding.severity].add(
      isShort ? { ...finding, old: old.slice(0, SHORT_TEXT), new: newer.slice(0, SHORT_TEXT) } : finding,
    )
  }

  addFile(file: FileSummary): void {
    this.#files += 1
    ;(file.substantive ? this.#substantive : this.#explained).add({ file, number: this.#files })
  }

  addUndecided(reason: string): void {
    this.#undecided.add(reason)
  }

  addNoise(name: NoiseClass): void {
    this.#noise.set(name, (this.#noise.get(name) ?? 0) + 1)
  }

  /** In the order in which they were added, the worst first. */
  get findings(): Finding[] {
    return Object.values(this.#findings).flatMap(({ items }) => items)
  }

  /** In the order in which they were added. */
  get files(): FileSummary[] {
    return [...this.#substantive.items, ...this.#explained.items]
      .sort((a, b) => a.number - b.number)
      .map(({ file }) => file)
  }

  get undecided(): string[] {
    return this.#undecided.items
  }

  get noise(): { readonly class: NoiseClass; readonly files: number }[] {
    return [...this.#noise]
      .map(([name, files]) => ({ class: name, files }))
      .sort((a, b) => (a.class < b.class ? -1 : 1))
  }

  /** Undefined if nothing was cut. */
  get omitted(): Omitted | undefined {
    const findings = Object.values(this.#findings).reduce((sum, { omitted }) => sum + omitted, 0)
    const files = this.#substantive.omitted + this.#explained.omitted
    const undecided = this.#undecided.omitted
    return findings + files + undecided > 0 ? { findings, files, undecided } : undefined
  }
}

interface Numbered {
  readonly file: FileSummary
  readonly number: number
}
