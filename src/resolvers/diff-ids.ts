/** Global ids of comparisons, diffs and report nodes. Looking an id up never starts a tool. */
import type { ReportNode } from '../diff/report/types.ts'
import type { StoredDebdiff } from '../diff/stored/stored-debdiff.ts'
import type { StoredDiffoscope } from '../diff/stored/stored-diffoscope.ts'
import { RunNotFoundError, RunNotSuccessfulError } from '../errors.ts'
import type { DiffKind, RunPair } from '../model.ts'
import { loadPair } from './comparison.ts'
import type { Context } from './context.ts'
import { parseIdParts } from './id-parts.ts'
import type { DiffView } from './open-reports.ts'
import { openReport, type ReportPart } from './report-part.ts'

export function pairId(pair: RunPair): string {
  return JSON.stringify([pair.old.id, pair.new.id])
}

/**
 * Null for an invalid id and for runs that are missing or not successful.
 * @throws DatabaseUnavailableError
 */
export async function loadPairById(id: string, context: Context): Promise<RunPair | null> {
  const [oldId, newId] = parseIdParts(id)
  return typeof oldId === 'string' && typeof newId === 'string' ? pairOrNull(oldId, newId, context) : null
}

export function diffId({ stored: { pair }, filterBoring }: DiffView): string {
  return JSON.stringify([pair.old.id, pair.new.id, filterBoring])
}

/**
 * Null for an invalid id and for a diff that is not, or no longer, cached.
 * @throws DatabaseUnavailableError
 */
export async function loadDiffById<K extends DiffKind>(kind: K, id: string, context: Context) {
  const [oldId, newId, filterBoring] = parseIdParts(id)
  if (typeof oldId !== 'string' || typeof newId !== 'string' || typeof filterBoring !== 'boolean') return null
  const pair = await pairOrNull(oldId, newId, context)
  const stored = pair && (await context.resources.loaders.cachedDiff.load({ kind, pair }))
  return (
    stored && ({ stored, filterBoring } as DiffView<K extends 'debdiff' ? StoredDebdiff : StoredDiffoscope>)
  )
}

/** The id contains a digest of the report, since an ordinal means nothing in another report. */
export function nodeId({ view: { stored, filterBoring }, value }: ReportPart<ReportNode>): string {
  const { pair } = stored
  return JSON.stringify([pair.old.id, pair.new.id, filterBoring, shortDigest(stored), value.ordinal])
}

/**
 * Null for an invalid id and for a report that is not, or no longer, cached.
 * @throws DatabaseUnavailableError
 */
export async function loadNode(id: string, context: Context): Promise<ReportPart<ReportNode> | null> {
  const [oldId, newId, filterBoring, digest, ordinal] = parseIdParts(id)
  const view = await loadDiffById('diffoscope', JSON.stringify([oldId, newId, filterBoring]), context)
  if (!view || shortDigest(view.stored) !== digest) return null
  const report = await openReport(view, context)
  const isOrdinal =
    typeof ordinal === 'number' &&
    Number.isSafeInteger(ordinal) &&
    ordinal >= 0 &&
    ordinal < report.value.counts.nodes
  return isOrdinal ? report.at(await report.value.node(ordinal)) : null
}

function shortDigest({ digest }: StoredDiffoscope): string {
  return digest.slice(0, 16)
}

async function pairOrNull(oldId: string, newId: string, context: Context): Promise<RunPair | null> {
  return loadPair(oldId, newId, context).catch((error: unknown) => {
    // An id of a missing or failed run names no comparison.
    if (error instanceof RunNotFoundError || error instanceof RunNotSuccessfulError) return null
    throw error
  })
}
