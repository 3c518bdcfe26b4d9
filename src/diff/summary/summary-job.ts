/** Makes one summary: reads the packages of both sides, compares them, and writes the result to a file. Runs in a worker thread. */
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InvalidPackageError } from '../../errors.ts'
import type { Limits, LocalPackage } from '../../model.ts'
import { readPackage } from '../package/read-package.ts'
import type { Sandbox } from '../tools/sandbox.ts'
import type { ReadPackage } from './changes.ts'
import { summarise } from './summarise.ts'

/** Plain data, so that it can be sent to a thread. */
export interface SummaryJob {
  readonly oldPackages: readonly LocalPackage[]
  readonly newPackages: readonly LocalPackage[]
  readonly sandbox: Sandbox
  /** Of each archive that is unpacked. `tempBytes` bounds what one unpacked archive may take on the disk. */
  readonly limits: Limits
  /** Private; unpacked archives lie here meanwhile. */
  readonly workDir: string
  /** Where the summary goes, as JSON. */
  readonly outputPath: string
}

/**
 * A package that cannot be read is no error: the summary says which and why.
 * @throws DiffCommandError, DiffCommandTimeoutError, DiffCommandMemoryError for `dpkg-deb`; errors of the system; `signal.reason`
 */
export async function runSummaryJob(job: SummaryJob, signal: AbortSignal): Promise<void> {
  const old = await readSide(job, 'old', signal)
  const newer = await readSide(job, 'new', signal)
  const summary = await summarise(old, newer)
  signal.throwIfAborted()
  await Promise.all(
    [...old, ...newer].map(({ contents }) => contents && rm(contents.dataPath, { force: true })),
  )
  await writeFile(job.outputPath, `${JSON.stringify(summary)}\n`, { flag: 'wx' })
}

/** The packages of one side, one after the other: each is read by two processes already. */
async function readSide(job: SummaryJob, side: 'old' | 'new', signal: AbortSignal): Promise<ReadPackage[]> {
  const packages = side === 'old' ? job.oldPackages : job.newPackages
  const read: ReadPackage[] = []
  for (const [index, one] of packages.entries())
    read.push(await readOne(one, join(job.workDir, `${side}-${index}.tar`), job, signal))
  return read
}

async function readOne(
  one: LocalPackage,
  dataPath: string,
  { sandbox, limits, workDir }: SummaryJob,
  signal: AbortSignal,
): Promise<ReadPackage> {
  const outputBytes = Math.max(limits.outputBytes, limits.tempBytes)
  try {
    const contents = await readPackage(one, {
      workDir,
      sandbox,
      signal,
      dataPath,
      limits: { ...limits, outputBytes },
    })
    return { package: one, contents, error: null }
  } catch (error) {
    if (!(error instanceof InvalidPackageError)) throw error
    return { package: one, contents: null, error: error.reason }
  }
}
