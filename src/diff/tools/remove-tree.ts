/** Removes directories that hostile packages may have filled. */
import { execFile } from 'node:child_process'
import { opendir, rmdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { assertFreeDescriptors } from './check-free-descriptors.ts'
import { TOOL_PATH } from './environment.ts'

const run = promisify(execFile)
const RETRY_MS = 1_000
const OPTIONS = { env: { PATH: TOOL_PATH, LC_ALL: 'C.UTF-8' } }

/**
 * Removes `dir` (absolute) with all its contents, even below directories of mode 000. Does nothing if `dir`
 * does not exist. If no file descriptors are free, it returns, and removes the directory later in the
 * background.
 * @throws Error if something cannot be removed (files of another user, a read-only file system)
 */
export async function removeTree(dir: string): Promise<void> {
  // Most directories have little or nothing in them by now, and need no process.
  if (await isGoneAfterRmdir(dir)) return
  if (await isGoneAfterRemovingFew(dir)) return
  try {
    await removeWithPrograms(dir)
  } catch (error) {
    if (!isOutOfDescriptors(error)) throw error
    // If that fails too, the next start of the service removes it: see `sweepDeadInstances`.
    void removeLater(dir).catch(() => {})
  }
}

async function removeLater(dir: string): Promise<void> {
  await sleep(RETRY_MS, undefined, { ref: false })
  await removeTree(dir)
}

async function removeWithPrograms(dir: string): Promise<void> {
  assertFreeDescriptors()
  // Not `fs.rm`: it blocks the event loop for 0.3 s with 50,000 files, and cannot remove paths longer than
  // PATH_MAX.
  try {
    await run('rm', ['-rf', '--', dir], OPTIONS)
  } catch (error) {
    if (isOutOfDescriptors(error)) throw error
    // chmod fails for files of other users; rm then says what could not be removed.
    await run('chmod', ['-R', 'u+rwx', '--', dir], OPTIONS).catch(() => undefined)
    await run('rm', ['-rf', '--', dir], OPTIONS)
  }
}

function isOutOfDescriptors(error: unknown): boolean {
  return ['EMFILE', 'ENFILE'].includes((error as NodeJS.ErrnoException).code ?? '')
}

/** Whether `dir` does not exist, now that an empty one has been removed. */
async function isGoneAfterRmdir(dir: string): Promise<boolean> {
  try {
    await rmdir(dir)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
  }
}

/** A directory with more in it is left to a program. */
const FEW = 32
const MAX_DEPTH = 8

/** Whether `dir` does not exist, now that its contents have been removed if they were few. */
async function isGoneAfterRemovingFew(dir: string): Promise<boolean> {
  let left = FEW
  const remove = async (parent: string, depth: number): Promise<void> => {
    for await (const entry of await opendir(parent)) {
      left -= 1
      if (left < 0 || depth > MAX_DEPTH) throw new Error('there is too much in it')
      const path = join(parent, entry.name)
      if (entry.isDirectory()) await remove(path, depth + 1)
      else await unlink(path)
    }
    await rmdir(parent)
  }
  try {
    await remove(dir, 0)
    return true
  } catch {
    // Too much, or something that cannot be removed like this: the programs remove it or say why not.
    return false
  }
}
