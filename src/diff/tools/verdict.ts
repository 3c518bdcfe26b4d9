/**
 * What a tool's facts mean. Both tools exit with 1 for "differs" and, at times, for a failure, and both can go on after a failure with less than the
 * truth; so a success is believed only with all its signs, and everything else is asked in this order: what we did ourselves, whether the tool ran at
 * all, exhausted memory, a full disk, a signal.
 */
import {
  type DamagedReportError,
  DiffCommandError,
  DiffCommandMemoryError,
  DiffCommandTimeoutError,
} from '../../errors.ts'
import type { DiffKind, Limits } from '../../model.ts'
import type { StopReason, ToolResult } from './process.ts'

/** A success, as the tools name it. */
export type Outcome = 'same' | 'differs'
type ToolError = DiffCommandTimeoutError | DiffCommandMemoryError | DiffCommandError

/** Said by Python (a `SystemError` where it lost even the `MemoryError`), Perl, the dynamic linker, libarchive and the small tools, when an allocation is refused. */
const MEMORY_SIGNS =
  /^(?:\w+\.)*MemoryError\b|\bCannot allocate memory\b|^Out of memory!|^SystemError: .*without (?:setting an )?exception|: failed to map segment from shared object|can't start new thread|^libarchive\S*ArchiveError: No memory|\b(?:virtual )?memory exhausted\b|\bstd::bad_alloc\b|\[Errno 12\]/m
const DISK_SIGNS = /\bNo space left on device\b|\[Errno 28\]|\bDisk quota exceeded\b/
/** diffoscope says so when one of its helpers was killed, and may go on with a wrong result. */
const KILLED_HELPER = /died with <Signals\.(\w+)/
/** debdiff goes on after the second and the third. */
const DEBDIFF_FAILURES = /fatal error at line|wdiff failed|Can't compare control files/
/** Only `prlimit` itself says this, before the tool runs; its exit code 1 would mean "differs". */
const NOT_STARTED = /^prlimit: (failed to .*)/

/** What a run of `debdiff` came to. */
export function judgeDebdiff(limits: Limits, result: ToolResult): Outcome | ToolError {
  const failed = failureOf('debdiff', limits, result)
  if (failed) return failed
  if (/Can't compare control files.*wdiff/.test(result.stderr))
    return toolError('debdiff', result, 'cannot compare control files: install the package wdiff')
  if (DEBDIFF_FAILURES.test(result.stderr)) return toolError('debdiff', result)
  if (result.exitCode !== 0 && result.exitCode !== 1) return toolError('debdiff', result)
  // Even for equal packages it prints what it compared.
  if (result.outputBytes === 0) return toolError('debdiff', result, 'printed nothing')
  return result.exitCode === 0 ? 'same' : 'differs'
}

/** What a run of `diffoscope` came to; `report` means that it differs if the report that it wrote is whole (see `judgeReport`). */
export function judgeDiffoscope(limits: Limits, result: ToolResult): 'same' | 'report' | ToolError {
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
 * What the report of a run that exited with 1 came to. `report` is what reading it through gave: the comments that tell of a shortened result (none
 * for a whole one), or why it is no report.
 */
export function judgeReport(
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

/** The failures that both tools have in common, first things first; null where there is none. */
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
  // Only `prlimit` is looked up by us, and a missing working directory looks the same.
  if (code === 'ENOENT')
    return 'could not be started: prlimit is not installed: install the package util-linux'
  if (syscall?.startsWith('spawn')) return `could not be started: ${code}`
  return isNoSpace(failure) ? 'ran out of disk space' : `could not hand on its output: ${failure.message}`
}

function isNoSpace(failure: Error): boolean {
  return ['ENOSPC', 'EDQUOT'].includes((failure as NodeJS.ErrnoException).code ?? '')
}

/** Shells and wrappers report a child's death by signal N as exit code 128 + N. */
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

/** Sent by the kernel when the machine is short of memory, or by its operator: not the packages' fault, so it may go well next time. */
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
