import { identityOf, type PackageCheck } from '../making/package-check.ts'
import type { WriteContext } from '../making/write-diff.ts'
import type { JobProcesses } from '../processes/job-processes.ts'
import type { SummaryJob, SummaryOutcome } from './summary-job.ts'

export interface SummaryTools {
  readonly processes: JobProcesses
  /** Where contents of packages are kept: the root of the cache. */
  readonly cacheRoot: string
  /** Of the bucket behind it; null if there is none. */
  readonly cacheLocation: string | null
  /** Undefined if packages are not checked. */
  readonly packageCheck: PackageCheck | undefined
}

/**
 * Makes a summary in a slot, like the diffs of the tools. It reads packages that no other tool may have checked: their control
 * archives are checked as they are read, because another run of dpkg-deb for it takes as long as a small summary.
 * @throws InvalidPackageError for the first package whose control archive is refused; as `JobProcesses.run`
 */
export function writeSummary(
  { processes, cacheRoot, cacheLocation, packageCheck }: SummaryTools,
  context: WriteContext,
): Promise<SummaryOutcome> {
  const { oldPackages, newPackages, areFiles, sandbox, limits, workDir, outputDir, outputPath } = context
  const packages = { oldPackages, newPackages, areFiles }
  return context.inSlot(async () => {
    context.onProgress({ stage: 'summary', step: 'reading the packages for the summary', fraction: 0 })
    const all = packageCheck ? [...oldPackages, ...newPackages] : []
    const identities = await Promise.all(all.map((one) => identityOf(one)))
    const checksControl = packageCheck !== undefined
    const job: SummaryJob = {
      ...packages,
      ...{ checksControl, sandbox, limits, workDir, cacheRoot, cacheLocation, outputDir, outputPath },
    }
    const outcome = await processes.run<SummaryOutcome>('summary', job, context.signal)
    packageCheck?.passed(identities)
    return outcome
  })
}
