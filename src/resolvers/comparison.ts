import type { StoredOf } from '../diff/engine.ts'
import { type PackagePair, pairPackages } from '../diff/making/package-pairs.ts'
import type { Binary, DiffKind, Run, RunPair } from '../model.ts'
import { requirePair, SUCCESS } from '../run-pair.ts'
import type { DiffMode } from '../services/diff-service.ts'
import { listBinaries } from './binaries.ts'
import type { Context } from './context.ts'
import { requirePermission } from './permission.ts'

/** @throws RunNotFoundError, RunNotSuccessfulError, DatabaseUnavailableError */
export async function loadPair(oldId: string, newId: string, { loaders }: Context): Promise<RunPair> {
  const [old, fresh] = await Promise.all([loaders.run.load(oldId), loaders.run.load(newId)])
  return requirePair(oldId, newId, { old, new: fresh })
}

/** A run beside its baseline; null where there is none, or the run did not succeed. @throws DatabaseUnavailableError */
export async function loadBaselinePair(run: Run, _: unknown, { loaders }: Context): Promise<RunPair | null> {
  if (run.resultCode !== SUCCESS) return null
  const old = await loaders.baseline.load(run)
  return old && { old, new: run }
}

export type BinaryChangeKind = 'ADDED' | 'REMOVED' | 'CHANGED' | 'UNCHANGED'

export interface BinaryChange {
  readonly kind: BinaryChangeKind
  readonly old: Binary | null
  readonly new: Binary | null
}

/** What became of each package, from names, sizes and the store's checksums; nothing is fetched. */
export async function binaryChanges(pair: RunPair, context: Context): Promise<BinaryChange[]> {
  const { services, signal } = context
  const { artifacts } = services
  const [oldSide, newSide] = await Promise.all([
    listBinaries(pair.old, context),
    listBinaries(pair.new, context),
  ])
  return Promise.all(
    pairPackages(oldSide, newSide).map(async (packages) => ({ ...packages, kind: await kindOf(packages) })),
  )

  async function kindOf({ old, new: fresh }: PackagePair): Promise<BinaryChangeKind> {
    if (!old) return 'ADDED'
    if (!fresh) return 'REMOVED'
    if (old.sizeBytes !== fresh.sizeBytes) return 'CHANGED'
    // Brought by the listing: nothing is read for it.
    if (old.checksum && fresh.checksum) return old.checksum === fresh.checksum ? 'UNCHANGED' : 'CHANGED'
    const [before, after] = await Promise.all([
      artifacts.sha256(old, signal),
      artifacts.sha256(fresh, signal),
    ])
    return before !== null && before === after ? 'UNCHANGED' : 'CHANGED'
  }
}

/**
 * The diff of a comparison.
 * @throws UsageError, UnauthorizedError: see `requirePermission`; all that `Demand.diff` throws
 */
export async function loadDiff<K extends DiffKind>(
  kind: K,
  pair: RunPair,
  { mode, filterBoring }: { mode: DiffMode; filterBoring: boolean },
  context: Context,
) {
  const { services, loaders, signal } = context
  if (mode !== 'CACHED_ONLY') {
    requirePermission(`mode: ${mode}`, context)
    return { stored: await services.diffService.diff(kind, pair, mode, signal), filterBoring }
  }
  const stored =
    (await loaders.cachedDiff.load({ kind, pair })) ??
    (await services.diffService.lookupAfterJob(kind, pair, await loaders.job.load(pair)))
  return { stored: stored as StoredOf<K>, filterBoring }
}
