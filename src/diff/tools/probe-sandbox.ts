/** Checks whether the sandbox works on this machine: some containers forbid it. */
import type { Limits } from '../../model.ts'
import { runTool } from './process.ts'

const LIMITS: Limits = {
  timeoutMs: 10_000,
  memoryBytes: 1_500_000_000,
  cpuSeconds: 10,
  openFiles: 256,
  outputBytes: 1024,
  tempBytes: 1_000_000,
}

/**
 * Runs `true` in a sandbox.
 * @param workDir as in `RunOptions`
 * @returns null if the sandbox works, else the reason, for the log
 */
export async function probeSandbox(workDir: string): Promise<string | null> {
  const { exitCode, failure, stopped } = await runTool(['true'], {
    workDir,
    limits: LIMITS,
    sandbox: 'bubblewrap',
  })
  if (exitCode === 0 && !failure && !stopped) return null
  if ((failure as NodeJS.ErrnoException | null)?.code === 'ENOENT') return 'bwrap is not installed'
  return failure?.message ?? `bwrap failed (${stopped ?? exitCode})`
}
