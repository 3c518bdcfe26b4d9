/** Asks the installed tools for their versions; starts them as for a diff. */
import type { Limits } from '../../model.ts'
import { runTool } from './process.ts'

/** For a command that only prints facts about itself. */
const LIMITS: Limits = {
  timeoutMs: 20_000,
  memoryBytes: 1_500_000_000,
  cpuSeconds: 20,
  openFiles: 256,
  outputBytes: 256 * 1024,
  tempBytes: 100_000_000,
}

/** What a tool printed about itself, or why it could not be asked. */
export type ToolAnswer = { readonly output: string } | { readonly failure: string }

export interface AskOptions {
  /** As in `RunOptions`. */
  readonly workDir: string
  readonly signal?: AbortSignal
}

/** Runs a command that only prints facts. @throws `options.signal.reason` */
async function askTool(command: readonly string[], options: AskOptions): Promise<ToolAnswer> {
  const [program = ''] = command
  const chunks: Buffer[] = []
  const result = await runTool(command, {
    ...options,
    limits: LIMITS,
    onOutput: (chunk) => {
      chunks.push(chunk)
    },
  })
  const { exitCode, signal, stopped, failure, stderr } = result
  if (stopped === 'aborted') throw options.signal?.reason
  if (exitCode === 0 && !stopped && !failure) return { output: Buffer.concat(chunks).toString('utf8') }
  // Differ starts prlimit, which starts the tool.
  if ((failure as NodeJS.ErrnoException | null)?.code === 'ENOENT')
    return { failure: 'prlimit is not installed: install the package util-linux' }
  if (exitCode === 127) return { failure: `${program} is not installed` }
  if (exitCode === 126) return { failure: `${program} is not executable` }
  if (stopped === 'timeout')
    return { failure: `${program} did not answer within ${LIMITS.timeoutMs / 1000} s` }
  const reason = failure?.message ?? stderr.trim().split('\n')[0]
  return { failure: reason || `${program} failed (${stopped ?? signal ?? exitCode})` }
}

/**
 * The tool's version, such as `2.23.4+deb12u2`; the first line that it printed if that contains no version.
 * @throws `options.signal.reason`
 */
export async function toolVersion(command: readonly string[], options: AskOptions): Promise<ToolAnswer> {
  const answer = await askTool([...command, '--version'], options)
  if ('failure' in answer) return answer
  const [firstLine = ''] = answer.output.split('\n')
  return { output: /(?<![\w.])\d+(\.\d+)*[\w.+~-]*/.exec(firstLine)?.[0] ?? firstLine.slice(0, 100) }
}

/**
 * The programs that diffoscope would use but does not find, in its own order.
 * @returns a failure if diffoscope does not list them
 * @throws `options.signal.reason`
 */
export async function missingComparators(
  diffoscope: readonly string[],
  options: AskOptions,
): Promise<{ readonly programs: string[] } | { readonly failure: string }> {
  return listedPrograms([...diffoscope, '--list-missing-tools', 'debian'], options)
}

/** All programs that diffoscope can use, likewise. */
export async function allComparators(
  diffoscope: readonly string[],
  options: AskOptions,
): Promise<{ readonly programs: string[] } | { readonly failure: string }> {
  return listedPrograms([...diffoscope, '--list-tools', 'debian'], options)
}

async function listedPrograms(
  command: readonly string[],
  options: AskOptions,
): Promise<{ readonly programs: string[] } | { readonly failure: string }> {
  const answer = await askTool(command, options)
  if ('failure' in answer) return answer
  const [, list] = /^External-Tools-Required: (.*)$/m.exec(answer.output) ?? []
  return { programs: list?.split(/,\s*/).filter(Boolean) ?? [] }
}
