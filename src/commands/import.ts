import { cp, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isPlainName } from '../artifacts/directory.ts'
import type { Config } from '../config/load.ts'
import type { Database } from '../db/database.ts'
import { importRun } from '../db/import-run.ts'
import { sameBytes } from '../diff/making/same-bytes.ts'
import { UsageError } from '../errors.ts'
import { findPackages, readBuildFacts } from './packages.ts'

export interface ImportRequest {
  readonly runId: string
  /** Package files, or directories of them. */
  readonly paths: readonly string[]
  readonly campaign: string
  /** Of the packages' own sources, which one; needed only where they are of several. */
  readonly source?: string | undefined
  /** The run of which this one is the control run: the same source without the change. */
  readonly unchangedOf?: string | undefined
  /** Write even to a database that Differ did not make. */
  readonly allowForeign: boolean
}

export interface Imported {
  readonly source: string
  readonly version: string
  readonly files: number
}

/**
 * Registers packages as a run: copies them to the artifacts, and writes the run to the database. Doing it again changes nothing.
 * @throws UsageError, InvalidPackageError, RunNotFoundError (of `unchangedOf`), DatabaseUnavailableError
 */
export async function importPackages(
  database: Database,
  config: Config,
  request: ImportRequest,
): Promise<Imported> {
  const { runId, paths, campaign, unchangedOf, allowForeign } = request
  if (!isPlainName(runId))
    throw new UsageError(`"${runId}" cannot be a run's id: it must be fit for a file name`)
  if (!database.owned && !allowForeign)
    throw new UsageError(
      'This database belongs to another service, and so may not be written to. Leave out its URL to import into the embedded database, or give --write-foreign-database if you are sure',
    )
  if (config.artifactLocation.startsWith('gs://'))
    throw new UsageError(
      'Packages are imported into a directory only, and the artifacts are in a bucket. Give --artifact-location DIR, or upload the packages with the tools of the store',
    )
  const files = (await Promise.all(paths.map(findPackages))).flat()
  const names = new Set(files.map((file) => basename(file)))
  if (names.size !== files.length)
    throw new UsageError('Two of the packages have the same file name; give one of them')
  const { source, version, binaryPackages } = await readBuildFacts(files, request.source)
  await copyArtifacts(files, config.artifactLocation, runId)
  const run = { id: runId, codebase: source, campaign, source, version, binaryPackages, unchangedOf }
  await importRun(database, run, { allowForeign })
  return { source, version, files: files.length }
}

/** All of a run's packages appear at once, under one rename. */
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
  const [ours, theirs] = await Promise.all([readdir(incoming), readdir(target)])
  const same =
    ours.length === theirs.length &&
    ours.every((name) => theirs.includes(name)) &&
    (await Promise.all(ours.map((name) => sameBytes(join(incoming, name), join(target, name))))).every(
      Boolean,
    )
  if (!same)
    throw new UsageError(
      `Run ${runId} has other packages already. Its diffs may be cached, so give these another id`,
    )
}
