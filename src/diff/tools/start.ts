/** Starts a tool as a child process, with its limits, its priority, its environment and its sandbox. */
import { type ChildProcess, spawn } from 'node:child_process'
import type { Writable } from 'node:stream'
import { lowerPriority, lowerSessionPriority, niced } from '../../lower-priority.ts'
import { assertFreeDescriptors } from './check-free-descriptors.ts'
import { limitedCommand, type ToolLimits, toolEnvironment } from './environment.ts'
import { hasTerminal } from './process-table.ts'
import { PASSWD, PASSWD_DESCRIPTOR, type Sandbox, sandboxed } from './sandbox.ts'

/** The descriptor of the pipe for the tool's progress: see diffoscope's option `--status-fd`. */
export const PROGRESS_DESCRIPTOR = 3

export interface StartOptions {
  readonly limits: ToolLimits
  readonly sandbox: Sandbox
  /** Working and temporary directory. */
  readonly tempDir: string
  /** The same, or a directory in it, as the tool knows it. */
  readonly toolTempDir: string
  /** Directories that the sandbox shows, in addition to `tempDir`. */
  readonly inputDirs: readonly string[]
  /** A directory in which the tool looks up programs first; null if there is none. */
  readonly programDir: string | null
  /** An environment entry, `NAME=value`, by which the tool's descendants are found. */
  readonly marker: string
  /** Whether the tool gets a pipe as `PROGRESS_DESCRIPTOR`. */
  readonly progress: boolean
  /** The descriptor of an open file that becomes standard output; null for a pipe. */
  readonly stdout: number | null
}

/** A child process that has been started. */
export type StartedTool = ChildProcess & { readonly pid: number }

/**
 * Starts a tool. After a success, it resolves before the child can emit its first event.
 * @returns the child, or the system's error if it could not be started
 */
export async function startTool(
  command: readonly string[],
  options: StartOptions,
): Promise<StartedTool | Error> {
  const child = spawnTool(command, options)
  if (child instanceof Error || isStarted(child)) return child
  return new Promise((resolve) => child.once('error', resolve))
}

/** Node.js throws some errors (an argument list that is too long), and emits others as events. */
function spawnTool(command: readonly string[], options: StartOptions): ChildProcess | Error {
  const { limits, sandbox, tempDir, toolTempDir, inputDirs, programDir, marker, progress, stdout } = options
  const limited = limitedCommand(command, limits)
  const isSandboxed = sandbox === 'bubblewrap'
  try {
    // A tool leads a session where signals are for its process group, which is so without a sandbox, and on a terminal, where Ctrl-C
    // would reach it otherwise. Elsewhere it shares the session of this process: beside sessions that come and go, the event loop
    // waited up to 80 ms for a processor.
    const leadsSession = !isSandboxed || hasTerminal()
    assertFreeDescriptors()
    const [program, ...args] = isSandboxed
      ? sandboxed(niced(limited), tempDir, toolTempDir, inputDirs, command[0])
      : limited
    const child = spawn(program, args, {
      cwd: tempDir,
      env: toolEnvironment(tempDir, marker, programDir),
      detached: leadsSession,
      // The positions are PROGRESS_DESCRIPTOR, STATUS_DESCRIPTOR and PASSWD_DESCRIPTOR.
      stdio: [
        'ignore',
        stdout ?? 'pipe',
        'pipe',
        progress ? 'pipe' : 'ignore',
        ...(isSandboxed ? ['pipe' as const, 'pipe' as const] : []),
      ],
    })
    // bubblewrap may have started its child by now, which is why that lowers its priority itself.
    if (child.pid !== undefined && !isSandboxed) lowerPriority(child.pid)
    if (leadsSession) lowerSessionPriority(child)
    const passwd = (child.stdio as readonly unknown[])[PASSWD_DESCRIPTOR] as Writable | null | undefined
    // A sandbox that does not start does not read it; how the child exits says so.
    passwd?.on('error', () => {}).end(PASSWD)
    return child
  } catch (error) {
    return error as Error
  }
}

function isStarted(child: ChildProcess): child is StartedTool {
  return child.pid !== undefined
}
