/** A tool's environment and resource limits. It inherits nothing of the service's own environment. */
import type { Limits } from '../../model.ts'

/** The only directories in which Differ and the tools look up programs. */
export const TOOL_PATH = '/usr/bin:/bin'
/**
 * The soft limit of the address space as a part of the hard one. At the soft limit an allocation fails while
 * the tool still has enough memory to report it.
 */
const SOFT_MEMORY_SHARE = 0.8

/**
 * A tool's whole environment. The tool's descendants inherit `marker` (`NAME=value`), so they can be found
 * even after they have started a new session.
 * @param programDir a directory in which programs are looked up first
 */
export function toolEnvironment(
  tempDir: string,
  marker: string,
  programDir: string | null = null,
): Record<string, string> {
  const [name = '', value = ''] = marker.split('=', 2)
  const path = programDir === null ? TOOL_PATH : `${programDir}:${TOOL_PATH}`
  return { PATH: path, LC_ALL: 'C.UTF-8', HOME: '/nonexistent', TMPDIR: tempDir, [name]: value }
}

export interface ToolLimits extends Limits {
  /** Each file that it writes, in bytes: a signal ends it if one is larger. Default: no limit. */
  readonly fileBytes?: number
}

/**
 * `command`, started by `prlimit`. A sandbox goes around the result, so that `prlimit` limits the tool and
 * not the sandbox.
 */
export function limitedCommand(command: readonly string[], limits: ToolLimits): [string, ...string[]] {
  const softMemory = Math.floor(limits.memoryBytes * SOFT_MEMORY_SHARE)
  return [
    'prlimit',
    `--as=${softMemory}:${limits.memoryBytes}`,
    // The soft limit sends SIGXCPU, which names the reason; the hard limit sends SIGKILL.
    `--cpu=${limits.cpuSeconds}:${limits.cpuSeconds + 1}`,
    `--nofile=${limits.openFiles}`,
    '--core=0',
    ...(limits.fileBytes === undefined ? [] : [`--fsize=${limits.fileBytes}`]),
    ...command,
  ]
}
