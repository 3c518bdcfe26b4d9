/**
 * Runs one external tool under limits. The result states what happened; `verdict.ts` decides what it means.
 * When `runTool` returns or throws, no process and no temporary file of the tool is left.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { closeSync, openSync } from 'node:fs'
import { mkdir, mkdtemp, open, realpath, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ToolStreams } from './collect.ts'
import type { ToolLimits } from './environment.ts'
import type { PathHider } from './hide-paths.ts'
import type { Sink } from './output-pump.ts'
import {
  descendants,
  endSandbox,
  killProcesses,
  type OlderProcesses,
  runningProcesses,
} from './process-table.ts'
import { endedChildrenSeconds } from './processor-time.ts'
import { removeTree } from './remove-tree.ts'
import type { Sandbox } from './sandbox.ts'
import { type StartedTool, type StartOptions, startTool } from './start.ts'
import { type StopReason, Terminator } from './terminate.ts'
import { watchUsage } from './usage-watch.ts'

/** Node.js fires timers beyond this at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** What happened, as independent facts: a tool may be stopped and still exit with 0. */
export interface ToolResult {
  /** Null if a signal killed the tool, or if it never ran. */
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  /** Null if the tool ended by itself. */
  readonly stopped: StopReason | null
  /** Why the tool could not be started, or its output not taken: a system error, or what `onOutput` threw. */
  readonly failure: Error | null
  /** The beginning and the end of standard error, at most 64 KB, without the names of hidden directories. */
  readonly stderr: string
  /** Bytes written to the file and passed to `onOutput`. */
  readonly outputBytes: number
  /** From the start until the last process of the tool was gone. */
  readonly durationMs: number
  /** All processes of the tool together, sampled every 200 ms; 0 for a run of less than 50 ms. */
  readonly peakResidentBytes: number
  /**
   * CPU time of the tool and of the children that it waited for: see `endedChildrenSeconds`. The kernel does not
   * count it for a sandbox, whose first process bubblewrap does not wait for; then it is that of the last sample.
   */
  readonly processorSeconds: number
}

export interface RunOptions {
  /**
   * An absolute, private directory, created if it is missing. The tool's working and temporary directory is
   * created in it, and removed at the end.
   */
  readonly workDir: string
  readonly limits: ToolLimits
  /**
   * The file for standard output, created or overwritten. It is neither synced nor removed after a failure:
   * that is up to the caller.
   */
  readonly outputPath?: string
  /**
   * A file that the tool writes its standard output to by itself, created or overwritten; instead of
   * `outputPath` and `hidePaths`. `onOutput` gets it again from there, in pieces that are valid until it
   * returns; the tool does not wait for it.
   */
  readonly stdoutPath?: string
  /** Gets standard output after the file. The tool waits while a returned promise is pending. */
  readonly onOutput?: Sink
  /** Makes what removes paths from standard output. Default: it is taken as it is. */
  readonly hidePaths?: (tempDirs: readonly string[]) => PathHider
  /** Shell scripts by name, which the tool finds instead of programs of these names. */
  readonly programs?: ReadonlyMap<string, string>
  /** Gets the lines that the tool writes to descriptor 3, which is open only if this is given. */
  readonly onStatusLine?: (line: string) => void
  /**
   * Absolute directories that the tool reads, in addition to `workDir`; their names are removed from
   * `stderr`.
   */
  readonly inputDirs?: readonly string[]
  /** Default: `none`. */
  readonly sandbox?: Sandbox
  /** Called as soon as the tool runs. */
  readonly onStart?: () => void
  /** Gets the result before the caller does, also if the caller turns it into an error. */
  readonly onEnd?: (result: ToolResult) => void
  readonly signal?: AbortSignal
}

/**
 * Runs `command` (program and arguments, no shell). Failures of the tool are part of the result.
 * @throws `options.signal.reason` if it aborted before the start; a system error if `workDir` or `outputPath`
 *   cannot be used, or if the temporary files cannot be removed
 */
export async function runTool(command: readonly string[], options: RunOptions): Promise<ToolResult> {
  options.signal?.throwIfAborted()
  // With a TMPDIR that cannot be used, the tools would silently use /tmp.
  await mkdir(options.workDir, { recursive: true, mode: 0o700 })
  const tempDir = await mkdtemp(join(options.workDir, 'tmp-'))
  try {
    const file = options.outputPath === undefined ? null : await open(options.outputPath, 'w')
    try {
      const { onOutput } = options
      const deliver: Sink = async (chunk) => {
        if (chunk.length === 0) return
        await file?.writeFile(chunk)
        await onOutput?.(chunk)
      }
      const isShown = options.stdoutPath === undefined
      const toolTempDir =
        options.sandbox === 'bubblewrap' && isShown ? await makeSandboxTemp(tempDir) : tempDir
      const hider = options.hidePaths?.([toolTempDir, tempDir])
      const result = await supervise(command, tempDir, toolTempDir, options, (chunk) =>
        deliver(hider ? hider.push(chunk) : chunk),
      )
      if (hider) await deliver(hider.end())
      options.onEnd?.(result)
      return result
    } finally {
      await file?.close()
    }
  } finally {
    await removeTree(tempDir)
  }
}

async function supervise(
  command: readonly string[],
  tempDir: string,
  toolTempDir: string,
  options: RunOptions,
  sink: Sink,
): Promise<ToolResult> {
  const { limits, onStatusLine, inputDirs = [], programs, sandbox = 'none', stdoutPath } = options
  const marker = `DIFFER_JOB=${randomUUID()}`
  const hidden = [toolTempDir, await realpath(tempDir), tempDir, options.workDir, ...inputDirs]
  const startedAt = performance.now()
  // Skips what other children used, such as one that printed its version.
  endedChildrenSeconds()
  const progress = onStatusLine !== undefined
  // In a sandbox they are not needed.
  const older: OlderProcesses = sandbox === 'none' ? olderProcesses() : new Set()
  const programDir = programs?.size ? await writePrograms(tempDir, programs) : null
  const start = { limits, sandbox, tempDir, toolTempDir, inputDirs, programDir, marker, progress }
  const child = await startWithOutput(command, start, stdoutPath)
  if (child instanceof Error)
    return { ...NOT_STARTED, failure: child, durationMs: performance.now() - startedAt }
  options.onStart?.()

  const exited = exitOf(child)
  const terminator = new Terminator(child.pid, sandbox === 'none')
  const streams = new ToolStreams(child, {
    sink,
    stdoutPath,
    limitBytes: limits.outputBytes,
    onStatusLine,
    onOverflow: () => terminator.stop('output'),
    onSinkError: () => terminator.terminate(),
  })
  const findAll = () => (streams.isSandboxed ? descendants(child.pid) : null)
  const watch = watchUsage({ marker, older, findAll, tempDir, limits }, (reason) => terminator.stop(reason))
  const endTriggers = stopOnTimeoutOrAbort(terminator, limits.timeoutMs, options.signal)
  try {
    // Not the event 'close': a grandchild may hold the pipes open for ever.
    const exit = await exited
    terminator.exited()
    await streams.waitForSandbox()
    watch.end()
    const { sandboxInit } = streams
    if (!sandboxInit || !(await endSandbox(sandboxInit))) await killProcesses(marker, older)
    const durationMs = performance.now() - startedAt
    await streams.drain(terminator.signalled)
    const stderr = streams.stderr(hidden)
    return {
      ...exit,
      processorSeconds: Math.max(exit.processorSeconds, watch.processorSeconds()),
      ...streams.sandboxedEnd,
      stopped: terminator.stopped,
      failure: streams.sinkError ?? sandboxFailure(streams, terminator.stopped, stderr),
      stderr,
      outputBytes: streams.outputBytes,
      durationMs,
      peakResidentBytes: watch.peakResidentBytes(),
    }
  } finally {
    endTriggers()
    streams.close()
  }
}

/** Empty, so that every process is read later, if no file descriptor is free. */
function olderProcesses(): OlderProcesses {
  try {
    return runningProcesses()
  } catch {
    return new Set()
  }
}

/** Starts the tool; its standard output is a pipe, or a file. */
function startWithOutput(
  command: readonly string[],
  start: Omit<StartOptions, 'stdout'>,
  stdoutPath: string | undefined,
): Promise<StartedTool | Error> {
  const stdout = stdoutPath === undefined ? null : openSync(stdoutPath, 'w')
  try {
    return startTool(command, { ...start, stdout })
  } finally {
    // The child has its own. Closing must not wait: the child's end would be missed meanwhile.
    if (stdout !== null) closeSync(stdout)
  }
}

/**
 * Creates the `TMPDIR` of a tool in a sandbox, if its output is shown to people. Its name has a fixed length: diffoscope shortens messages
 * that contain it, and a report must not depend on where it is made. The name is random, so that nothing in a
 * package can be mistaken for it.
 * @returns its path inside the sandbox
 */
async function makeSandboxTemp(tempDir: string): Promise<string> {
  const name = `differ-${randomBytes(8).toString('hex')}`
  await mkdir(join(tempDir, name))
  return join('/tmp', name)
}

/** @returns the directory of the programs */
async function writePrograms(tempDir: string, programs: ReadonlyMap<string, string>): Promise<string> {
  const dir = join(tempDir, 'programs')
  await mkdir(dir)
  for (const [name, script] of programs) await writeFile(join(dir, name), script, { mode: 0o755 })
  return dir
}

const NOT_STARTED: ToolResult = {
  exitCode: null,
  signal: null,
  stopped: null,
  failure: null,
  stderr: '',
  outputBytes: 0,
  durationMs: 0,
  peakResidentBytes: 0,
  processorSeconds: 0,
}

function exitOf(child: StartedTool): Promise<Pick<ToolResult, 'exitCode' | 'signal' | 'processorSeconds'>> {
  return new Promise((resolve) =>
    child.once('exit', (exitCode, signal) =>
      resolve({ exitCode, signal, processorSeconds: endedChildrenSeconds() }),
    ),
  )
}

/** @returns a function that disarms both triggers */
function stopOnTimeoutOrAbort(
  terminator: Terminator,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): () => void {
  const timer = setTimeout(() => terminator.stop('timeout'), Math.min(timeoutMs, MAX_TIMER_MS))
  const onAbort = () => terminator.stop('aborted')
  signal?.addEventListener('abort', onAbort, { once: true })
  // It may have aborted before the listener was added, while the tool was being started.
  if (signal?.aborted) onAbort()
  return () => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
}

/**
 * If the sandbox does not report how the tool ended, nothing proves that the tool ran, whatever the exit
 * code.
 */
function sandboxFailure(
  { isSandboxed, sandboxedEnd }: ToolStreams,
  stopped: StopReason | null,
  stderr: string,
): Error | null {
  if (!isSandboxed || sandboxedEnd || stopped) return null
  const [reason] = stderr.trim().split('\n')
  return new Error(`the sandbox did not start: ${reason || 'bwrap gave no reason'}`)
}
