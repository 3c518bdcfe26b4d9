/** How `diffoscope` is called. */
import { dirname } from 'node:path'
import { DamagedReportError } from '../../errors.ts'
import { inspectReport } from '../report/scan/inspect.ts'
import { runTool } from './process.ts'
import type { ToolOptions } from './run-debdiff.ts'
import { judgeDiffoscope, judgeReport, type Outcome } from './verdict.ts'

/** What decides on the report. */
export const DIFFOSCOPE_OPTIONS: readonly string[] = ['--json=-', '--exclude-directory-metadata=yes']

export interface DiffoscopeOptions extends ToolOptions {
  /** Where the JSON report goes; it stays empty where the packages are the same. */
  readonly outputPath: string
  /** Gets how far it is, 0..1 and never falling; 1 only when the result is known to be good. */
  readonly onProgress?: (fraction: number) => void
}

/**
 * Compares two packages, given as absolute paths. `differs` means that the report in `outputPath` has been read through and is whole; after an error the
 * file holds whatever was printed before.
 * @throws DiffCommandTimeoutError, DiffCommandMemoryError, DiffCommandError; what `options.signal` was aborted with.
 */
export async function runDiffoscope(old: string, new_: string, options: DiffoscopeOptions): Promise<Outcome> {
  const { command = ['diffoscope'], onProgress, ...run } = options
  const status = onProgress ? ['--status-fd', '3'] : []
  const result = await runTool([...command, ...DIFFOSCOPE_OPTIONS, ...status, old, new_], {
    ...run,
    inputDirs: [...new Set([dirname(old), dirname(new_)])],
    ...(onProgress && { onStatusLine: progressReader(onProgress) }),
  })
  if (result.stopped === 'aborted') throw options.signal?.reason

  const outcome = judgeDiffoscope(options.limits, result)
  if (outcome === 'report') {
    const report = await inspectReport(options.outputPath, options.signal).catch((error: unknown) => {
      if (error instanceof DamagedReportError) return error
      throw error
    })
    const verdict = judgeReport(options.limits, result, report)
    if (verdict instanceof Error) throw verdict
    onProgress?.(1)
    return verdict
  }
  if (outcome instanceof Error) throw outcome
  onProgress?.(1)
  return outcome
}

/**
 * Reads lines like `{"msg": "/usr/", "total": 83121, "current": 58535}`. The total grows and shrinks with what is being unpacked, so the fraction is
 * a guess: the highest so far, kept below 1.
 */
export function progressReader(onProgress: (fraction: number) => void): (line: string) => void {
  let highest = 0
  return (line) => {
    const fraction = Math.min(fractionIn(line), 0.99)
    if (fraction <= highest) return
    highest = fraction
    onProgress(fraction)
  }
}

function fractionIn(line: string): number {
  try {
    const { current, total } = JSON.parse(line)
    return Number.isFinite(current) && total > 0 ? current / total : 0
  } catch {
    return 0
  }
}
