/** Opens the engine for two sides that a command names: run ids, package files or directories of packages. */
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLocalStore } from '../artifacts/local.ts'
import type { ArtifactStore } from '../artifacts/store.ts'
import type { Config } from '../config/load.ts'
import type { DiffEngine } from '../diff/engine.ts'
import type { MakeOptions } from '../diff/engine-options.ts'
import type { RulesFile } from '../diff/rules-file/rules-file.ts'
import { UsageError } from '../errors.ts'
import { openConfiguredArtifacts, openConfiguredDatabase, openEngine } from '../factories.ts'
import type { Logger } from '../log.ts'
import type { Run, RunPair } from '../model.ts'
import { requirePair } from '../run-pair.ts'
import { findPackages, readBuildFacts } from './packages.ts'
import { progressLine } from './progress-line.ts'

/** Package files, directories of packages or run ids. A name that exists as a file is not a run id. */
export interface Sides {
  readonly old: string
  readonly new: string
}

/**
 * An engine and options that make results of the pair, with the limits of a request and progress on a
 * terminal.
 */
export interface OpenPair {
  readonly engine: DiffEngine
  /** Null if none is configured. */
  readonly rulesFile: RulesFile | null
  readonly pair: RunPair
  readonly makeOptions: MakeOptions
  /** Names of the packages of the new side. */
  readonly packageNames: () => Promise<readonly string[]>
  /** Erases the progress line. Call it before printing. */
  readonly clearProgress: () => void
}

/** A side of the comparison whose packages are local files. */
interface LocalSide {
  readonly run: Run
  /** Whether one file was named, not a directory. */
  readonly isFile: boolean
  readonly files: string[]
}

/**
 * Calls `work` with an engine for the two sides and closes everything afterwards. Results of local files are
 * not cached, because the files may change under the same names.
 * @throws UsageError for a side that does not exist, and on SIGINT or SIGTERM; the errors of `work`
 */
export async function usePair<T>(
  config: Config,
  log: Logger,
  sides: Sides,
  work: (open: OpenPair) => Promise<T>,
): Promise<T> {
  const old = await localSide(sides.old, 'old')
  const newer = await localSide(sides.new, 'new')
  const areFiles = [old, newer].every((side) => side?.isFile)
  const pair = await completePair(config, sides, old?.run ?? null, newer?.run ?? null, areFiles)
  const local = new Map([old, newer].flatMap((side) => (side ? [[side.run.id, side.files]] : [])))
  const artifacts = withLocalRuns(await openConfiguredArtifacts(config), local)
  const scratch = local.size > 0 ? await mkdtemp(join(tmpdir(), 'differ-cache-')) : null
  // Asking the tools for their versions takes half a second, longer than most comparisons.
  const options = { cachePath: scratch ?? config.cachePath, recordToolVersions: false }
  const { engine, rulesFile, close } = await openEngine(config, artifacts, log, options)
  const progress = progressLine()
  const interrupt = new AbortController()
  const onSignal = () => interrupt.abort(new UsageError('Interrupted'))
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal)
  const makeOptions: MakeOptions = {
    limits: config.requestLimits,
    retrievalTimeoutMs: config.retrievalTimeout * 1000,
    urgency: 'request',
    signal: interrupt.signal,
    onProgress: ({ step, fraction }) =>
      progress.show(`${String(Math.floor(fraction * 100)).padStart(3)} %  ${step}`),
  }
  try {
    const packageNames = async () => {
      const binaries = await artifacts.list(pair.new.id, interrupt.signal)
      return [...new Set(binaries.map((binary) => binary.package))]
    }
    return await work({ engine, rulesFile, pair, makeOptions, packageNames, clearProgress: progress.clear })
  } finally {
    progress.clear()
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
    await close()
    await artifacts.close()
    if (scratch) await rm(scratch, { recursive: true, force: true })
  }
}

async function localSide(path: string, side: 'old' | 'new'): Promise<LocalSide | null> {
  const exists = await stat(path).catch(() => null)
  // Such a name is not meant as a run id.
  if (!exists && /\/|\.[ud]?deb$/.test(path)) throw new UsageError(`${path} does not exist`)
  if (!exists) return null
  const files = await findPackages(path, { mayBeBroken: true })
  // Packages of several builds have no common source and version.
  const facts = await readBuildFacts(files).catch(() => null)
  const run: Run = {
    // The two sides are two runs, even if both are the same path.
    id: `${side}:${path}`,
    codebase: path,
    campaign: side,
    source: facts?.source ?? null,
    version: facts?.version ?? null,
    resultCode: 'success',
    startTime: null,
    finishTime: null,
    revision: null,
    mainBranchRevision: null,
    changeSet: null,
  }
  return { run, files, isFile: !exists.isDirectory() }
}

async function completePair(
  config: Config,
  { old: oldId, new: newId }: Sides,
  old: Run | null,
  newer: Run | null,
  areFiles: boolean,
): Promise<RunPair> {
  if (old && newer) return { old, new: newer, areFiles }
  const database = await openConfiguredDatabase(config)
  const { runsByIds } = await import('../db/runs.ts')
  try {
    const [oldRun = null, newRun = null] = await runsByIds(database, [oldId, newId])
    return requirePair(oldId, newId, { old: old ?? oldRun, new: newer ?? newRun })
  } finally {
    await database.close()
  }
}

/** The configured store, with the local files as further runs. */
function withLocalRuns(store: ArtifactStore, local: ReadonlyMap<string, string[]>): ArtifactStore {
  const files = openLocalStore('command line', async (runId) => local.get(runId) ?? [])
  const of = (runId: string) => (local.has(runId) ? files : store)
  return {
    location: store.location,
    list: (runId, signal) => of(runId).list(runId, signal),
    passedOver: (runId, signal) => of(runId).passedOver(runId, signal),
    sha256: (binary, signal) => of(binary.runId).sha256(binary, signal),
    fetch: (...request) => of(request[0]).fetch(...request),
    close: () => store.close(),
  }
}
