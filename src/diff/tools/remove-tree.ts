/** Removing directories that hostile packages have filled. */
import { execFile } from 'node:child_process'
import { rmdir } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { checkRoomToStart } from './check-free-descriptors.ts'
import { TOOL_PATH } from './environment.ts'

const run = promisify(execFile)
const LATER_MS = 1_000
const OPTIONS = { env: { PATH: TOOL_PATH, LC_ALL: 'C.UTF-8' } }

/**
 * Removes `dir` (absolute) with all that lies in it, even below directories of mode 000; a `dir` that does not exist is fine. Where there are no descriptors to do it
 * with, it is done when there are some, and not waited for.
 * @throws Error when something of it cannot be removed (another user's files, a read-only file system).
 */
export async function removeTree(dir: string): Promise<void> {
  // Most are empty by now, and then no process is needed.
  if (await isGoneAfterRmdir(dir)) return
  try {
    await removeByPrograms(dir)
  } catch (error) {
    if (!isWantOfDescriptors(error)) throw error
    // One that still cannot be removed then is left to the next start.
    void removeLater(dir).catch(() => {})
  }
}

async function removeLater(dir: string): Promise<void> {
  await sleep(LATER_MS, undefined, { ref: false })
  await removeTree(dir)
}

async function removeByPrograms(dir: string): Promise<void> {
  checkRoomToStart()
  // Not `fs.rm`: it holds the event loop for a third of a second over 50,000 files and cannot reach paths longer than PATH_MAX.
  try {
    await run('rm', ['-rf', '--', dir], OPTIONS)
  } catch (error) {
    if (isWantOfDescriptors(error)) throw error
    await run('chmod', ['-R', 'u+rwx', '--', dir], OPTIONS).catch(() => undefined)
    await run('rm', ['-rf', '--', dir], OPTIONS)
  }
}

function isWantOfDescriptors(error: unknown): boolean {
  return ['EMFILE', 'ENFILE'].includes((error as NodeJS.ErrnoException).code ?? '')
}

async function isGoneAfterRmdir(dir: string): Promise<boolean> {
  try {
    await rmdir(dir)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
  }
}
