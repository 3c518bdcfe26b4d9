import { readdir, rmdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { removeTree } from '../tools/remove-tree.ts'

/** Longer than any diff may take. */
const OLD_MS = 2 * 86_400_000

/**
 * Removes what instances of other hosts, long dead, left below `incoming`: a container that is killed comes back under another name, and
 * `sweepDeadInstances` removes only what it knows to be dead. A living one makes its directory anew.
 */
export async function sweepStaleIncoming(incoming: string): Promise<void> {
  const isOld = async (path: string) => {
    const stats = await stat(path).catch(() => null)
    return stats !== null && Date.now() - stats.mtimeMs > OLD_MS
  }
  for (const instance of await readdir(incoming).catch(() => [])) {
    const dir = join(incoming, instance)
    for (const job of await readdir(dir).catch(() => []))
      if (await isOld(join(dir, job))) await removeTree(join(dir, job)).catch(() => {})
    if (await isOld(dir)) await rmdir(dir).catch(() => {})
  }
}
