/** Fixtures, limits, and checks for leftovers, for the tests of the tools. */
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { ToolLimits } from '../../../src/diff/tools/environment.ts'
import { type RunOptions, runTool, type ToolResult } from '../../../src/diff/tools/process.ts'
import { removeTree } from '../../../src/diff/tools/remove-tree.ts'
import type { Sandbox } from '../../../src/diff/tools/sandbox.ts'
import { LIMITS } from '../engine-options.ts'

export { LIMITS }

/** The path of an executable in `fixtures/`. */
export function fixture(name: string): string {
  return join(import.meta.dirname, 'fixtures', name)
}

/** A directory that is removed when the test has finished. */
export async function scratch(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'differ-tools-test-'))
  onTestFinished(() => removeTree(dir))
  return dir
}

/** Ids of the processes whose environment or command line contains `text`. Zombies have neither. */
export function processesWith(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && `${read(pid, 'environ')}${read(pid, 'cmdline')}`.includes(text))
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch {
    return ''
  }
}

let defaultSandbox: Sandbox = 'none'

/** Sets the sandbox for later calls of `runFixture`. */
export function useSandbox(sandbox: Sandbox): void {
  defaultSandbox = sandbox
}

/**
 * Runs a fixture in a new directory.
 * @returns the result, and the leftovers at its end: processes with that directory in their environment, and
 *   files
 */
export async function runFixture(
  command: string | readonly string[],
  options: Partial<Omit<RunOptions, 'limits'>> & { limits?: Partial<ToolLimits> } = {},
): Promise<{ result: ToolResult; left: { processes: number[]; files: string[] } }> {
  const [name = '', ...args] = typeof command === 'string' ? [command] : command
  const workDir = await scratch()
  const { limits, ...rest } = options
  const result = await runTool([fixture(name), ...args], {
    workDir,
    limits: { ...LIMITS, ...limits },
    sandbox: defaultSandbox,
    ...rest,
  })
  return { result, left: { processes: processesWith(workDir), files: await readdir(workDir) } }
}

export const NOTHING_LEFT = { processes: [], files: [] }
