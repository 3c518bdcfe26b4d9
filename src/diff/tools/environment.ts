/** What surrounds a tool: its environment and its limits. Nothing of the service's own environment is handed on. */
import type { Limits } from '../../model.ts'

/** The only directories in which programs are looked up, by us and by the tools. */
export const TOOL_PATH = '/usr/bin:/bin'

/**
 * A tool's whole environment. `marker` (`NAME=value`) is inherited by all that the tool starts, so that a process which made a session of its own is
 * still known as the job's.
 */
export function toolEnvironment(tempDir: string, marker: string): Record<string, string> {
  const [name = '', value = ''] = marker.split('=', 2)
  return { PATH: TOOL_PATH, LC_ALL: 'C.UTF-8', HOME: '/nonexistent', TMPDIR: tempDir, [name]: value }
}

/**
 * `command` behind `prlimit`. Whatever else is to surround a tool (a sandbox) goes into this argument vector, outside `prlimit`, which then limits
 * the tool and not the sandbox.
 */
export function limitedCommand(command: readonly string[], limits: Limits): [string, ...string[]] {
  // Tools get an allocation error at the soft limit, while they can still say so.
  const softMemory = Math.floor(limits.memoryBytes * 0.8)
  return [
    'prlimit',
    `--as=${softMemory}:${limits.memoryBytes}`,
    // SIGXCPU at the soft limit tells the reason; SIGKILL at the hard one would not.
    `--cpu=${limits.cpuSeconds}:${limits.cpuSeconds + 1}`,
    `--nofile=${limits.openFiles}`,
    '--core=0',
    ...command,
  ]
}
