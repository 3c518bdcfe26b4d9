/**
 * A stored diff of either kind: it streams itself in any format and hands out what it holds. Nobody else reads cache files.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DamagedReportError } from '../errors.ts'
import type { DiffKind, RunPair } from '../model.ts'
import { streamInSpan } from '../tracing.ts'
import { damagedEntryError, evictedEntryError, isMissingFile, toDifferError } from './cache/disk-errors.ts'
import type { CacheEntry } from './cache/entry-store.ts'
import { assertPairedByName } from './cache/legacy-mispairing.ts'
import type { DebdiffSection } from './debdiff/sections.ts'
import { DEBDIFF_POLICY, diffoscopePolicy } from './rendering/content-policy.ts'
import { debdiffSections, isEmptyDebdiff, renderDebdiff } from './rendering/debdiff/render-debdiff.ts'
import { diffoscopeJson } from './rendering/diffoscope/diffoscope-json.ts'
import {
  type Format,
  type OpenedReport,
  openEntryReport,
  openWithIndex,
  type Rendering,
  type RenderOptions,
  renderingEtag,
  renderReport,
  rootSourcesOf,
} from './rendering/render-report.ts'
import { renderInWorker } from './rendering/render-worker-client.ts'
import { cachedRendering } from './rendering/rendering-cache.ts'
import { copyUnchanged } from './streams/copy-file.ts'
import type { IncompleteNotice, Report, ReportCounts } from './report/types.ts'
import { readSummary, StoredSummary } from './stored-summary.ts'

export const MEDIA_TYPES: Readonly<Record<Format, string>> = {
  text: 'text/plain',
  markdown: 'text/markdown',
  html: 'text/html',
  json: 'application/json',
}

/**
 * What a reader is told of an error of the system, or of damage that shows only now. Such a report loses what was derived from it, so that the next
 * look-up reads it through, and sets it aside if it is the report that is damaged.
 */
async function readingError(error: unknown, entry: CacheEntry): Promise<unknown> {
  if (isMissingFile(error)) return evictedEntryError(error)
  if (!(error instanceof DamagedReportError)) return toDifferError(error)
  known.delete(entry)
  const { indexPath, fallbackIndexPath } = entry
  const derived = [indexPath, fallbackIndexPath]
    .filter((path) => path !== null)
    .map((path) => `${path}.index`)
  if (error.path.endsWith('.filtered')) derived.push(error.path)
  await Promise.all(derived.map((path) => rm(path, { force: true }).catch(() => {})))
  return damagedEntryError(error)
}

/** Formats that are worth keeping: JSON is the report itself, and a page ends where it is long. */
const KEPT_FORMATS: ReadonlySet<Format> = new Set(['text', 'markdown'])
/** Reports below this are said in some tens of milliseconds, and their renderings are kept in memory for a while. */
const LARGE_BYTES = 4_000_000

export type { Format, OpenedReport, RenderOptions }

/** A diff of one of the tools. */
export type StoredDiff = StoredDebdiff | StoredDiffoscope
export type StoredResult = StoredDiff | StoredSummary

/** What a look-up tells of a report. */
type ReportFacts = Pick<Report, 'digest' | 'root' | 'counts' | 'incomplete' | 'incompleteCount'>

/** What was found in the reports of entries: an entry stays the same as long as its file does. */
const known = new WeakMap<CacheEntry, ReportFacts>()

/** @throws DamagedReportError where the entry is not what its kind must be */
export async function openStored(entry: CacheEntry, pair: RunPair): Promise<StoredResult> {
  if (entry.kind === 'summary') return new StoredSummary(entry, await readSummary(entry.path))
  if (entry.kind === 'debdiff') return new StoredDebdiff(entry, pair)
  let facts = known.get(entry)
  if (!facts) {
    facts = await readFacts(entry)
    known.set(entry, facts)
  }
  return new StoredDiffoscope(entry, pair, facts)
}

async function readFacts(entry: CacheEntry): Promise<ReportFacts> {
  const report = await openWithIndex(entry)
  try {
    if (!entry.verified) await assertPairedByName(report)
    const { digest, root, counts, incomplete, incompleteCount } = report
    return { digest, root, counts, incomplete, incompleteCount }
  } finally {
    await report.close()
  }
}

abstract class Stored {
  readonly entry: CacheEntry
  readonly pair: RunPair

  constructor(entry: CacheEntry, pair: RunPair) {
    this.entry = entry
    this.pair = pair
  }

  /** Names the stored bytes; equal for equal diffs, different after a diff was made again with another outcome. */
  abstract readonly digest: string
  abstract readonly kind: DiffKind

  /** The rendering as UTF-8 (a plain debdiff: bytes as they are), made as it is read. A chunk is only good until the next one is asked for. */
  render(format: Format, options: RenderOptions): AsyncIterable<Uint8Array> {
    const facts = { 'differ.format': format, 'differ.filter_boring': options.filterBoring }
    return streamInSpan(`format-${this.entry.kind}`, facts, this.#typed(this.rendering(format, options)))
  }

  async *#typed(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* chunks
    } catch (error) {
      throw await readingError(error, this.entry)
    }
  }

  /** What a browser may do with the HTML format, as `Content-Security-Policy` says it. */
  abstract policy(options: RenderOptions): string

  protected abstract rendering(format: Format, options: RenderOptions): AsyncIterable<Uint8Array>

  /** A strong validator of one rendering, quotes included. */
  etag(format: Format, options: RenderOptions): string {
    return renderingEtag({ kind: this.kind, digest: this.digest, pair: this.pair }, format, options)
  }
}

export class StoredDebdiff extends Stored {
  readonly kind = 'debdiff'

  get digest(): string {
    return `${this.entry.sizeBytes}-${this.entry.modifiedMs}`
  }

  /** The diff as typed sections. */
  async sections(filterBoring: boolean): Promise<readonly DebdiffSection[]> {
    const sections: DebdiffSection[] = []
    const bytes = await this.#read()
    for await (const section of debdiffSections(bytes, this.#options(filterBoring))) sections.push(section)
    return sections
  }

  /** Whether nothing that is shown differs. */
  async isEmpty(filterBoring: boolean): Promise<boolean> {
    const bytes = await this.#read()
    return isEmptyDebdiff(bytes, this.#options(filterBoring))
  }

  policy(): string {
    return DEBDIFF_POLICY
  }

  protected async *rendering(format: Format, { filterBoring }: RenderOptions): AsyncGenerator<Uint8Array> {
    // As it is: no need to hold it.
    if (format === 'text' && !filterBoring) yield* this.#bytes()
    else yield* renderDebdiff(format, await this.#read(), this.#options(filterBoring))
  }

  async #read(): Promise<Buffer> {
    const chunks: Uint8Array[] = []
    try {
      for await (const chunk of this.#bytes()) chunks.push(Buffer.from(chunk))
    } catch (error) {
      throw await readingError(error, this.entry)
    }
    return Buffer.concat(chunks)
  }

  /** All that it was when it was looked up, or an error: one that was cut since would look like another debdiff. */
  #bytes(): AsyncGenerator<Uint8Array> {
    return copyUnchanged(this.entry, [])
  }

  #options(filterBoring: boolean) {
    const { old, new: fresh } = this.pair
    return {
      oldRunId: old.id,
      newRunId: fresh.id,
      oldVersion: old.version,
      newVersion: fresh.version,
      filterBoring,
    }
  }
}

export class StoredDiffoscope extends Stored {
  readonly kind = 'diffoscope'
  readonly digest: string
  readonly counts: ReportCounts
  readonly incomplete: readonly IncompleteNotice[]
  readonly incompleteCount: number
  readonly #root: Report['root']

  constructor(entry: CacheEntry, pair: RunPair, facts: ReportFacts) {
    super(entry, pair)
    this.digest = facts.digest
    this.counts = facts.counts
    this.incomplete = facts.incomplete
    this.incompleteCount = facts.incompleteCount
    this.#root = facts.root
  }

  /** The report, open: close it. With the filter, what the filter leaves of it. */
  async open(filterBoring: boolean): Promise<OpenedReport> {
    try {
      return await openEntryReport(this.entry, this.pair, filterBoring)
    } catch (error) {
      throw await readingError(error, this.entry)
    }
  }

  policy({ cssUrl }: RenderOptions): string {
    return diffoscopePolicy(cssUrl)
  }

  protected rendering(format: Format, options: RenderOptions): AsyncIterable<Uint8Array> {
    const { kind, entry, pair, digest } = this
    // The report as it is only has to be copied.
    if (format === 'json' && !options.filterBoring)
      return diffoscopeJson({ ...entry, root: this.#root }, { sources: rootSourcesOf(pair) })
    const rendering: Rendering = { kind, entry, pair, digest, format, options }
    if (entry.sizeBytes < LARGE_BYTES) return renderReport(rendering)
    if (!KEPT_FORMATS.has(format)) return renderInWorker(rendering)
    // Of all options these formats only know the filter.
    const name = this.etag(format, { filterBoring: options.filterBoring }).slice(1, -1)
    return cachedRendering(join(entry.renderingsDir, `${name}.${format}`), () => renderInWorker(rendering))
  }
}
