/** Runs `debdiff`. */
import { dirname } from 'node:path'
import type { LocalPackage } from '../../model.ts'
import { type RunOptions, runTool } from './process.ts'
import { debdiffVerdict } from './verdict.ts'

export interface ToolOptions extends Omit<RunOptions, 'inputDirs' | 'onStatusLine'> {
  /** Program and first arguments. Default: the tool's name. */
  readonly command?: readonly string[]
}

/** Without --noconf, debdiff executes ~/.devscripts. */
export const DEBDIFF_OPTIONS: readonly string[] = ['--noconf']

/**
 * Compares two sets of packages and writes debdiff's output, unchanged, to `outputPath`. After an error the
 * file contains what was printed before.
 * @throws DiffCommandTimeoutError, DiffCommandMemoryError, DiffCommandError; `options.signal.reason`
 */
export async function runDebdiff(
  oldPackages: readonly LocalPackage[],
  newPackages: readonly LocalPackage[],
  options: ToolOptions,
): Promise<void> {
  const { command = ['debdiff'], ...run } = options
  const oldPaths = oldPackages.map(({ path }) => path)
  const newPaths = newPackages.map(({ path }) => path)
  const result = await runTool([...command, ...DEBDIFF_OPTIONS, '--from', ...oldPaths, '--to', ...newPaths], {
    ...run,
    inputDirs: [...new Set([...oldPaths, ...newPaths].map(dirname))],
  })
  if (result.stopped === 'aborted') throw options.signal?.reason
  const verdict = debdiffVerdict(options.limits, result)
  if (verdict instanceof Error) throw verdict
}
