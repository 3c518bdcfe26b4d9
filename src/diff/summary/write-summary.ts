import type { WriteContext } from '../making/write-diff.ts'
import type { SummaryOutcome } from './summary-job.ts'
import type { SummaryWorkers } from './summary-workers.ts'

export interface SummaryTools {
  readonly workers: SummaryWorkers
  /** Where contents of packages are kept: the root of the cache. */
  readonly cacheRoot: string
}

/** Makes a summary in a slot, like the diffs of the tools. @throws as `SummaryWorkers.run` */
export function writeSummary(
  { workers, cacheRoot }: SummaryTools,
  context: WriteContext,
): Promise<SummaryOutcome> {
  const { oldPackages, newPackages, areFiles, sandbox, limits, workDir, outputDir, outputPath } = context
  const packages = { oldPackages, newPackages, areFiles }
  return context.inSlot(() => {
    context.onProgress({ stage: 'summary', step: 'reading the packages', fraction: 0 })
    return workers.run(
      { ...packages, sandbox, limits, workDir, cacheRoot, outputDir, outputPath },
      context.signal,
    )
  })
}
