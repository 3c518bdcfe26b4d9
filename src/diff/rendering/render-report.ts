/** Renders the diffoscope report of a cache entry. Its input is plain data, so that any thread can do it. */
import type { FileAddress, RunPair } from '../../model.ts'
import { renderingPath } from '../../rendering-path.ts'
import { isDiskError } from '../cache/disk-errors.ts'
import type { CacheEntry } from '../cache/entry-store.ts'
import { boringFilter } from '../report/filter/boring-filter.ts'
import { openFilteredReport } from '../report/filter/filter-report.ts'
import type { HiddenNoise, ReportFilter } from '../report/filter/filter-rules.ts'
import { openReport, readSmallReport, type SmallReport } from '../report/open-report.ts'
import type { Report, ReportCounts } from '../report/types.ts'
import { fileNoiseFilter } from '../summary/file-noise-filter.ts'
import { hideText } from '../summary/noise-classes.ts'
import { noiseFilter } from '../summary/noise-filter.ts'
import { readSummary } from '../summary/stored-form.ts'
import type { RootSources } from './diffoscope/document-order.ts'
import { renderDiffoscope } from './diffoscope/render-diffoscope.ts'
import type { FilterOptions, Format, RenderOptions } from './format.ts'
import { type EtagFacts, renderingEtag } from './rendering-etag.ts'

/** Plain data: it is sent to the render worker. */
export interface Rendering extends EtagFacts {
  readonly entry: CacheEntry
  /** Of the report, uncompressed. */
  readonly sizeBytes: number
  readonly format: Format
  readonly options: RenderOptions
}

/** Opens the report of an entry, which the caller closes. */
export type OpenEntry = (entry: CacheEntry) => Promise<Report>

/** `hidden` counts what the filter hides; null if the report is not filtered. */
export type OpenedReport = Report & {
  readonly hidden: ReportCounts | null
  /** The same by class of noise; empty for `filterBoring`, which knows no classes. */
  readonly hiddenNoise: readonly HiddenNoise[]
}

/**
 * Opens an entry's report. If the cache's disk cannot be written, its index goes to the fallback. Small reports of files have no stored
 * index: it would take more files and time than the report.
 */
export async function openWithIndex(entry: CacheEntry): Promise<Report> {
  return (await readIfSmall(entry))?.open() ?? openLarge(entry)
}

/** The report of an entry of which small ones have no stored index; null for any other. @throws as `openEntryReport` */
export async function readIfSmall({ kind, path }: CacheEntry): Promise<SmallReport | null> {
  return kind === 'file' ? readSmallReport(path) : null
}

/** Opens the report of an entry whose index is stored, or is to be. @throws as `openEntryReport` */
export async function openLarge({ path, indexPath, fallbackIndexPath }: CacheEntry): Promise<Report> {
  try {
    return await openReport(path, `${indexPath}.index`)
  } catch (error) {
    if (fallbackIndexPath === null || !isDiskError(error)) throw error
    return openReport(path, `${fallbackIndexPath}.index`)
  }
}

/**
 * Opens an entry's report, filtered or not; the caller closes it.
 * @param file that the report is about; null for a report of all packages
 * @param open opens the report that is filtered
 * @throws DamagedReportError; file system errors, also if the summary of `hide` is gone
 */
export async function openEntryReport(
  entry: CacheEntry,
  pair: RunPair,
  file: FileAddress | null,
  options: FilterOptions,
  open: OpenEntry = openWithIndex,
): Promise<OpenedReport> {
  const filter = filterOf(pair, file, options)
  const { indexPath, fallbackIndexPath } = entry
  const report = await open(entry)
  if (!filter) return Object.assign(report, { hidden: null, hiddenNoise: [] })
  return openFilteredReport(report, filter, indexPath).catch(async (error: unknown) => {
    if (fallbackIndexPath === null || !isDiskError(error)) throw error
    return openFilteredReport(await open(entry), filter, fallbackIndexPath)
  })
}

function filterOf(
  pair: RunPair,
  file: FileAddress | null,
  { filterBoring, hide }: FilterOptions,
): ReportFilter | null {
  if (filterBoring) return boringFilter({ oldVersion: pair.old.version, newVersion: pair.new.version })
  if (!hide) return null
  const { classes, summaryPath, summaryDigest } = hide
  const read = async () => (await readSummary(summaryPath)).summary
  return file
    ? fileNoiseFilter(summaryDigest, classes, file, read)
    : noiseFilter(summaryDigest, classes, read)
}

/**
 * The rendering as UTF-8, made as it is read. A chunk is valid until the next one is requested.
 * @throws as `openEntryReport` and `renderDiffoscope`
 */
export async function* renderReport(
  rendering: Rendering,
  open?: OpenEntry,
): AsyncGenerator<Uint8Array, void, void> {
  const { entry, pair, file, format, options } = rendering
  const { filterBoring, hide, cssUrl, from, basePath, unshown } = options
  const report = await openEntryReport(entry, pair, file, options, open)
  try {
    yield* renderDiffoscope(format, report, {
      sources: rootSourcesOf(pair),
      title: `${titleOf(pair, file)}${filterBoring || hide ? ' (filtered)' : ''}`,
      cssUrl,
      from,
      unshown,
      ...(basePath === undefined
        ? { isWhole: true }
        : { url: (position) => pageUrl(rendering, position), compareUrl: compareUrl(pair, basePath) }),
    })
  } finally {
    await report.close()
  }
}

/** URL of the view of the web page that compares the same two runs. */
function compareUrl({ old, new: newer }: RunPair, basePath: string): string {
  return `${basePath}/compare/${[old.id, newer.id].map(encodeURIComponent).join('/')}`
}

/** URL of the page of this report that begins at a position or, for null, at the report's beginning. */
function pageUrl(rendering: Rendering, from: string | null): string {
  const { filterBoring, hide, cssUrl, basePath = '' } = rendering.options
  const { kind, file, pair } = rendering
  const { old, new: newer } = pair
  const page = { filterBoring, hide, cssUrl, basePath, from: from ?? undefined }
  const names = { kind, oldId: old.id, newId: newer.id, file, format: 'html' }
  return (
    basePath +
    renderingPath({
      ...names,
      ...page,
      hide: hide && hideText(hide.classes),
      etag: renderingEtag(rendering, 'html', page),
    })
  )
}

function titleOf({ new: { campaign, source } }: RunPair, file: FileAddress | null): string {
  const subject = file ? `${file.path} of ${file.package}` : 'diffoscope'
  return `${subject} for ${campaign} applied to ${source ?? 'None'}`
}

/** Names of the two sides of a report's root: the runs instead of temporary paths. */
export function rootSourcesOf(pair: RunPair): RootSources {
  return { source1: describeRun(pair.old), source2: describeRun(pair.new) }
}

/** The legacy service's text; it prints Python's `None` for a run without a Debian build. */
function describeRun({ source, version, campaign }: RunPair['old']): string {
  return `${source ?? 'None'} version ${version ?? 'None'} (${campaign})`
}
