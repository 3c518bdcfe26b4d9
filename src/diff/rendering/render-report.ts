/** How a stored diffoscope report becomes a rendering: from data alone, so that it can be made in any thread. */
import { etagOf } from '../../etag.ts'
import type { DiffKind, RunPair } from '../../model.ts'
import { renderingPath } from '../../rendering-path.ts'
import { isDiskError } from '../cache/disk-errors.ts'
import type { CacheEntry } from '../cache/entry-store.ts'
import { openFilteredReport } from '../report/filter/filter-report.ts'
import { openReport } from '../report/open-report.ts'
import type { Report, ReportCounts } from '../report/types.ts'
import type { RootSources } from './diffoscope/document-order.ts'
import { renderDiffoscope } from './diffoscope/render-diffoscope.ts'

export type Format = 'text' | 'markdown' | 'html' | 'json'

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

/** What is rendered, and how: data alone. */
export interface Rendering extends Rendered {
  readonly entry: CacheEntry
  readonly format: Format
  readonly options: RenderOptions
}

/** A stored diff as far as an ETag depends on it. */
interface Rendered {
  readonly kind: DiffKind
  readonly pair: RunPair
  readonly digest: string
}

/** A report with what the filter hides of it; null where it was not asked for. */
export type OpenedReport = Report & { readonly hidden: ReportCounts | null }

/** Part of every ETag: counted up whenever a rendering of an unchanged diff changes. */
const RENDERER_VERSION = 4

/** A strong validator of one rendering, quotes included. */
export function renderingEtag(
  { kind, digest, pair }: Rendered,
  format: Format,
  options: RenderOptions,
): string {
  const facts = [
    RENDERER_VERSION,
    kind,
    digest,
    format,
    options.filterBoring,
    options.cssUrl ?? null,
    options.from ?? null,
    options.basePath ?? null,
    pair.old,
    pair.new,
  ]
  return etagOf(JSON.stringify(facts))
}

/** The report, with its index where that is kept, or where there is room for it. */
export async function openWithIndex({ path, indexPath, fallbackIndexPath }: CacheEntry): Promise<Report> {
  try {
    return await openReport(path, `${indexPath}.index`)
  } catch (error) {
    if (fallbackIndexPath === null || !isDiskError(error)) throw error
    return openReport(path, `${fallbackIndexPath}.index`)
  }
}

/** The report as `StoredDiffoscope.open` hands it out. @throws DamagedReportError; file system errors */
export async function openEntryReport(
  entry: CacheEntry,
  pair: RunPair,
  filterBoring: boolean,
): Promise<OpenedReport> {
  const { indexPath, fallbackIndexPath } = entry
  const report = await openWithIndex(entry)
  if (!filterBoring) return Object.assign(report, { hidden: null })
  const versions = { oldVersion: pair.old.version, newVersion: pair.new.version }
  return openFilteredReport(report, versions, indexPath).catch(async (error: unknown) => {
    if (fallbackIndexPath === null || !isDiskError(error)) throw error
    return openFilteredReport(await openWithIndex(entry), versions, fallbackIndexPath)
  })
}

/** The rendering as UTF-8, made as it is read; a chunk is only good until the next one is asked for. @throws as `openFor` and the formats */
export async function* renderReport(rendering: Rendering): AsyncGenerator<Uint8Array, void, void> {
  const { entry, pair, format, options } = rendering
  const { filterBoring, cssUrl, from, basePath } = options
  const report = await openEntryReport(entry, pair, filterBoring)
  try {
    yield* renderDiffoscope(format, report, {
      sources: rootSourcesOf(pair),
      title: `diffoscope for ${pair.new.campaign} applied to ${pair.new.source ?? 'None'}${filterBoring ? ' (filtered)' : ''}`,
      cssUrl,
      from,
      url: basePath === undefined ? undefined : (place) => addressOf(rendering, place),
    })
  } finally {
    await report.close()
  }
}

/** Where a page of this report begins at a place, or at the report's beginning. */
function addressOf(rendering: Rendering, from: string | null): string {
  const { filterBoring, cssUrl, basePath = '' } = rendering.options
  const page = { filterBoring, cssUrl, basePath, from: from ?? undefined }
  const { old, new: fresh } = rendering.pair
  const names = { kind: 'diffoscope' as const, oldId: old.id, newId: fresh.id, format: 'html' }
  return basePath + renderingPath({ ...names, ...page, etag: renderingEtag(rendering, 'html', page) })
}

/** What a report's root is said to compare. */
export function rootSourcesOf(pair: RunPair): RootSources {
  return { source1: describeRun(pair.old), source2: describeRun(pair.new) }
}

/** As the old service wrote it; Python's `None` stands for a run without a Debian build. */
function describeRun({ source, version, campaign }: RunPair['old']): string {
  return `${source ?? 'None'} version ${version ?? 'None'} (${campaign})`
}
