import type { WriteContext } from '../making/write-diff.ts'
import type { SummaryWorkers } from './summary-workers.ts'

/** Makes a summary in a slot, like the diffs of the tools. @throws as `SummaryWorkers.run` */
export function writeSummary(workers: SummaryWorkers, context: WriteContext): Promise<void> {
  const { oldPackages, newPackages, sandbox, limits, workDir, outputPath, signal, onProgress } = context
  return context.inSlot(() => {
    onProgress({ stage: 'summary', step: 'reading the packages', fraction: 0 })
    return workers.run({ oldPackages, newPackages, sandbox, limits, workDir, outputPath }, signal)
  })
}
