/** Which tools there are: asked of the tools themselves, found as they are found for a diff. */
import { execFile } from 'node:child_process'
import { TOOL_PATH } from './environment.ts'

const LIMIT_MS = 20_000
const OUTPUT_BYTES = 256 * 1024

/** What a tool said of itself, or why it could not. */
export type ToolAnswer = { readonly output: string } | { readonly failure: string }

/**
 * Runs a command that only tells something, such as `debdiff --version`: at most 20 s, with a tool's environment.
 * @throws what `signal` was aborted with
 */
export function askTool(command: readonly string[], signal?: AbortSignal): Promise<ToolAnswer> {
  const [program = '', ...args] = command
  const env = { PATH: TOOL_PATH, LC_ALL: 'C.UTF-8', HOME: '/nonexistent' }
  return new Promise((resolve, reject) => {
    execFile(
      program,
      args,
      // Killed outright: it has nothing to put in order.
      { env, timeout: LIMIT_MS, killSignal: 'SIGKILL', maxBuffer: OUTPUT_BYTES, ...(signal && { signal }) },
      (error, stdout, stderr) => {
        if (signal?.aborted) return reject(signal.reason)
        if (!error) return resolve({ output: stdout })
        const said = stderr.trim().split('\n')[0]
        if (error.code === 'ENOENT') return resolve({ failure: `${program} is not there` })
        if (error.killed) return resolve({ failure: `${program} gave no answer within ${LIMIT_MS / 1000} s` })
        resolve({ failure: said || `${program} failed (${error.code ?? error.signal})` })
      },
    )
  })
}

/**
 * The version in what a tool printed of itself: `2.23.4+deb12u2`, or its first line where there is none.
 * @throws what `signal` was aborted with
 */
export async function toolVersion(command: readonly string[], signal?: AbortSignal): Promise<ToolAnswer> {
  const answer = await askTool([...command, '--version'], signal)
  if ('failure' in answer) return answer
  const [firstLine = ''] = answer.output.split('\n')
  return { output: /(?<![\w.])\d+(\.\d+)*[\w.+~-]*/.exec(firstLine)?.[0] ?? firstLine.slice(0, 100) }
}

/**
 * The programs that diffoscope would use and does not find, in its own order.
 * @returns a failure for a diffoscope that does not tell
 * @throws what `signal` was aborted with
 */
export async function missingComparators(
  diffoscope: readonly string[],
  signal?: AbortSignal,
): Promise<{ readonly programs: string[] } | { readonly failure: string }> {
  const answer = await askTool([...diffoscope, '--list-missing-tools', 'debian'], signal)
  if ('failure' in answer) return answer
  const [, list] = /^External-Tools-Required: (.*)$/m.exec(answer.output) ?? []
  return { programs: list?.split(/,\s*/).filter(Boolean) ?? [] }
}
