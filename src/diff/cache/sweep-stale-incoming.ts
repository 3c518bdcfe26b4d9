import { readdir, rmdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { removeTree } from '../tools/remove-tree.ts'

/** Longer than any diff may take. */
const STALE_MS = 2 * 86_400_000

/**
 * Removes old files of other hosts below `incoming`. A container that was killed restarts under another host
 * name, and `sweepDeadInstances` only removes files of processes that it knows to be dead. A process that is
 * still alive creates its directory again. Files that cannot be read or removed are left for the next sweep.
 */
export async function sweepStaleIncoming(incoming: string): Promise<void> {
  const isStale = async (path: string) => {
    const stats = await stat(path).catch(() => null)
    return stats !== null && Date.now() - stats.mtimeMs > STALE_MS
  }
  for (const instance of await readdir(incoming).catch(() => [])) {
    const dir = join(incoming, instance)
    for (const job of await readdir(dir).catch(() => []))
      if (await isStale(join(dir, job))) await removeTree(join(dir, job)).catch(() => {})
    if (await isStale(dir)) await rmdir(dir).catch(() => {})
  }
}
