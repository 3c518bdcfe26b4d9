/** Global ids of comparisons, diffs and report nodes. Looking an id up never starts a tool. */
import type { ReportHunk, ReportNode } from '../diff/report/types.ts'
import type { StoredDebdiff } from '../diff/stored/stored-debdiff.ts'
import type { StoredDiffoscope } from '../diff/stored/stored-diffoscope.ts'
import type { StoredReport } from '../diff/stored/stored-report.ts'
import type { StoredSummary } from '../diff/stored/stored-summary.ts'
import { ALL_NOISE } from '../diff/summary/noise-classes.ts'
import type { NoiseClass } from '../diff/summary/types.ts'
import {
  FileNotFoundError,
  PackageNotFoundError,
  RunNotFoundError,
  RunNotSuccessfulError,
} from '../errors.ts'
import type { FileAddress, RunPair } from '../model.ts'
import { DiffNotReadyError } from '../services/diff-service.ts'
import { debdiffView, loadPair } from './comparison.ts'
import type { Context } from './context.ts'
import { parseIdParts } from './id-parts.ts'
import type { DebdiffView, DiffoscopeView, DiffView, FileReportView, ReportView } from './open-reports.ts'
import { hunkAt } from './report-fields.ts'
import { openReport, type ReportPart } from './report-part.ts'

export function pairId(pair: RunPair): string {
  return JSON.stringify([pair.old.id, pair.new.id])
}

/** The runs in the global id of a comparison, encoded as clients have it; null for another id. */
export function pairOfId(globalId: string): { oldId: string; newId: string } | null {
  const [, inner] = /^Comparison:(.*)$/s.exec(Buffer.from(globalId, 'base64').toString('utf8')) ?? []
  const [oldId, newId] = parseIdParts(inner ?? '')
  return typeof oldId === 'string' && typeof newId === 'string' ? { oldId, newId } : null
}

/**
 * Null for an invalid id and for runs that are missing or not successful.
 * @throws DatabaseUnavailableError
 */
export async function loadPairById(id: string, context: Context): Promise<RunPair | null> {
  const [oldId, newId] = parseIdParts(id)
  return typeof oldId === 'string' && typeof newId === 'string' ? pairOrNull(oldId, newId, context) : null
}

export function diffId({ stored: { pair }, hide }: DiffView): string {
  return JSON.stringify([pair.old.id, pair.new.id, hide?.classes ?? []])
}

/**
 * Null for an invalid id and for a debdiff that is not, or no longer, cached, with its summary if noise is hidden.
 * @throws DatabaseUnavailableError
 */
export async function loadDebdiffById(id: string, context: Context): Promise<DebdiffView | null> {
  const named = await parseDiffId(id, context)
  if (!named) return null
  const { pair, classes } = named
  const { cachedDiff } = context.resources.loaders
  const [stored, summary] = await Promise.all([
    cachedDiff.load({ kind: 'debdiff', pair }),
    cachedDiff.load({ kind: 'summary', pair }),
  ])
  if (!stored || (!summary && classes.length > 0)) return null
  const known = (summary as StoredSummary | null) ?? new DiffNotReadyError('summary', null)
  return debdiffView(stored as StoredDebdiff, known, classes)
}

/**
 * Null for an invalid id and for a report that is not, or no longer, cached, with its summary if noise is hidden.
 * @throws DatabaseUnavailableError
 */
export async function loadDiffoscopeById(id: string, context: Context): Promise<DiffoscopeView | null> {
  const named = await parseDiffId(id, context)
  if (!named) return null
  const { pair, classes } = named
  const { cachedDiff } = context.resources.loaders
  const stored = (await cachedDiff.load({ kind: 'diffoscope', pair })) as StoredDiffoscope | null
  if (!stored || classes.length === 0) return stored && { stored, hide: undefined, mode: 'CACHED_ONLY' }
  const summary = (await cachedDiff.load({ kind: 'summary', pair })) as StoredSummary | null
  return summary && { stored, hide: summary.hide(classes), mode: 'CACHED_ONLY' }
}

/** Ids of older versions have a boolean in place of the classes: whether noise is hidden. */
async function parseDiffId(
  id: string,
  context: Context,
): Promise<{ pair: RunPair; classes: readonly NoiseClass[] } | null> {
  const [oldId, newId, hide] = parseIdParts(id)
  const classes = hide === true ? ALL_NOISE : hide === false ? [] : hide
  if (typeof oldId !== 'string' || typeof newId !== 'string' || !isNoise(classes)) return null
  const pair = await pairOrNull(oldId, newId, context)
  return pair && { pair, classes }
}

function isNoise(value: unknown): value is readonly NoiseClass[] {
  return Array.isArray(value) && value.every((name) => ALL_NOISE.includes(name))
}

/** The id contains a digest of the report, since an ordinal means nothing in another report. */
export function nodeId({ view, value }: ReportPart<ReportNode>): string {
  return reportPartId(view, value.ordinal)
}

/** In the place of a node's ordinal, a hunk has that and its position. */
export function hunkId({ view, value }: ReportPart<ReportHunk>): string {
  return reportPartId(view, [value.node, value.position])
}

function reportPartId({ stored, hide }: ReportView, part: unknown): string {
  const { pair, file } = stored
  const report = [pair.old.id, pair.new.id, hide?.classes ?? [], digestOf({ stored, hide }), part]
  return JSON.stringify([...report, ...(file ? partsOf(file) : [])])
}

export function fileReportId({ stored: { pair, file }, hide }: FileReportView): string {
  return JSON.stringify([pair.old.id, pair.new.id, hide?.classes ?? [], ...partsOf(file)])
}

function partsOf({ package: name, path, oldPath, oldPackage }: FileAddress): (string | null)[] {
  return [name, path, oldPath, oldPackage]
}

/**
 * Null for an invalid id, a file that does not exist, and one whose report needs a tool and is not cached, with
 * the pair's summary if noise is hidden.
 * @throws the errors of `DiffService.file` that the store of packages causes
 */
export async function loadFileReport(id: string, context: Context): Promise<FileReportView | null> {
  const [oldId, newId, hide, ...address] = parseIdParts(id)
  const named = await parseDiffId(JSON.stringify([oldId, newId, hide]), context)
  const file = addressOf(address)
  if (!named || !file) return null
  const { pair, classes } = named
  const { services, client, signal } = context
  try {
    const [stored, summary] = await Promise.all([
      services.diffService.file(pair, file, 'CACHED_ONLY', { client, signal }),
      classes.length > 0 ? context.resources.loaders.cachedDiff.load({ kind: 'summary', pair }) : null,
    ])
    if (!summary && classes.length > 0) return null
    return { stored, hide: (summary as StoredSummary | null)?.hide(classes), mode: 'CACHED_ONLY' }
  } catch (error) {
    const isAbsent = [FileNotFoundError, PackageNotFoundError, DiffNotReadyError].some(
      (type) => error instanceof type,
    )
    if (isAbsent) return null
    throw error
  }
}

function addressOf([name, path, oldPath, oldPackage]: readonly unknown[]): FileAddress | null {
  if (typeof name !== 'string' || typeof path !== 'string') return null
  return isTextOrNull(oldPath) && isTextOrNull(oldPackage)
    ? { package: name, path, oldPath, oldPackage }
    : null
}

function isTextOrNull(value: unknown): value is string | null {
  return typeof value === 'string' || value === null
}

/**
 * Null for an invalid id and for a report that is not, or no longer, cached.
 * @throws DatabaseUnavailableError
 */
export async function loadNode(id: string, context: Context): Promise<ReportPart<ReportNode> | null> {
  const [oldId, newId, hide, digest, ordinal, ...file] = parseIdParts(id)
  const view =
    file.length === 0
      ? await loadDiffoscopeById(JSON.stringify([oldId, newId, hide]), context)
      : await loadFileReport(JSON.stringify([oldId, newId, hide, ...file]), context)
  if (!view || digestOf(view) !== digest) return null
  const report = await openReport(view, context)
  const isOrdinal =
    typeof ordinal === 'number' &&
    Number.isSafeInteger(ordinal) &&
    ordinal >= 0 &&
    ordinal < report.value.counts.nodes
  return isOrdinal ? report.at(await report.value.node(ordinal)) : null
}

/**
 * Null for an invalid id and for a hunk of a report that is not, or no longer, cached.
 * @throws DatabaseUnavailableError
 */
export async function loadHunk(id: string, context: Context): Promise<ReportPart<ReportHunk> | null> {
  const [oldId, newId, hide, digest, part, ...file] = parseIdParts(id)
  if (!Array.isArray(part)) return null
  const [ordinal, position] = part as unknown[]
  if (typeof position !== 'number' || !Number.isSafeInteger(position)) return null
  const node = await loadNode(JSON.stringify([oldId, newId, hide, digest, ordinal, ...file]), context)
  return node && hunkAt(node, position)
}

/** What is hidden also depends on the summary. */
function digestOf({ stored, hide }: Pick<DiffView<StoredReport>, 'stored' | 'hide'>): string {
  const digest = stored.digest.slice(0, 16)
  return hide ? `${digest} ${hide.summaryDigest}` : digest
}

async function pairOrNull(oldId: string, newId: string, context: Context): Promise<RunPair | null> {
  return loadPair(oldId, newId, context).catch((error: unknown) => {
    // An id of a missing or failed run names no comparison.
    if (error instanceof RunNotFoundError || error instanceof RunNotSuccessfulError) return null
    throw error
  })
}
