/** Which tools there are: asked of the tools themselves, started as for a diff. */
import type { Limits } from '../../model.ts'
import { runTool } from './process.ts'

/** Of a command that only tells something about itself. */
const LIMITS: Limits = {
  timeoutMs: 20_000,
  memoryBytes: 1_500_000_000,
  cpuSeconds: 20,
  openFiles: 256,
  outputBytes: 256 * 1024,
  tempBytes: 100_000_000,
}

/** What a tool said of itself, or why it could not. */
export type ToolAnswer = { readonly output: string } | { readonly failure: string }

export interface AskOptions {
  /** As `RunOptions` has it. */
  readonly workDir: string
  readonly signal?: AbortSignal
}

/** Runs a command that only tells something. @throws what `options.signal` was aborted with */
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
  // What is started is prlimit, which starts the tool.
  if ((failure as NodeJS.ErrnoException | null)?.code === 'ENOENT') return { failure: 'prlimit is not there' }
  if (exitCode === 127 || exitCode === 126) return { failure: `${program} is not there, or cannot be run` }
  if (stopped === 'timeout')
    return { failure: `${program} gave no answer within ${LIMITS.timeoutMs / 1000} s` }
  const reason = failure?.message ?? stderr.trim().split('\n')[0]
  return { failure: reason || `${program} failed (${stopped ?? signal ?? exitCode})` }
}

/**
 * The version in what a tool printed of itself: `2.23.4+deb12u2`, or its first line where there is none.
 * @throws what `options.signal` was aborted with
 */
export async function toolVersion(command: readonly string[], options: AskOptions): Promise<ToolAnswer> {
  const answer = await askTool([...command, '--version'], options)
  if ('failure' in answer) return answer
  const [firstLine = ''] = answer.output.split('\n')
  return { output: /(?<![\w.])\d+(\.\d+)*[\w.+~-]*/.exec(firstLine)?.[0] ?? firstLine.slice(0, 100) }
}

/**
 * The programs that diffoscope would use and does not find, in its own order.
 * @returns a failure for a diffoscope that does not tell
 * @throws what `options.signal` was aborted with
 */
export async function missingComparators(
  diffoscope: readonly string[],
  options: AskOptions,
): Promise<{ readonly programs: string[] } | { readonly failure: string }> {
  const answer = await askTool([...diffoscope, '--list-missing-tools', 'debian'], options)
  if ('failure' in answer) return answer
  const [, list] = /^External-Tools-Required: (.*)$/m.exec(answer.output) ?? []
  return { programs: list?.split(/,\s*/).filter(Boolean) ?? [] }
}
