/** Makes one summary: opens the packages of both sides, compares them, and writes the result to a file. Runs in a worker thread. */
import { writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { InvalidPackageError } from '../../errors.ts'
import type { Limits, LocalPackage } from '../../model.ts'
import type { Checksums } from '../making/package-state.ts'
import { PackageContentsStore } from '../package/contents-store.ts'
import { checkControlArchive, refusedControl } from '../package/control-archive.ts'
import type { KnownPackages } from '../package/known-packages.ts'
import type { Sandbox } from '../tools/sandbox.ts'
import type { ReadPackage } from './changes.ts'
import { KeptComparisons } from './kept-comparisons.ts'
import { storedForm } from './stored-form.ts'
import { summarise } from './summarise.ts'
import type { Verdict } from './types.ts'

/** Plain data, so that it can be sent to a thread. */
export interface SummaryJob {
  readonly oldPackages: readonly LocalPackage[]
  readonly newPackages: readonly LocalPackage[]
  /** See `RunPair.areFiles`. */
  readonly areFiles: boolean
  /** Whether a package is refused for its control archive: see `checkControlArchive`. */
  readonly checksControl: boolean
  readonly sandbox: Sandbox
  /** Of each archive that is unpacked. `tempBytes` bounds what one unpacked archive may take on the disk. */
  readonly limits: Limits
  /** Private, for the temporary files of tools. */
  readonly workDir: string
  /** Where contents of packages are kept: the root of the cache. */
  readonly cacheRoot: string
  /** Of the bucket behind it; null if there is none. */
  readonly cacheLocation: string | null
  /** Private, on the file system of the cache; unpacked archives lie here meanwhile. */
  readonly outputDir: string
  /** Where the summary goes: see `stored-form.ts`. */
  readonly outputPath: string
}

/** What became of a job, for metrics and eviction. */
export interface SummaryOutcome {
  readonly verdict: Verdict
  /** How many packages had their contents kept, and how many were read. */
  readonly kept: number
  readonly read: number
  /** What was added to the cache besides the summary. */
  readonly writtenBytes: number
  /** Of the packages. */
  readonly checksums: Checksums
}

/**
 * A package that cannot be read is no error: the summary says which and why.
 * @param known what this process remembers
 * @throws InvalidPackageError for the first package that is refused, if the job checks control archives; DiffCommandError, DiffCommandTimeoutError, DiffCommandMemoryError for `dpkg-deb`; errors of the system; `signal.reason`
 */
export async function runSummaryJob(
  job: SummaryJob,
  signal: AbortSignal,
  known?: KnownPackages,
): Promise<SummaryOutcome> {
  const store = new PackageContentsStore(job.cacheRoot, job.cacheLocation, known)
  const opened: ReadPackage[] = []
  const comparisons = new KeptComparisons(job.cacheRoot, job.outputDir)
  try {
    const [old, newer] = await openSides(job, store, signal, opened)
    const result = await summarise(old, newer, { shell: job, areFiles: job.areFiles, comparisons, signal })
    signal.throwIfAborted()
    await writeFile(job.outputPath, storedForm(result), { flag: 'wx' })
    const writtenBytes = store.usage.writtenBytes + (await comparisons.finish())
    const checksums = { old: checksumsOf(old), new: checksumsOf(newer) }
    return { verdict: result.summary.verdict, ...store.usage, writtenBytes, checksums }
  } finally {
    await comparisons.finish()
    for (const { contents } of opened) contents?.close()
  }
}

const checksumsOf = (side: readonly ReadPackage[]) => side.map(({ contents }) => contents?.sha256 ?? null)

/** @param opened gets all packages, also if a later one fails */
async function openSides(
  job: SummaryJob,
  store: PackageContentsStore,
  signal: AbortSignal,
  opened: ReadPackage[],
): Promise<[old: ReadPackage[], newer: ReadPackage[]]> {
  const ended = new AbortController()
  const either = AbortSignal.any([signal, ended.signal])
  /** One after the other: each is read by two processes already. */
  const openSide = async (packages: readonly LocalPackage[]) => {
    const side: OpenedPackage[] = []
    for (const one of packages) {
      side.push(await openOne(one, job, store, either))
      opened.push(...side.slice(-1))
    }
    return side
  }
  const sides = [openSide(job.oldPackages), openSide(job.newPackages)] as const
  try {
    const [old, newer] = await Promise.all(sides)
    for (const { refusal } of [...old, ...newer]) if (refusal) throw refusal
    return [old, newer]
  } catch (error) {
    // The other side's tools must end before their directory is removed.
    ended.abort(error)
    await Promise.allSettled(sides)
    throw error
  }
}

/** `refusal` says why the job fails; null if it does not. */
type OpenedPackage = ReadPackage & { readonly refusal: InvalidPackageError | null }

async function openOne(
  one: LocalPackage,
  job: SummaryJob,
  store: PackageContentsStore,
  signal: AbortSignal,
): Promise<OpenedPackage> {
  const { checksControl, sandbox, limits, workDir, outputDir } = job
  const outputBytes = Math.max(limits.outputBytes, limits.tempBytes)
  try {
    const contents = await store.open(one, {
      workDir,
      sandbox,
      signal,
      incomingDir: outputDir,
      limits: { ...limits, outputBytes },
    })
    const problem = checksControl ? contents.controlProblem : null
    const refusal = problem === null ? null : refusedControl(one.filename, problem)
    return { package: one, contents, error: null, refusal }
  } catch (error) {
    if (!(error instanceof InvalidPackageError)) throw error
    // Whether that is for its control archive is decided as for all tools.
    const refusal = checksControl ? await controlRefusal(one, job, signal) : null
    return { package: one, contents: null, error: error.reason, refusal }
  }
}

async function controlRefusal(
  one: LocalPackage,
  { workDir, sandbox }: SummaryJob,
  signal: AbortSignal,
): Promise<InvalidPackageError | null> {
  try {
    await checkControlArchive(one, { workDir, sandbox, signal, inputDir: dirname(one.path) })
    return null
  } catch (error) {
    if (error instanceof InvalidPackageError) return error
    throw error
  }
}
