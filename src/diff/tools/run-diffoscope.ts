/** Runs `diffoscope`. */
import { basename, dirname } from 'node:path'
import { DamagedReportError } from '../../errors.ts'
import { TOOL_KINDS } from '../report/scan/incomplete.ts'
import { inspectReport } from '../report/scan/inspect.ts'
import { pythonString } from '../report/scan/json-text.ts'
import { PathHider, TEMP_OF_DIFFOSCOPE } from './hide-paths.ts'
import { javaWrappers } from './java.ts'
import { runTool, type ToolResult } from './process.ts'
import type { ToolOptions } from './run-debdiff.ts'
import { PROGRESS_DESCRIPTOR } from './start.ts'
import { type Crash, diffoscopeVerdict, type Outcome, reportVerdict } from './verdict.ts'

/** The options that determine the contents of the report. */
export const DIFFOSCOPE_OPTIONS: readonly string[] = ['--json=-', '--exclude-directory-metadata=yes']
/** A fraction below 1: 1 is reported only after the report has been checked. */
const MAX_RUNNING_FRACTION = 0.99

export interface DiffoscopeOptions extends ToolOptions {
  /** The file for the JSON report. It stays empty if the packages are the same. */
  readonly outputPath: string
  /** Gets the progress as a fraction that never falls. It is 1 only after the result has been checked. */
  readonly onProgress?: (fraction: number) => void
}

/** How a comparison ended. */
export interface DiffoscopeOutcome {
  readonly outcome: Outcome | Crash
  /** Whether other versions of the tools, or more of them, may find more. */
  readonly lacksTools: boolean
}

/**
 * Compares two packages, given as absolute paths. The report contains no paths of temporary directories.
 * @returns `differs` if the report in `outputPath` has been read and is valid: it says itself what it lacks.
 *   After a crash or an error the file contains what was printed before.
 * @throws DiffCommandTimeoutError, DiffCommandMemoryError, DiffCommandError; `options.signal.reason`
 */
export async function runDiffoscope(
  oldPath: string,
  newPath: string,
  options: DiffoscopeOptions,
): Promise<DiffoscopeOutcome> {
  const { command = ['diffoscope'], onProgress, ...run } = options
  const status = onProgress ? ['--status-fd', String(PROGRESS_DESCRIPTOR)] : []
  const result = await runTool([...command, ...DIFFOSCOPE_OPTIONS, ...status, oldPath, newPath], {
    ...run,
    inputDirs: [...new Set([dirname(oldPath), dirname(newPath)])],
    programs: javaWrappers(run.limits),
    hidePaths: (tempDirs) =>
      new PathHider(
        [
          ...tempDirs.map((path) => ({ path })),
          TEMP_OF_DIFFOSCOPE,
          ...[oldPath, newPath].map((path) => ({ path, shownAs: basename(path) })),
        ],
        inJson,
      ),
    ...(onProgress && { onStatusLine: progressReader(onProgress) }),
  })
  if (result.stopped === 'aborted') throw options.signal?.reason

  const verdict = diffoscopeVerdict(options.limits, result)
  if (verdict instanceof Error) throw verdict
  const lacksTools = verdict === 'report' ? await checkReport(options, result) : verdict !== 'same'
  onProgress?.(1)
  return { outcome: verdict === 'report' ? 'differs' : verdict, lacksTools }
}

/** A path as diffoscope writes it in its report. */
function inJson(path: string): string {
  return pythonString(path).slice(1, -1)
}

/** @returns as `DiffoscopeOutcome.lacksTools` @throws if the report is invalid, or a resource was short */
async function checkReport(
  { outputPath, limits, signal }: DiffoscopeOptions,
  result: ToolResult,
): Promise<boolean> {
  const report = await inspectReport(outputPath, signal).catch((error: unknown) => {
    if (error instanceof DamagedReportError) return error
    throw error
  })
  const verdict = reportVerdict(limits, result, report)
  if (verdict instanceof Error) throw verdict
  return 'kinds' in report && report.kinds.some((kind) => TOOL_KINDS.has(kind))
}

/**
 * Reads status lines like `{"msg": "/usr/", "total": 83121, "current": 58535}`. diffoscope's total grows and
 * shrinks while it unpacks, so the fraction is an estimate: the highest one so far, below 1.
 */
export function progressReader(onProgress: (fraction: number) => void): (line: string) => void {
  let highest = 0
  return (line) => {
    const fraction = Math.min(fractionIn(line), MAX_RUNNING_FRACTION)
    if (fraction <= highest) return
    highest = fraction
    onProgress(fraction)
  }
}

/** 0 for a line that is not a status line. */
function fractionIn(line: string): number {
  try {
    const { current, total } = JSON.parse(line)
    return Number.isFinite(current) && total > 0 ? current / total : 0
  } catch {
    return 0
  }
}
