import type { StoredOf } from '../diff/engine.ts'
import { type PackagePair, pairPackages } from '../diff/making/package-pairs.ts'
import type { StoredDebdiff } from '../diff/stored/stored-debdiff.ts'
import type { StoredFile } from '../diff/stored/stored-file.ts'
import type { StoredSummary } from '../diff/stored/stored-summary.ts'
import { TypedDebdiff } from '../diff/stored/typed-debdiff.ts'
import { ALL, ALL_NOISE } from '../diff/summary/noise-classes.ts'
import type { NoiseClass } from '../diff/summary/types.ts'
import { DifferError } from '../errors.ts'
import type { Binary, FileAddress, ResultKind, Run, RunPair } from '../model.ts'
import { loadRunPair, SUCCESS } from '../run-pair.ts'
import { type DiffMode, DiffNotReadyError } from '../services/diff-service.ts'
import { listBinaries } from './binaries.ts'
import type { Context } from './context.ts'
import type { DebdiffView, DiffoscopeView, FileReportView } from './open-reports.ts'
import { mayStartWork, requirePermission } from './permission.ts'

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

export interface DiffArguments {
  readonly mode: DiffMode
  readonly hide?: readonly NoiseClass[] | null | undefined
  /** The old name of hiding all noise. */
  readonly filterBoring?: boolean
}

/**
 * Returns the summary of a comparison.
 * @throws as `loadResult`
 */
export async function loadSummary(
  pair: RunPair,
  { mode }: { mode: DiffMode },
  context: Context,
): Promise<StoredSummary> {
  const stored = await loadResult('summary', pair, mode, context)
  // It stays in memory until the operation has ended.
  context.bytes.charge(stored.memoryBytes)
  return stored
}

/**
 * Returns the debdiff of a comparison. Its typed fields need the pair's summary, so that is made with it.
 * @throws as `loadResult`
 */
export async function loadDebdiff(
  pair: RunPair,
  args: DiffArguments,
  context: Context,
): Promise<DebdiffView> {
  const classes = hiddenClasses(args)
  const [stored, summary] = await Promise.all([
    loadResult('debdiff', pair, args.mode, context),
    loadSummary(pair, args, context).catch((error: unknown) => {
      // The old service made no summaries. The renderings of its debdiffs need none.
      if (error instanceof DifferError && classes.length === 0) return error
      throw error
    }),
  ])
  return debdiffView(stored, summary, classes)
}

/**
 * Returns the diffoscope report of a comparison. What is noise in it is in the pair's summary, so that is made
 * with it if noise is hidden.
 * @throws as `loadResult`
 */
export async function loadDiffoscope(
  pair: RunPair,
  args: DiffArguments,
  context: Context,
): Promise<DiffoscopeView> {
  const classes = hiddenClasses(args)
  const [stored, summary] = await Promise.all([
    loadResult('diffoscope', pair, args.mode, context),
    classes.length > 0 ? loadSummary(pair, args, context) : null,
  ])
  // A missing summary to hold the report against is made only if the request may start work.
  return { stored, hide: summary?.hide(classes), mode: mayStartWork(context) ? args.mode : 'CACHED_ONLY' }
}

export function debdiffView(
  stored: StoredDebdiff,
  summary: StoredSummary | DifferError,
  classes: readonly NoiseClass[],
): DebdiffView {
  if (summary instanceof DifferError) return { stored, hide: undefined, contents: summary }
  return { stored, hide: summary.hide(classes), contents: new TypedDebdiff(summary, classes) }
}

function hiddenClasses({ hide, filterBoring = false }: DiffArguments): readonly NoiseClass[] {
  const names = hide ?? []
  return filterBoring || names.includes(ALL) ? ALL_NOISE : [...new Set(names)]
}

/**
 * A cached one needs no permission in any mode, because it starts no work. What it lacks is tried again only
 * with permission.
 * @throws UsageError or UnauthorizedError as `requirePermission` does, if the diff is not cached and the mode
 *   is not `CACHED_ONLY`; the errors of `DiffService.diff`
 */
async function loadResult<K extends ResultKind>(
  kind: K,
  pair: RunPair,
  mode: DiffMode,
  context: Context,
): Promise<StoredOf<K>> {
  const { services, resources, client, signal } = context
  const { cachedDiff, job } = resources.loaders
  const cached = await cachedDiff.load({ kind, pair })
  const mayRetry = mode !== 'CACHED_ONLY' && mayStartWork(context)
  if (cached && !(mayRetry && cached.entry.origin.lacks)) return cached as StoredOf<K>
  if (mode === 'CACHED_ONLY') return services.diffService.lookupAfterJob(kind, pair, await job.load(pair))
  requirePermission(`mode: ${mode}`, context)
  return services.diffService.diff(kind, pair, mode, { client, signal })
}

/** What a field requests of a file. */
export interface FileRequest extends FileAddress, Pick<DiffArguments, 'mode' | 'hide'> {}

/**
 * Returns the report of a file of a comparison. What is noise in it is in the pair's summary, so that is made
 * with it if noise is hidden.
 * @throws UsageError or UnauthorizedError as `requirePermission` does, if the report is neither cached nor text
 *   and the mode is not `CACHED_ONLY`; the errors of `DiffService.file`; as `loadResult`
 */
export async function loadFile(
  pair: RunPair,
  { mode, hide, package: name, path, oldPath, oldPackage }: FileRequest,
  context: Context,
): Promise<FileReportView> {
  const classes = hiddenClasses({ mode, hide })
  const file = { package: name, path, oldPath, oldPackage }
  const [stored, summary] = await Promise.all([
    loadStoredFile(pair, file, mode, context),
    classes.length > 0 ? loadSummary(pair, { mode }, context) : null,
  ])
  return { stored, hide: summary?.hide(classes), mode }
}

async function loadStoredFile(
  pair: RunPair,
  file: FileAddress,
  mode: DiffMode,
  context: Context,
): Promise<StoredFile> {
  const { services, client, signal } = context
  const { diffService } = services
  if (mode === 'CACHED_ONLY' || mayStartWork(context))
    return diffService.file(pair, file, mode, { client, signal })
  try {
    return await diffService.file(pair, file, 'CACHED_ONLY', { client, signal })
  } catch (error) {
    if (error instanceof DiffNotReadyError) requirePermission(`mode: ${mode}`, context)
    throw error
  }
}
