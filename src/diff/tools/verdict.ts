/**
 * Decides what the result of a tool means. Both tools exit with 1 for "differs" but sometimes also for a
 * failure, and both may continue after a failure with an incomplete result. So a success needs all its signs.
 * Failures are checked in this order: what Differ did itself, whether the tool ran at all, exhausted memory,
 * a full disk or another exhausted resource, a signal.
 *
 * A shortage of ours is an error, because a retry may give more. What is due to the contents of a package
 * would fail again in the same way, so it is part of the result: a report that says that it is incomplete.
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
/** diffoscope cannot compare these packages: it crashes at something that they contain. */
export interface Crash {
  /** What it died of, in one line. */
  readonly crash: string
}
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
    // Java.
    /^Error: Could not create the Java Virtual Machine/,
    /^Error occurred during initialization of VM/,
    /\binsufficient memory for the Java Runtime Environment\b/,
    /\bjava\.lang\.OutOfMemoryError\b/,
  ]
    // A comment has what a program printed, indented.
    .map(({ source }) => source.replace(/^\^/, '^ *'))
    .join('|'),
  'm',
)
const DISK_SIGNS = /\bNo space left on device\b|\[Errno 28\]|\bDisk quota exceeded\b/
/** The system lacks descriptors, processes or a working disk: EIO, EAGAIN, ENFILE, EMFILE, EROFS, ESTALE. */
const RESOURCE_SIGNS =
  /\[Errno (?:5|11|23|24|30|116)\]|: (?:Too many open files(?: in system)?|Resource temporarily unavailable|Input\/output error|Stale file handle)\s*$/m
/** Printed by diffoscope when a helper was killed; it may continue with a wrong result. */
const KILLED_HELPER = /died with <Signals\.(\w+)/
/** The same in a comment, for some helpers: minus the number of the signal, or 128 and the number. */
const FAILED_HELPER = /^Command `.*` failed with exit code (-?\d+)/m
/** Python's report of an uncaught exception; the last line names it. */
const TRACEBACK = /^Traceback \(most recent call last\):$/m
/** The installation is broken, whatever is compared. */
const BROKEN_INSTALLATION = /^(?:ImportError|ModuleNotFoundError|SyntaxError|AttributeError: module)\b/m
/** Signals by which a program ends itself. */
const CRASH_SIGNALS: ReadonlySet<string> = new Set(['SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGILL'])
const MAX_CRASH_LENGTH = 200
/** Addresses in memory and names of temporary files: a report must be the same in each making. */
const RANDOM_PARTS = /, archive_p=\d+|\b0x[0-9a-f]+|(?:diffoscope_|tmp)[a-z0-9_]{8}\w*\/?/g
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
 * The outcome of a run of `diffoscope`. `report`: the packages differ if the report is valid, which
 * `reportVerdict` decides.
 */
export function diffoscopeVerdict(limits: Limits, result: ToolResult): 'same' | 'report' | Crash | ToolError {
  const failed = failureOf('diffoscope', limits, result)
  if (failed instanceof DiffCommandError && failed.reason === null && CRASH_SIGNALS.has(failed.signal ?? ''))
    return { crash: `it died by ${failed.signal}` }
  if (failed) return failed
  const killed = KILLED_HELPER.exec(result.stderr)
  if (killed)
    return toolError(
      'diffoscope',
      { ...result, signal: killed[1] as NodeJS.Signals },
      `lost a helper that died by ${killed[1]}`,
      isFromOutside(killed[1]),
    )
  const crash = crashOf(result)
  if (crash) return crash
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

/** An uncaught exception of diffoscope; null if there was none, or if its installation is broken. */
function crashOf({ exitCode, outputBytes, stderr }: ToolResult): Crash | null {
  if (exitCode !== 2 && !(exitCode === 1 && outputBytes === 0)) return null
  if (!TRACEBACK.test(stderr) || BROKEN_INSTALLATION.test(stderr)) return null
  const [last = ''] = stderr.trim().split('\n').slice(-1)
  return { crash: last.replace(RANDOM_PARTS, '').slice(0, MAX_CRASH_LENGTH) }
}

/**
 * The outcome of a run of `diffoscope` that wrote a report.
 * @param report what reading it has found: comments that are signs of an incomplete result, or why the report
 *   is invalid
 * @returns `differs` also for a report that is incomplete because of the contents of the packages
 */
export function reportVerdict(
  limits: Limits,
  result: ToolResult,
  report: { readonly failureComments: readonly string[] } | DamagedReportError,
): 'differs' | ToolError {
  if (report instanceof Error)
    return toolError('diffoscope', result, `wrote a broken report: ${report.reason}`)
  for (const comment of report.failureComments) {
    const shortage = shortageIn(comment, limits, result)
    if (shortage) return shortage
  }
  return 'differs'
}

/** The error if a comment says that time, memory, disk space or another resource was short; else null. */
function shortageIn(comment: string, limits: Limits, result: ToolResult): ToolError | null {
  if (MEMORY_SIGNS.test(comment)) return new DiffCommandMemoryError('diffoscope', limits.memoryBytes)
  const signal = KILLED_HELPER.exec(comment)?.[1] ?? signalOfHelper(comment)
  const isShort =
    comment.startsWith('Timeout exceeded') || DISK_SIGNS.test(comment) || RESOURCE_SIGNS.test(comment)
  if (!isShort && (signal === null || CRASH_SIGNALS.has(signal))) return null
  const reason = `wrote a shortened report: ${comment.slice(0, MAX_CRASH_LENGTH)}`
  const facts = isShort ? result : { ...result, signal: signal as NodeJS.Signals }
  return toolError('diffoscope', facts, reason, isShort || isFromOutside(signal ?? undefined))
}

function signalOfHelper(comment: string): NodeJS.Signals | null {
  const code = Number(FAILED_HELPER.exec(comment)?.[1] ?? 0)
  return signalInExitCode(code < 0 ? 128 - code : code)
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
  if (RESOURCE_SIGNS.test(stderr)) return toolError(kind, result, 'ran out of a resource of the system', true)

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
