/**
 * A stored diff of either kind: it streams itself in any format and hands out what it holds. Nobody else reads cache files.
 */
import { createHash } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DamagedReportError } from '../errors.ts'
import type { RunPair } from '../model.ts'
import { renderingPath } from '../rendering-path.ts'
import { streamInSpan } from '../tracing.ts'
import { asTyped, damagedInCache, goneFromCache, isDiskTrouble, isGone } from './cache/trouble.ts'
import type { DebdiffSection } from './debdiff/sections.ts'
import { DEBDIFF_POLICY, diffoscopePolicy } from './formats/content-policy.ts'
import { debdiffSections, isEmptyDebdiff, renderDebdiff } from './formats/debdiff.ts'
import { renderDiffoscope } from './formats/diffoscope.ts'
import { keptRendering } from './kept-rendering.ts'
import { openFilteredReport } from './report/filter.ts'
import { openReport } from './report/open-report.ts'
import { copy } from './report/splice.ts'
import type { IncompleteMark, Report, ReportCounts } from './report/types.ts'
import type { CacheEntry } from './store.ts'
import { refuseWrongPairs } from './wrong-pairs.ts'

export type Format = 'text' | 'markdown' | 'html' | 'json'

export const MEDIA_TYPES: Readonly<Record<Format, string>> = {
  text: 'text/plain',
  markdown: 'text/markdown',
  html: 'text/html',
  json: 'application/json',
}

export interface RenderOptions {
  /** Hide what differs only because of the build: see "The filter" in docs/formats.md. */
  readonly filterBoring: boolean
  /** A stylesheet to link ahead of the page's own (diffoscope, HTML); already checked to be http(s) or relative. */
  readonly cssUrl?: string | undefined
  /** The place (see formats/place.ts) at which the page begins (diffoscope, HTML). Default: at the report's beginning. */
  readonly from?: string | undefined
  /**
   * What the paths of this service's addresses begin with, `` or `/differ`. Without it a page (diffoscope, HTML) has no links to what it leaves
   * out.
   */
  readonly basePath?: string | undefined
}

/**
 * What a reader is told of an error of the system, or of damage that shows only now. Such a report loses what was derived from it, so that the next
 * look-up reads it through, and sets it aside if it is the report that is damaged.
 */
async function readingError(error: unknown, { indexPath, spareIndexPath }: CacheEntry): Promise<unknown> {
  if (isGone(error)) return goneFromCache(error)
  if (!(error instanceof DamagedReportError)) return asTyped(error)
  const derived = [indexPath, spareIndexPath].filter((path) => path !== null).map((path) => `${path}.index`)
  if (error.path.endsWith('.filtered')) derived.push(error.path)
  await Promise.all(derived.map((path) => rm(path, { force: true }).catch(() => {})))
  return damagedInCache(error)
}

/** A report with what the filter hides of it; null where it was not asked for. */
export type OpenedReport = Report & { readonly hidden: ReportCounts | null }

/** Formats that are worth keeping: JSON is the report itself, and a page ends where it is long. */
const KEPT_FORMATS: ReadonlySet<Format> = new Set(['text', 'markdown'])
/** Reports below this are said in some tens of milliseconds, and their renderings are kept in memory for a while. */
const WORTH_KEEPING_BYTES = 4_000_000

/** Part of every ETag: counted up whenever a rendering of an unchanged diff changes. */
const RENDERER_VERSION = 4

export type StoredReport = StoredDebdiff | StoredDiffoscope

/** @throws DamagedReportError where the entry is not what its kind must be */
export async function openStored(entry: CacheEntry, pair: RunPair): Promise<StoredReport> {
  if (entry.kind === 'debdiff') return new StoredDebdiff(entry, pair)
  const report = await openWithIndex(entry)
  try {
    if (!entry.verified) await refuseWrongPairs(report)
    return new StoredDiffoscope(entry, pair, report)
  } finally {
    await report.close()
  }
}

/** The report, with its index where that is kept, or where there is room for it. */
async function openWithIndex({ path, indexPath, spareIndexPath }: CacheEntry): Promise<Report> {
  try {
    return await openReport(path, `${indexPath}.index`)
  } catch (error) {
    if (spareIndexPath === null || !isDiskTrouble(error)) throw error
    return openReport(path, `${spareIndexPath}.index`)
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

  /** The rendering as UTF-8 (a plain debdiff: bytes as they are), made as it is read. */
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
    const facts = [
      RENDERER_VERSION,
      this.entry.kind,
      this.digest,
      format,
      options.filterBoring,
      options.cssUrl ?? null,
      options.from ?? null,
      options.basePath ?? null,
      this.pair.old,
      this.pair.new,
    ]
    return `"${createHash('sha256').update(JSON.stringify(facts)).digest('base64url').slice(0, 27)}"`
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
      for await (const chunk of this.#bytes()) chunks.push(chunk)
    } catch (error) {
      throw await readingError(error, this.entry)
    }
    return Buffer.concat(chunks)
  }

  /** All that it was when it was looked up, or an error: one that was cut since would look like another debdiff. */
  async *#bytes(): AsyncGenerator<Uint8Array> {
    const { path, sizeBytes } = this.entry
    const file = await open(path)
    try {
      const { size } = await file.stat()
      if (size !== sizeBytes) throw new DamagedReportError(path, `it has ${size} bytes of ${sizeBytes}`)
      yield* copy(file, path, 0, sizeBytes)
    } finally {
      await file.close()
    }
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
  readonly incomplete: readonly IncompleteMark[]
  readonly incompleteCount: number

  constructor(entry: CacheEntry, pair: RunPair, report: Report) {
    super(entry, pair)
    this.digest = report.digest
    this.counts = report.counts
    this.incomplete = report.incomplete
    this.incompleteCount = report.incompleteCount
  }

  /** The report, open: close it. With the filter, what the filter leaves of it. */
  async open(filterBoring: boolean): Promise<OpenedReport> {
    const { indexPath, spareIndexPath } = this.entry
    try {
      const report = await openWithIndex(this.entry)
      if (!filterBoring) return Object.assign(report, { hidden: null })
      const { old, new: fresh } = this.pair
      const versions = { oldVersion: old.version, newVersion: fresh.version }
      return await openFilteredReport(report, versions, indexPath).catch(async (error: unknown) => {
        if (spareIndexPath === null || !isDiskTrouble(error)) throw error
        return openFilteredReport(await openWithIndex(this.entry), versions, spareIndexPath)
      })
    } catch (error) {
      throw await readingError(error, this.entry)
    }
  }

  policy({ cssUrl }: RenderOptions): string {
    return diffoscopePolicy(cssUrl)
  }

  protected rendering(format: Format, options: RenderOptions): AsyncIterable<Uint8Array> {
    const isWorthKeeping = KEPT_FORMATS.has(format) && this.entry.sizeBytes >= WORTH_KEEPING_BYTES
    if (!isWorthKeeping) return this.#made(format, options)
    // Of all options these formats only know the filter.
    const name = this.etag(format, { filterBoring: options.filterBoring }).slice(1, -1)
    return keptRendering(join(this.entry.renderingsDir, `${name}.${format}`), () =>
      this.#made(format, options),
    )
  }

  async *#made(format: Format, options: RenderOptions): AsyncGenerator<Uint8Array> {
    const { old, new: fresh } = this.pair
    const { filterBoring, cssUrl, from, basePath } = options
    const report = await this.open(filterBoring)
    try {
      yield* renderDiffoscope(format, report, {
        sources: { source1: describeRun(old), source2: describeRun(fresh) },
        title: `diffoscope for ${fresh.campaign} applied to ${fresh.source ?? 'None'}${filterBoring ? ' (filtered)' : ''}`,
        cssUrl,
        from,
        url: basePath === undefined ? undefined : (place) => this.#address(options, place),
      })
    } finally {
      await report.close()
    }
  }

  /** Where a page of this report begins at a place, or at the report's beginning. */
  #address(options: RenderOptions, from: string | null): string {
    const { filterBoring, cssUrl, basePath = '' } = options
    const page = { filterBoring, cssUrl, basePath, from: from ?? undefined }
    const { old, new: fresh } = this.pair
    const names = { kind: 'diffoscope' as const, oldId: old.id, newId: fresh.id, format: 'html' }
    return basePath + renderingPath({ ...names, ...page, etag: this.etag('html', page) })
  }
}

/** As the old service wrote it; Python's `None` stands for a run without a Debian build. */
function describeRun({ source, version, campaign }: RunPair['old']): string {
  return `${source ?? 'None'} version ${version ?? 'None'} (${campaign})`
}
