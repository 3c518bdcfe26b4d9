import { mkdtemp, open, rename, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLocalStore } from '../artifacts/local.ts'
import type { ArtifactStore } from '../artifacts/store.ts'
import type { Config } from '../config/load.ts'
import type { Format, StoredDiff } from '../diff/stored-diff.ts'
import { UsageError } from '../errors.ts'
import { openConfiguredArtifacts, openConfiguredDatabase, openEngine } from '../factories.ts'
import type { Logger } from '../log.ts'
import type { DiffKind, DiffProgress, Run, RunPair } from '../model.ts'
import { requirePair } from '../run-pair.ts'
import { findPackages, readBuildFacts } from './packages.ts'

export interface DiffRequest {
  /** Run ids, package files or directories of packages; what exists on the disk is not taken for an id. */
  readonly old: string
  readonly new: string
  readonly tool: DiffKind
  readonly format: Format
  readonly filterBoring: boolean
  /** Where the result goes; standard output where left out. */
  readonly outputPath?: string | undefined
}

/** One side of the comparison, when its packages lie on the disk. */
interface LocalSide {
  readonly run: Run
  readonly files: string[]
}

/**
 * Compares two builds with the engine of the service and writes the result.
 * @returns whether anything differs, as far as it is shown
 * @throws all that the engine throws; UsageError
 */
export async function compare(config: Config, log: Logger, request: DiffRequest): Promise<boolean> {
  const old = await localSide(request.old, 'old')
  const fresh = await localSide(request.new, 'new')
  const pair = await completePair(config, request, old?.run ?? null, fresh?.run ?? null)
  const local = new Map([old, fresh].flatMap((side) => (side ? [[side.run.id, side.files]] : [])))
  const artifacts = withLocalRuns(await openConfiguredArtifacts(config), local)
  // What is on the disk may change under the same name, so its diffs are not kept.
  const scratch = local.size > 0 ? await mkdtemp(join(tmpdir(), 'differ-cache-')) : null
  const { engine, close } = await openEngine(config, artifacts, log, {
    cachePath: scratch ?? config.cachePath,
    // Half a second, which is longer than most comparisons take.
    notesTools: false,
  })
  const progress = progressLine()
  const interrupt = new AbortController()
  const onSignal = () => interrupt.abort(new UsageError('Interrupted'))
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal)
  try {
    const stored = await engine.make(request.tool, pair, {
      limits: config.requestLimits,
      retrievalTimeoutMs: config.retrievalTimeout * 1000,
      urgency: 'request',
      signal: interrupt.signal,
      onProgress: progress.show,
    })
    progress.clear()
    await write(stored, request)
    return await differs(stored, request.filterBoring)
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
  // No run's id looks like that.
  if (!exists && /\/|\.u?deb$/.test(path)) throw new UsageError(`${path} does not exist`)
  if (!exists) return null
  const files = await findPackages(path)
  // A directory may hold packages of several builds; then it has no one source and version.
  const facts = await readBuildFacts(files).catch(() => null)
  const run: Run = {
    // The two sides are two runs, even where both are the same path.
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
  return { run, files }
}

async function completePair(
  config: Config,
  { old: oldId, new: newId }: DiffRequest,
  old: Run | null,
  fresh: Run | null,
): Promise<RunPair> {
  if (old && fresh) return { old, new: fresh }
  const database = await openConfiguredDatabase(config)
  const { runsByIds } = await import('../db/runs.ts')
  try {
    const [oldRun = null, newRun = null] = await runsByIds(database, [oldId, newId])
    return requirePair(oldId, newId, { old: old ?? oldRun, new: fresh ?? newRun })
  } finally {
    await database.close()
  }
}

/** The configured store, and runs whose packages are named on the command line. */
function withLocalRuns(store: ArtifactStore, local: ReadonlyMap<string, string[]>): ArtifactStore {
  const files = openLocalStore('command line', async (runId) => local.get(runId) ?? [])
  const of = (runId: string) => (local.has(runId) ? files : store)
  return {
    location: store.location,
    list: (runId, signal) => of(runId).list(runId, signal),
    sha256: (binary, signal) => of(binary.runId).sha256(binary, signal),
    fetch: (runId, dir, signal) => of(runId).fetch(runId, dir, signal),
    close: () => store.close(),
  }
}

async function write(stored: StoredDiff, { format, filterBoring, outputPath }: DiffRequest): Promise<void> {
  const chunks = stored.render(format, { filterBoring })
  if (outputPath === undefined) {
    for await (const chunk of chunks)
      await new Promise<void>((resolve, reject) =>
        process.stdout.write(chunk, (error) => (error ? reject(error) : resolve())),
      )
    return
  }
  // Written aside: a result that was cut off never has the name asked for.
  const aside = `${outputPath}.differ-${process.pid}`
  const file = await open(aside, 'w').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`Cannot write ${outputPath}: ${error.message}`)
  })
  try {
    for await (const chunk of chunks) await file.writeFile(chunk)
    await file.close()
    await rename(aside, outputPath)
  } catch (error) {
    await file.close()
    await rm(aside, { force: true })
    throw error
  }
}

async function differs(stored: StoredDiff, filterBoring: boolean): Promise<boolean> {
  if (stored.kind === 'debdiff') return !(await stored.isEmpty(filterBoring))
  const report = await stored.open(filterBoring)
  try {
    return report.counts.nodes > 1
  } finally {
    await report.close()
  }
}

/** One line on a terminal that is written over; nothing elsewhere. */
function progressLine(): { show: (progress: DiffProgress) => void; clear: () => void } {
  if (!process.stderr.isTTY) return { show: () => {}, clear: () => {} }
  let shown = ''
  const show = (text: string) => {
    if (text !== shown) process.stderr.write(`\r\x1b[K${text}`)
    shown = text
  }
  return {
    show: ({ step, fraction }) =>
      show(
        `${String(Math.floor(fraction * 100)).padStart(3)} %  ${step}`.slice(
          0,
          (process.stderr.columns || 80) - 1,
        ),
      ),
    clear: () => show(''),
  }
}
