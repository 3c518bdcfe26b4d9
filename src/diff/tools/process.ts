/**
 * Runs one external tool under limits. Returns what happened as plain facts; what they mean is judged in `verdict.ts`. When it returns (or throws),
 * nothing of the tool is left: no process, no temporary file.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, open, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Limits } from '../../model.ts'
import { checkRoomToStart } from './check-free-descriptors.ts'
import { limitedCommand, toolEnvironment } from './environment.ts'
import { CappedText } from './head-tail-buffer.ts'
import { lineReader } from './line-reader.ts'
import { OutputPump, type Sink } from './output-pump.ts'
import { killProcesses, sendSignal } from './process-table.ts'
import { endedChildrenSeconds } from './processor-time.ts'
import { removeTree } from './remove-tree.ts'
import { type Sandbox, type SandboxedEnd, STATUS_DESCRIPTOR, sandboxed, sandboxedEnd } from './sandbox.ts'
import { watchUsage } from './usage-watch.ts'

const STDERR_BYTES = 64 * 1024
const STDERR_CLOSE_MS = 250
/** diffoscope cleans up in 26 to 650 ms after SIGTERM. */
const GRACE_MS = 2_000
/** A longer timer fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** Why we stopped the tool: a limit of ours, or the caller's signal. */
export type StopReason = 'timeout' | 'memory' | 'output' | 'temp' | 'aborted'

/** What happened, as facts that do not depend on each other: a tool may be stopped and still exit with 0. */
export interface ToolResult {
  /** Null where it died by a signal or never ran. */
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  /** Null where it ended by itself. */
  readonly stopped: StopReason | null
  /** What kept us from starting it or from taking its output (an error of the system, or what `onOutput` threw). */
  readonly failure: Error | null
  /** At most 64 KB: its beginning and its end, without the names of the hidden directories. */
  readonly stderr: string
  /** Bytes written to the file and given to `onOutput`. */
  readonly outputBytes: number
  /** From the start until its last process was gone. */
  readonly durationMs: number
  /** Of all its processes together, sampled every 200 ms; 0 for one that took less than 50 ms. */
  readonly peakResidentBytes: number
  /** Processor time of the tool and of all that it waited for: see `endedChildrenSeconds`. */
  readonly processorSeconds: number
}

export interface RunOptions {
  /** An absolute, private directory, made if need be. A new one in it becomes the tool's working and temporary directory, and is removed at the end. */
  readonly workDir: string
  readonly limits: Limits
  /** Standard output goes into this file, made or overwritten, neither synced nor renamed nor removed on failure; that is the caller's. */
  readonly outputPath?: string
  /** Gets standard output as it comes, after the file; the tool waits while a returned promise is pending. */
  readonly onOutput?: Sink
  /** Gets the lines that the tool writes to descriptor 3, which is open only if this is given. */
  readonly onStatusLine?: (line: string) => void
  /** Absolute directories, besides `workDir`, that the tool is to read; they are not shown in `stderr`. */
  readonly inputDirs?: readonly string[]
  /** What surrounds the tool. Default: `none`. */
  readonly sandbox?: Sandbox
  /** Gets what happened, whatever is made of it. */
  readonly onEnd?: (result: ToolResult) => void
  readonly signal?: AbortSignal
}

/**
 * Runs `command` (program and arguments, no shell).
 * @throws what `options.signal` was aborted with, if that was before the start; an Error of the system for a `workDir` or `outputPath` that cannot
 *   be used, or temporary files that cannot be removed. All else is in the result.
 */
export async function runTool(command: readonly string[], options: RunOptions): Promise<ToolResult> {
  options.signal?.throwIfAborted()
  // Made here, because an unusable TMPDIR would send the tools to /tmp without a word.
  await mkdir(options.workDir, { recursive: true, mode: 0o700 })
  const tempDir = await mkdtemp(join(options.workDir, 'tmp-'))
  try {
    const file = options.outputPath === undefined ? null : await open(options.outputPath, 'w')
    try {
      const { onOutput } = options
      const result = await supervise(command, tempDir, options, async (chunk) => {
        await file?.writeFile(chunk)
        await onOutput?.(chunk)
      })
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
  options: RunOptions,
  sink: Sink,
): Promise<ToolResult> {
  const { limits } = options
  const marker = `DIFFER_JOB=${randomUUID()}`
  const hidden = [await realpath(tempDir), tempDir, options.workDir, ...(options.inputDirs ?? [])]
  const started = performance.now()
  // What other children took, such as one that was asked for its version, is no tool's.
  endedChildrenSeconds()
  const child = start(command, limits, toolEnvironment(tempDir, marker), tempDir, options)
  if (child instanceof Error || child.pid === undefined) {
    const failure = child instanceof Error ? child : await startFailure(child)
    return { ...NOTHING, failure, durationMs: performance.now() - started }
  }

  const { pid } = child
  const stdout = child.stdout as Readable
  const errors = child.stderr as Readable
  const status = child.stdio[3] as Readable | undefined
  const exited = new Promise<Pick<ToolResult, 'exitCode' | 'signal' | 'processorSeconds'>>((resolve) =>
    child.once('exit', (exitCode, signal) =>
      resolve({ exitCode, signal, processorSeconds: endedChildrenSeconds() }),
    ),
  )
  const sandboxStatus = child.stdio[STATUS_DESCRIPTOR] as Readable | undefined
  let inside: SandboxedEnd | null = null
  sandboxStatus?.on(
    'data',
    lineReader((line) => {
      inside = sandboxedEnd(line) ?? inside
    }),
  )
  const stderr = new CappedText(STDERR_BYTES)
  errors.on('data', (chunk: Buffer) => stderr.push(chunk))
  if (options.onStatusLine) status?.on('data', lineReader(options.onStatusLine))

  let stopped: StopReason | null = null
  let failure: Error | null = null
  let kill: NodeJS.Timeout | undefined
  let hurry = () => {}
  const halted = new Promise<void>((resolve) => {
    hurry = resolve
  })
  const halt = (signal: NodeJS.Signals) => {
    sendSignal(-pid, signal)
    kill ??= setTimeout(() => sendSignal(-pid, 'SIGKILL'), GRACE_MS)
    hurry()
  }
  const stop = (reason: StopReason) => {
    if (stopped !== null) return
    stopped = reason
    // What eats memory or disk gets no time to go on with it.
    halt(reason === 'memory' || reason === 'temp' ? 'SIGKILL' : 'SIGTERM')
  }

  const pump = new OutputPump(stdout, sink, limits.outputBytes, () => stop('output'))
  const printed = pump.finished.catch((error: Error) => {
    failure = error
    halt('SIGTERM')
  })
  const watch = watchUsage({ marker, tempDir, limits }, stop)
  const timer = setTimeout(() => stop('timeout'), Math.min(limits.timeoutMs, LONGEST_TIMER_MS))
  const onAbort = () => stop('aborted')
  options.signal?.addEventListener('abort', onAbort, { once: true })
  // While the start was prepared nobody listened.
  if (options.signal?.aborted) onAbort()

  try {
    // Not 'close': a grandchild may hold the pipes for ever.
    const end = await exited
    if (sandboxStatus) await closed(sandboxStatus)
    watch.end()
    sendSignal(-pid, 'SIGKILL')
    await killProcesses(marker)
    const durationMs = performance.now() - started
    // A consumer that never takes its chunk must not hold up a run that was stopped.
    await Promise.race([Promise.all([pump.drain(), printed]), halted])
    await closed(errors)
    return {
      ...end,
      ...(inside as SandboxedEnd | null),
      stopped,
      failure: failure ?? sandboxFailure(sandboxStatus, inside, stopped, stderr.show(hidden)),
      stderr: stderr.show(hidden),
      outputBytes: pump.bytes,
      durationMs,
      peakResidentBytes: watch.peakResidentBytes(),
    }
  } finally {
    clearTimeout(timer)
    clearTimeout(kill)
    options.signal?.removeEventListener('abort', onAbort)
    pump.close()
    errors.destroy()
    status?.destroy()
    sandboxStatus?.destroy()
  }
}

const NOTHING: ToolResult = {
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

/** Some failures to start are thrown (an argument list too long), others come as an event. */
function start(
  command: readonly string[],
  limits: Limits,
  env: Record<string, string>,
  cwd: string,
  options: RunOptions,
): ChildProcess | Error {
  const limited = limitedCommand(command, limits)
  const isSandboxed = options.sandbox === 'bubblewrap'
  const [program, ...args] = isSandboxed
    ? sandboxed(limited, cwd, options.inputDirs ?? [], command[0])
    : limited
  try {
    checkRoomToStart()
    return spawn(program, args, {
      cwd,
      env,
      detached: true,
      stdio: [
        'ignore',
        'pipe',
        'pipe',
        options.onStatusLine ? 'pipe' : 'ignore',
        ...(isSandboxed ? ['pipe' as const] : []),
      ],
    })
  } catch (error) {
    return error as Error
  }
}

function startFailure(child: ChildProcess): Promise<Error> {
  return new Promise((resolve) => child.once('error', resolve))
}

/** Nothing proves that a tool ran of whose end its sandbox says nothing, whatever the exit code is. */
function sandboxFailure(
  status: Readable | undefined,
  inside: SandboxedEnd | null,
  stopped: StopReason | null,
  stderr: string,
): Error | null {
  if (!status || inside || stopped) return null
  return new Error(`the sandbox did not start: ${stderr.trim().split('\n')[0] || 'bwrap does not say why'}`)
}

async function closed(stream: Readable): Promise<void> {
  if (stream.closed) return
  const waiting = new AbortController()
  const close = new Promise((resolve) => stream.once('close', resolve))
  await Promise.race([close, sleep(STDERR_CLOSE_MS, undefined, { signal: waiting.signal })])
  waiting.abort()
}
