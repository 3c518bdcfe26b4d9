/** How `debdiff` is called. */
import { dirname } from 'node:path'
import type { LocalPackage } from '../../model.ts'
import { type RunOptions, runTool } from './process.ts'
import { judgeDebdiff } from './verdict.ts'

export interface ToolOptions extends Omit<RunOptions, 'inputDirs' | 'onStatusLine'> {
  /** What to run instead of the tool's own name: program and first arguments. */
  readonly command?: readonly string[]
}

/** Without --noconf it executes ~/.devscripts. */
export const DEBDIFF_OPTIONS: readonly string[] = ['--noconf']

/**
 * Compares two sets of packages; debdiff's output is in `outputPath`, as it came. After an error the file holds whatever was printed before.
 * @throws DiffCommandTimeoutError, DiffCommandMemoryError, DiffCommandError; what `options.signal` was aborted with.
 */
export async function runDebdiff(
  old: readonly LocalPackage[],
  new_: readonly LocalPackage[],
  options: ToolOptions,
): Promise<{ differs: boolean }> {
  const { command = ['debdiff'], ...run } = options
  const oldPaths = old.map(({ path }) => path)
  const newPaths = new_.map(({ path }) => path)
  const result = await runTool([...command, ...DEBDIFF_OPTIONS, '--from', ...oldPaths, '--to', ...newPaths], {
    ...run,
    inputDirs: [...new Set([...oldPaths, ...newPaths].map(dirname))],
  })
  if (result.stopped === 'aborted') throw options.signal?.reason
  const outcome = judgeDebdiff(options.limits, result)
  if (outcome instanceof Error) throw outcome
  return { differs: outcome === 'differs' }
}
