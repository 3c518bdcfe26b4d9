import { etagOf } from '../../etag.ts'
import type { RunPair } from '../../model.ts'
import { evictedEntryError, isMissingFile, toDifferError } from '../cache/disk-errors.ts'
import type { CacheEntry } from '../cache/entry-store.ts'
import type { Hide } from '../rendering/format.ts'
import { renderSummary, type SummaryFormat } from '../rendering/summary/render-summary.ts'
import type { RulesFile } from '../rules-file/rules-file.ts'
import type { FileListHead, ListedFile } from '../summary/file-lists.ts'
import { linesOf, type SummaryFile } from '../summary/stored-form.ts'
import type { NoiseClass, Summary } from '../summary/types.ts'

/** A cached summary. It is short, and has been read as a whole but for its lists of files. */
export class StoredSummary {
  readonly kind = 'summary'
  readonly entry: CacheEntry
  readonly pair: RunPair
  /** With the rules file applied, if there is one. */
  readonly summary: Summary
  readonly lists: readonly FileListHead[]
  /** Packages that could not be read, one sentence each. */
  readonly unread: readonly string[]
  readonly #listsStart: number

  readonly #rulesFile: RulesFile | null

  constructor(
    entry: CacheEntry,
    { summary, lists, unread, listsStart }: SummaryFile,
    pair: RunPair,
    rulesFile: RulesFile | null = null,
  ) {
    this.entry = entry
    this.pair = pair
    this.summary = rulesFile ? rulesFile.apply(summary, pair.new) : summary
    this.#rulesFile = rulesFile
    this.lists = lists
    this.unread = unread
    this.#listsStart = listsStart
  }

  /** Of the rules file that was applied; empty without one. */
  get rulesDigest(): string {
    return this.#rulesFile?.digest ?? ''
  }

  /** About what it takes in memory, without its lists of files. */
  get memoryBytes(): number {
    return this.#listsStart
  }

  /** Identifies the stored bytes. */
  get digest(): string {
    return `${this.entry.sizeBytes}-${this.entry.modifiedMs}`
  }

  /**
   * The files of a list, read from the disk as they are requested.
   * @throws OverloadedError if the summary is evicted meanwhile; the errors of `toDifferError`
   */
  async *files({ start, bytes }: FileListHead): AsyncGenerator<ListedFile, void, void> {
    if (bytes === 0) return
    const from = this.#listsStart + start
    try {
      for await (const line of linesOf(this.entry.path, from, from + bytes))
        yield JSON.parse(line.toString('utf8')) as ListedFile
    } catch (error) {
      throw isMissingFile(error) ? evictedEntryError(error) : toDifferError(error)
    }
  }

  /** These classes as an option of renderings; undefined without any. */
  hide(classes: readonly NoiseClass[]): Hide | undefined {
    return classes.length === 0
      ? undefined
      : { classes: [...classes].sort(), summaryPath: this.entry.path, summaryDigest: this.digest }
  }

  render(format: SummaryFormat): string {
    return renderSummary(this.summary, format)
  }

  /** A strong entity tag of one rendering, quotes included. */
  etag(format: SummaryFormat): string {
    return etagOf(`${format} ${this.digest} ${this.rulesDigest}`)
  }
}
