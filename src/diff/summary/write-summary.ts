import type { WriteContext } from '../making/write-diff.ts'
import type { JobThreads } from '../threads/job-threads.ts'
import type { SummaryJob, SummaryOutcome } from './summary-job.ts'

export interface SummaryTools {
  readonly threads: JobThreads
  /** Where contents of packages are kept: the root of the cache. */
  readonly cacheRoot: string
}

/** Makes a summary in a slot, like the diffs of the tools. @throws as `JobThreads.run` */
export function writeSummary(
  { threads, cacheRoot }: SummaryTools,
  context: WriteContext,
): Promise<SummaryOutcome> {
  const { oldPackages, newPackages, areFiles, sandbox, limits, workDir, outputDir, outputPath } = context
  const packages = { oldPackages, newPackages, areFiles }
  return context.inSlot(() => {
    context.onProgress({ stage: 'summary', step: 'reading the packages for the summary', fraction: 0 })
    const job: SummaryJob = { ...packages, sandbox, limits, workDir, cacheRoot, outputDir, outputPath }
    return threads.run('summary', job, context.signal)
  })
}
