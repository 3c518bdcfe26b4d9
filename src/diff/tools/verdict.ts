/**
 * Decides what the result of a tool means. Both tools exit with 1 for "differs" but sometimes also for a
 * failure, and both may continue after a failure with an incomplete result. So a success needs all its signs.
 * Failures are checked in this order: what Differ did itself, whether the tool ran at all, exhausted memory,
 * a full disk, a signal.
 */
import {
  type DamagedReportError,
  DiffCommandError,
  DiffCommandMemoryError,
  DiffCommandTimeoutError,
} from '../../errors.ts'
import type { DiffKind, Limits } from '../../model.ts'
import type { ToolResult } from './process.ts'
import type { StopReason } from './terminate.ts'

/** The two successes of a tool. */
export type Outcome = 'same' | 'differs'
type ToolError = DiffCommandTimeoutError | DiffCommandMemoryError | DiffCommandError

/** What the tools and their helpers print when an allocation fails. */
const MEMORY_SIGNS = new RegExp(
  [
    // Python, which raises a SystemError if it cannot even allocate the MemoryError.
    /^(?:\w+\.)*MemoryError\b/,
    /^SystemError: .*without (?:setting an )?exception/,
    /can't start new thread/,
    /\[Errno 12\]/,
    /^libarchive\S*ArchiveError: No memory/,
    // Perl.
    /^Out of memory!/,
    // The dynamic linker, the C library, C++.
    /: failed to map segment from shared object/,
    /\bCannot allocate memory\b/,
    /\b(?:virtual )?memory exhausted\b/,
    /\bstd::bad_alloc\b/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'm',
)
const DISK_SIGNS = /\bNo space left on device\b|\[Errno 28\]|\bDisk quota exceeded\b/
/** Printed by diffoscope when a helper was killed; it may continue with a wrong result. */
const KILLED_HELPER = /died with <Signals\.(\w+)/
/** debdiff continues after the second and the third. */
const DEBDIFF_FAILURES = /fatal error at line|wdiff failed|Can't compare control files/
/** Printed by `prlimit` before the tool runs. Its exit code 1 would otherwise mean "differs". */
const NOT_STARTED = /^prlimit: (failed to .*)/

/** The outcome of a run of `debdiff`. */
export function debdiffVerdict(limits: Limits, result: ToolResult): Outcome | ToolError {
  const failed = failureOf('debdiff', limits, result)
  if (failed) return failed
  if (/Can't compare control files.*wdiff/.test(result.stderr))
    return toolError('debdiff', result, 'cannot compare control files: install the package wdiff')
  if (DEBDIFF_FAILURES.test(result.stderr)) return toolError('debdiff', result)
  if (result.exitCode !== 0 && result.exitCode !== 1) return toolError('debdiff', result)
  // It prints what it compared even if the packages are equal.
  if (result.outputBytes === 0) return toolError('debdiff', result, 'printed nothing')
  return result.exitCode === 0 ? 'same' : 'differs'
}

/**
 * The outcome of a run of `diffoscope`. `report`: the packages differ if the report is complete, which
 * `reportVerdict` decides.
 */
export function diffoscopeVerdict(limits: Limits, result: ToolResult): 'same' | 'report' | ToolError {
  const failed = failureOf('diffoscope', limits, result)
  if (failed) return failed
  const killed = KILLED_HELPER.exec(result.stderr)
  if (killed)
    return toolError(
      'diffoscope',
      result,
      `lost a helper that died by ${killed[1]}`,
      isFromOutside(killed[1]),
    )
  if (result.exitCode === 0)
    return result.outputBytes === 0
      ? 'same'
      : toolError('diffoscope', result, 'found no difference, but wrote a report')
  if (result.exitCode === 1)
    return result.outputBytes > 0
      ? 'report'
      : toolError('diffoscope', result, 'found differences, but wrote no report')
  return toolError('diffoscope', result)
}

/**
 * The outcome of a run of `diffoscope` that wrote a report.
 * @param report what reading it has found: comments that are signs of an incomplete result, or why the report
 *   is invalid
 */
export function reportVerdict(
  limits: Limits,
  result: ToolResult,
  report: { readonly failureComments: readonly string[] } | DamagedReportError,
): 'differs' | ToolError {
  if (report instanceof Error)
    return toolError('diffoscope', result, `wrote a broken report: ${report.reason}`)
  const [first] = report.failureComments
  if (first === undefined) return 'differs'
  const all = report.failureComments.join('\n')
  if (MEMORY_SIGNS.test(all)) return new DiffCommandMemoryError('diffoscope', limits.memoryBytes)
  const reason = `wrote a shortened report: ${first.slice(0, 200)}`
  const killed = KILLED_HELPER.exec(all)?.[1]
  return toolError('diffoscope', result, reason, DISK_SIGNS.test(all) || isFromOutside(killed))
}

/** A failure that both tools can have, in the order of the first comment; null if there is none. */
function failureOf(kind: DiffKind, limits: Limits, result: ToolResult): ToolError | null {
  const { stopped, exitCode, failure, stderr } = result
  if (stopped !== null) return stoppedBy(stopped, kind, limits, result)
  if (failure !== null)
    return Object.assign(toolError(kind, result, describe(failure), isNoSpace(failure)), { cause: failure })

  const notStarted = NOT_STARTED.exec(stderr)?.[1]
  if (exitCode === 127)
    return toolError(kind, result, `is not installed: install the package ${PACKAGES[kind]}`)
  if (exitCode === 126 || notStarted !== undefined)
    return toolError(kind, result, `could not be started: ${notStarted ?? 'it may not be executed'}`)

  if (MEMORY_SIGNS.test(stderr)) return new DiffCommandMemoryError(kind, limits.memoryBytes)
  if (DISK_SIGNS.test(stderr)) return toolError(kind, result, 'ran out of disk space', true)

  const signal = result.signal ?? signalInExitCode(exitCode)
  if (signal === 'SIGXCPU')
    return toolError(kind, result, `used more than ${limits.cpuSeconds} s of processor time`)
  if (signal !== null) return toolError(kind, { ...result, signal }, null, isFromOutside(signal))
  return null
}

const PACKAGES = { debdiff: 'devscripts', diffoscope: 'diffoscope' } as const satisfies Record<
  DiffKind,
  string
>

function stoppedBy(reason: StopReason, kind: DiffKind, limits: Limits, result: ToolResult): ToolError {
  switch (reason) {
    case 'timeout':
      return new DiffCommandTimeoutError(kind, limits.timeoutMs)
    case 'memory':
      return new DiffCommandMemoryError(kind, limits.memoryBytes)
    case 'output':
      return toolError(kind, result, `printed more than the limit of ${megabytes(limits.outputBytes)}`)
    case 'temp':
      return toolError(
        kind,
        result,
        `filled its temporary directory beyond the limit of ${megabytes(limits.tempBytes)}`,
      )
    case 'aborted':
      return toolError(kind, result, 'was cancelled', true)
  }
}

function describe(failure: Error): string {
  const { code, syscall } = failure as NodeJS.ErrnoException
  // Differ itself looks up only `prlimit`. (A missing working directory has the same code.)
  if (code === 'ENOENT')
    return 'could not be started: prlimit is not installed: install the package util-linux'
  if (syscall?.startsWith('spawn')) return `could not be started: ${code}`
  return isNoSpace(failure) ? 'ran out of disk space' : `could not deliver its output: ${failure.message}`
}

function isNoSpace(failure: Error): boolean {
  return ['ENOSPC', 'EDQUOT'].includes((failure as NodeJS.ErrnoException).code ?? '')
}

/** Shells and wrappers exit with 128 + N if signal N killed their child. */
function signalInExitCode(exitCode: number | null): NodeJS.Signals | null {
  switch (exitCode) {
    case 134:
      return 'SIGABRT'
    case 137:
      return 'SIGKILL'
    case 139:
      return 'SIGSEGV'
    case 143:
      return 'SIGTERM'
    case 152:
      return 'SIGXCPU'
    default:
      return null
  }
}

/**
 * Sent by the kernel when memory is short, or by an operator: the packages are not the cause, so a retry may
 * succeed.
 */
function isFromOutside(signal: string | undefined): boolean {
  return signal === 'SIGKILL' || signal === 'SIGTERM'
}

function toolError(
  command: DiffKind,
  { exitCode, signal, stderr }: ToolResult,
  reason: string | null = null,
  retryable = false,
): DiffCommandError {
  return new DiffCommandError(command, { exitCode, signal, stderr, reason, retryable })
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`
}
