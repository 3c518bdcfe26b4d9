/** Removing directories that hostile packages have filled. */
import { execFile } from 'node:child_process'
import { rmdir } from 'node:fs/promises'
import { promisify } from 'node:util'
import { TOOL_PATH } from './environment.ts'

const run = promisify(execFile)
const OPTIONS = { env: { PATH: TOOL_PATH, LC_ALL: 'C.UTF-8' } }

/**
 * Removes `dir` (absolute) with all that lies in it, even below directories of mode 000; a `dir` that does not exist is fine.
 * @throws Error when something of it cannot be removed (another user's files, a read-only file system).
 */
export async function removeTree(dir: string): Promise<void> {
  // Most are empty by now, and then no process is needed.
  if (await isGoneAfterRmdir(dir)) return
  // Not `fs.rm`: it holds the event loop for a third of a second over 50,000 files and cannot reach paths longer than PATH_MAX.
  try {
    await run('rm', ['-rf', '--', dir], OPTIONS)
  } catch {
    await run('chmod', ['-R', 'u+rwx', '--', dir], OPTIONS).catch(() => undefined)
    await run('rm', ['-rf', '--', dir], OPTIONS)
  }
}

async function isGoneAfterRmdir(dir: string): Promise<boolean> {
  try {
    await rmdir(dir)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
  }
}
