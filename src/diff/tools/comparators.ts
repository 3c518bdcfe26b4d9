/** Tries the programs that diffoscope runs, as a diff would run them. */
import PQueue from 'p-queue'
import type { Limits } from '../../model.ts'
import { javaWrappers } from './java.ts'
import { type RunOptions, runTool } from './process.ts'

/** The memory limit of a diff, which also decides whether Java starts. */
const LIMITS: Limits = {
  timeoutMs: 10_000,
  memoryBytes: 1_500_000_000,
  cpuSeconds: 10,
  openFiles: 256,
  outputBytes: 1_000_000,
  tempBytes: 10_000_000,
}
const CONCURRENCY = 2
/** A program that does not know the option `--version` says so, which shows that it runs. */
const CANNOT_RUN =
  /error while loading shared libraries|Could not create the Java Virtual Machine|initialization of VM|No user exists|Cannot allocate memory|mmap.* failed|failed to map segment/

/** Those of the programs that do not start in the sandbox and under its limits, in the same order. */
export async function failingComparators(
  programs: readonly string[],
  options: Pick<RunOptions, 'workDir' | 'sandbox' | 'signal'>,
): Promise<string[]> {
  const queue = new PQueue({ concurrency: CONCURRENCY })
  const results = await Promise.all(
    programs.map((program) => queue.add(async () => ({ program, starts: await starts(program, options) }))),
  )
  return results.filter(({ starts }) => !starts).map(({ program }) => program)
}

async function starts(
  program: string,
  options: Pick<RunOptions, 'workDir' | 'sandbox' | 'signal'>,
): Promise<boolean> {
  const { exitCode, stopped, failure, stderr } = await runTool([program, '--version'], {
    ...options,
    limits: LIMITS,
    programs: javaWrappers(LIMITS),
    onOutput: () => {},
  })
  // Some programs that want a file wait, or print without end.
  if (stopped === 'timeout' || stopped === 'output') return true
  const isRun = exitCode !== null && exitCode !== 126 && exitCode !== 127
  return isRun && !stopped && !failure && !CANNOT_RUN.test(stderr)
}
