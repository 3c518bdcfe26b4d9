import { cp, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isPlainName } from '../../artifacts/directory.ts'
import type { Config } from '../../config/load.ts'
import type { Database } from '../../db/database.ts'
import { importRun } from '../../db/import-run.ts'
import { sameBytes } from '../../diff/making/same-bytes.ts'
import { UsageError } from '../../errors.ts'
import { checkContents, findPackages, readBuildFacts } from '../packages.ts'

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
 * changes nothing.
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
  const files = (await Promise.all(paths.map(findPackages))).flat()
  const names = new Set(files.map((file) => basename(file)))
  if (names.size !== files.length)
    throw new UsageError('Two packages have the same file name; name only one of them')
  await checkContents(files, config.maxPackageSize * 1e6)
  const { source, version, binaryPackages } = await readBuildFacts(files, request.source)
  await copyArtifacts(files, config.artifactLocation, runId)
  const run = { id: runId, codebase: source, campaign, source, version, binaryPackages, unchangedOf }
  await importRun(database, run, { allowForeign })
  return { source, version, files: files.length }
}

/** Copies packages so that all of them appear at once, by one rename. */
async function copyArtifacts(files: readonly string[], root: string, runId: string): Promise<void> {
  const target = join(root, runId)
  await mkdir(root, { recursive: true })
  const incoming = await mkdtemp(join(root, '.incoming-'))
  try {
    for (const file of files) await cp(file, join(incoming, basename(file)))
    await rename(incoming, target)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error
    await expectSameFiles(incoming, target, runId)
  } finally {
    await rm(incoming, { recursive: true, force: true })
  }
}

async function expectSameFiles(incoming: string, target: string, runId: string): Promise<void> {
  const [given, existing] = await Promise.all([readdir(incoming), readdir(target)])
  const same =
    given.length === existing.length &&
    given.every((name) => existing.includes(name)) &&
    (await Promise.all(given.map((name) => sameBytes(join(incoming, name), join(target, name))))).every(
      Boolean,
    )
  if (!same)
    throw new UsageError(
      `Run ${runId} already has other packages, and their diffs may be cached. Choose another id`,
    )
}
