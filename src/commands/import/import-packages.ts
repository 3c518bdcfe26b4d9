import { cp, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { isPlainName } from '../../artifacts/directory.ts'
import type { Config } from '../../config/load.ts'
import type { Database } from '../../db/database.ts'
import { importRun } from '../../db/import-run.ts'
import { runsByIds } from '../../db/runs.ts'
import { sameBytes } from '../../diff/making/same-bytes.ts'
import { UsageError } from '../../errors.ts'
import { checkContents, findPackages, readBuildFacts } from '../packages.ts'

/** Of the directories into which packages are copied. No run has such an id. */
const INCOMING = '.incoming-'
/** A copy without a change for longer belongs to a process that was killed. */
const MAX_COPY_MS = 6 * 3_600_000

export interface ImportRequest {
  readonly runId: string
  /** Package files, or directories of them. */
  readonly paths: readonly string[]
  readonly campaign: string
  /** The source package; required if the packages are built from several. */
  readonly source?: string | undefined
  /** The run to which this one is the control run: the build without the change. */
  readonly unchangedOf?: string | undefined
  /** Write to the database even if Differ did not create it. */
  readonly allowForeign: boolean
}

export interface Imported {
  readonly source: string
  readonly version: string
  readonly files: number
}

/**
 * Registers packages as a run: copies them to the artifacts and writes the run to the database. Repeating it
 * changes nothing. If it fails, it leaves nothing.
 * @throws UsageError, InvalidPackageError, RunNotFoundError (of `unchangedOf`), DatabaseUnavailableError
 */
export async function importPackages(
  database: Database,
  config: Config,
  request: ImportRequest,
): Promise<Imported> {
  const { runId, paths, campaign, unchangedOf, allowForeign } = request
  if (!isPlainName(runId))
    throw new UsageError(`"${runId}" cannot be the id of a run: it must be usable as a file name`)
  if (!database.owned && !allowForeign)
    throw new UsageError(
      'The database belongs to another service. Remove --database-url to import into the embedded database, or set --write-foreign-database to write to it',
    )
  if (config.artifactLocation.startsWith('gs://'))
    throw new UsageError(
      'Packages can only be imported into a directory, not into a bucket. Set --artifact-location to a directory, or upload the packages with the tools of the bucket',
    )
  const files = (await Promise.all(paths.map((path) => findPackages(path)))).flat()
  const names = new Set(files.map((file) => basename(file)))
  if (names.size !== files.length)
    throw new UsageError('Two packages have the same file name; name only one of them')
  await checkContents(files, config.maxPackageSize * 1e6)
  const { source, version, binaryPackages } = await readBuildFacts(files, request.source)
  const run = { id: runId, codebase: source, campaign, source, version, binaryPackages, unchangedOf }
  const target = join(config.artifactLocation, runId)
  // Only a foreign store may hold packages whose run is not in the database yet.
  const isLeftover = async () => database.owned && !(await isKnown(database, runId))
  const isNew = await copyArtifacts(files, target, isLeftover)
  try {
    await importRun(database, run, { allowForeign })
  } catch (error) {
    if (isNew && !(await isKnown(database, runId))) await rm(target, { recursive: true, force: true })
    throw error
  }
  return { source, version, files: files.length }
}

/** Whether the database has the run. False if it does not answer: the import can be repeated either way. */
async function isKnown(database: Database, runId: string): Promise<boolean> {
  try {
    const [run] = await runsByIds(database, [runId])
    return run !== null
  } catch {
    // The error of the import itself says more.
    return false
  }
}

/**
 * Copies packages so that all of them appear at once, by one rename. Leaves nothing if it fails or is
 * interrupted.
 * @param isLeftover whether packages that are there belong to no run: to an import that was killed
 * @returns false if the same packages are there already
 * @throws UsageError if other packages are there, or on SIGINT and SIGTERM; system errors
 */
async function copyArtifacts(
  files: readonly string[],
  target: string,
  isLeftover: () => Promise<boolean>,
): Promise<boolean> {
  const root = dirname(target)
  await mkdir(root, { recursive: true })
  await removeOldCopies(root)
  const interrupt = new AbortController()
  const onSignal = () => interrupt.abort(new UsageError('Interrupted; nothing was imported'))
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal)
  const incoming = await mkdtemp(join(root, INCOMING))
  try {
    for (const file of files) {
      await cp(file, join(incoming, basename(file)))
      interrupt.signal.throwIfAborted()
    }
    return await publish(incoming, target, isLeftover)
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
    await rm(incoming, { recursive: true, force: true })
  }
}

async function publish(
  incoming: string,
  target: string,
  isLeftover: () => Promise<boolean>,
): Promise<boolean> {
  try {
    await rename(incoming, target)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error
  }
  if (await haveSameFiles(incoming, target)) return false
  if (!(await isLeftover()))
    throw new UsageError(
      `Run ${basename(target)} already has other packages, and their diffs may be cached. Choose another id`,
    )
  await rm(target, { recursive: true })
  await rename(incoming, target)
  return true
}

/** Removes what imports have left that were killed. */
async function removeOldCopies(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    if (!name.startsWith(INCOMING)) continue
    const path = join(root, name)
    const stats = await stat(path).catch(() => null)
    if (stats && Date.now() - stats.mtimeMs > MAX_COPY_MS) await rm(path, { recursive: true, force: true })
  }
}

async function haveSameFiles(incoming: string, target: string): Promise<boolean> {
  const [given, existing] = await Promise.all([readdir(incoming), readdir(target)])
  if (given.length !== existing.length || !given.every((name) => existing.includes(name))) return false
  const same = await Promise.all(given.map((name) => sameBytes(join(incoming, name), join(target, name))))
  return same.every(Boolean)
}
