/** Global ids of comparisons, diffs and what is in them, and the way back. An id names; it never starts a tool. */
import type { ReportNode } from '../diff/report/types.ts'
import type { StoredDebdiff, StoredDiffoscope } from '../diff/stored-diff.ts'
import { RunNotFoundError, RunNotSuccessfulError } from '../errors.ts'
import type { DiffKind, RunPair } from '../model.ts'
import { loadPair } from './comparison.ts'
import type { Context } from './context.ts'
import { partsOf } from './id-parts.ts'
import type { DiffView } from './open-reports.ts'

export function pairId({ old, new: fresh }: RunPair): string {
  return JSON.stringify([old.id, fresh.id])
}

/** Null for an id that is none, and for runs that are not there or not successful. @throws DatabaseUnavailableError */
export async function loadPairById(id: string, context: Context): Promise<RunPair | null> {
  const [old, fresh] = partsOf(id)
  return typeof old === 'string' && typeof fresh === 'string' ? pairOrNull(old, fresh, context) : null
}

export function diffId({ stored, filterBoring }: DiffView): string {
  return JSON.stringify([stored.pair.old.id, stored.pair.new.id, filterBoring])
}

/** Null where it is not cached (any more). */
export async function loadDiffById<K extends DiffKind>(kind: K, id: string, context: Context) {
  const [old, fresh, filterBoring] = partsOf(id)
  if (typeof old !== 'string' || typeof fresh !== 'string' || typeof filterBoring !== 'boolean') return null
  const pair = await pairOrNull(old, fresh, context)
  const stored = pair && (await context.loaders.cachedDiff.load({ kind, pair }))
  return (
    stored && ({ stored, filterBoring } as DiffView<K extends 'debdiff' ? StoredDebdiff : StoredDiffoscope>)
  )
}

export function nodeId(
  { stored, filterBoring }: DiffView<StoredDiffoscope>,
  { ordinal }: ReportNode,
): string {
  const { pair } = stored
  // An ordinal means nothing in another report.
  return JSON.stringify([pair.old.id, pair.new.id, filterBoring, stored.digest.slice(0, 16), ordinal])
}

/** Null where that report is not cached (any more). */
export async function loadNode(id: string, context: Context) {
  const [old, fresh, filterBoring, digest, ordinal] = partsOf(id)
  const view = await loadDiffById('diffoscope', JSON.stringify([old, fresh, filterBoring]), context)
  if (!view || view.stored.digest.slice(0, 16) !== digest) return null
  const report = await context.reports.of(view)
  const isPlace =
    Number.isSafeInteger(ordinal) && Number(ordinal) >= 0 && Number(ordinal) < report.counts.nodes
  return isPlace ? { view, report, value: await report.node(Number(ordinal)) } : null
}

async function pairOrNull(old: string, fresh: string, context: Context): Promise<RunPair | null> {
  return loadPair(old, fresh, context).catch(nullIfAbsent)
}

/** An unknown run is not there, and one without packages has nothing to compare. */
function nullIfAbsent(error: unknown): null {
  if (error instanceof RunNotFoundError || error instanceof RunNotSuccessfulError) return null
  throw error
}
