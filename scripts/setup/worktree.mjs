/** Another commit of this project, built in a directory of its own. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { project, stateDir } from './project.mjs'
import { lastLines, run } from './run.mjs'

/**
 * Calls `use` with the directory of a commit, which is removed afterwards.
 * @param {string} commit
 * @param {(dir: string) => Promise<void>} use
 * @throws Error if there is no such commit, or if it cannot be built
 */
export async function inWorktree(commit, use) {
  // Within the project, hard links spare a second copy of the packages.
  mkdirSync(stateDir, { recursive: true })
  const dir = mkdtempSync(join(stateDir, 'worktree-'))
  try {
    await must('git', ['worktree', 'add', '--detach', dir, commit], project)
    await must('cp', ['-al', join(project, 'node_modules'), join(dir, 'node_modules')], project)
    await must(process.execPath, ['scripts/setup.mjs', 'build'], dir)
    await use(dir)
  } finally {
    await run('git', ['worktree', 'remove', '--force', dir], { cwd: project })
    rmSync(dir, { recursive: true, force: true })
  }
}

async function must(command, args, cwd) {
  const { code, output } = await run(command, args, { cwd })
  if (code !== 0) throw new Error(`${command} ${args[0]}: ${lastLines(output)}`)
}
