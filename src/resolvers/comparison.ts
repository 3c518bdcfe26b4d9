import type { StoredOf } from '../diff/engine.ts'
import { type PackagePair, pairPackages } from '../diff/making/package-pairs.ts'
import type { StoredSummary } from '../diff/stored/stored-summary.ts'
import type { Binary, ResultKind, Run, RunPair } from '../model.ts'
import { loadRunPair, SUCCESS } from '../run-pair.ts'
import type { DiffMode } from '../services/diff-service.ts'
import { listBinaries } from './binaries.ts'
import type { Context } from './context.ts'
import { requirePermission } from './permission.ts'

/** @throws RunNotFoundError, RunNotSuccessfulError, DatabaseUnavailableError */
export function loadPair(oldId: string, newId: string, { resources }: Context): Promise<RunPair> {
  const { run } = resources.loaders
  return loadRunPair(oldId, newId, (ids) => Promise.all(ids.map((id) => run.load(id))))
}

/**
 * Pairs a run with its baseline; null if it has none or did not succeed.
 * @throws DatabaseUnavailableError
 */
export async function loadBaselinePair(
  run: Run,
  _: unknown,
  { resources }: Context,
): Promise<RunPair | null> {
  if (run.resultCode !== SUCCESS) return null
  const baseline = await resources.loaders.baseline.load(run)
  return baseline && { old: baseline, new: run }
}

export type BinaryChangeKind = 'ADDED' | 'REMOVED' | 'CHANGED' | 'UNCHANGED'

export interface BinaryChange {
  readonly kind: BinaryChangeKind
  readonly old: Binary | null
  readonly new: Binary | null
}

/**
 * Compares the packages of two runs by names, sizes and checksums of the artifact store; fetches none of
 * them.
 */
export async function binaryChanges(pair: RunPair, context: Context): Promise<BinaryChange[]> {
  const [oldSide, newSide] = await Promise.all([
    listBinaries(pair.old, context),
    listBinaries(pair.new, context),
  ])
  return Promise.all(
    pairPackages(oldSide, newSide).map(async (packages) => ({
      ...packages,
      kind: await changeKind(packages, context),
    })),
  )
}

async function changeKind(packages: PackagePair, context: Context): Promise<BinaryChangeKind> {
  const { old: oldFile, new: newFile } = packages
  if (!oldFile) return 'ADDED'
  if (!newFile) return 'REMOVED'
  return (await haveSameBytes(oldFile, newFile, context)) ? 'UNCHANGED' : 'CHANGED'
}

async function haveSameBytes(
  oldFile: Binary,
  newFile: Binary,
  { services: { artifacts }, signal }: Context,
): Promise<boolean> {
  if (oldFile.sizeBytes !== newFile.sizeBytes) return false
  // Checksums that came with the listing save reading both files.
  if (oldFile.checksum && newFile.checksum) return oldFile.checksum === newFile.checksum
  const [oldHash, newHash] = await Promise.all([
    artifacts.sha256(oldFile, signal),
    artifacts.sha256(newFile, signal),
  ])
  return oldHash !== null && oldHash === newHash
}

/**
 * Returns the summary of a comparison.
 * @throws as `loadDiff`
 */
export async function loadSummary(
  pair: RunPair,
  { mode }: { mode: DiffMode },
  context: Context,
): Promise<StoredSummary> {
  const { stored } = await loadDiff('summary', pair, { mode, filterBoring: false }, context)
  // It stays in memory until the operation has ended.
  context.bytes.charge(stored.entry.sizeBytes)
  return stored
}

/**
 * Returns the diff of a comparison. A cached one needs no permission in any mode, because it starts no work.
 * @throws UsageError or UnauthorizedError as `requirePermission` does, if the diff is not cached and the mode
 *   is not `CACHED_ONLY`; the errors of `DiffService.diff`
 */
export async function loadDiff<K extends ResultKind>(
  kind: K,
  pair: RunPair,
  { mode, filterBoring }: { mode: DiffMode; filterBoring: boolean },
  context: Context,
) {
  const { services, resources, client, signal } = context
  const { cachedDiff, job } = resources.loaders
  const cached = await cachedDiff.load({ kind, pair })
  if (cached) return { stored: cached as StoredOf<K>, filterBoring }
  if (mode === 'CACHED_ONLY') {
    const stored = await services.diffService.lookupAfterJob(kind, pair, await job.load(pair))
    return { stored, filterBoring }
  }
  requirePermission(`mode: ${mode}`, context)
  return { stored: await services.diffService.diff(kind, pair, mode, { client, signal }), filterBoring }
}
