import { stat, unlink } from 'node:fs/promises'
import { ifThere } from './if-there.ts'
import { type CacheItem, lastUse } from './items.ts'

/**
 * Takes one item out of the cache, with what is noted of it. Whoever has it open reads on.
 * @returns whether it went by us: not where it was used again since it was looked at, has gone already, or cannot be removed
 */
export async function evict({ role, path, usedMs, entry }: CacheItem): Promise<boolean> {
  try {
    if (role === 'diff' && entry) {
      const stats = await ifThere(stat(path))
      if (!stats || (await lastUse(entry, stats)) !== usedMs) return false
    }
    await unlink(path)
    // The entry first: what dies between the two leaves litter, and never an entry that nobody vouches for.
    if (role === 'diff' && entry && !(await ifThere(stat(path))))
      await Promise.all([entry.stampPath, entry.usedPath].map((note) => ifThere(unlink(note))))
    return true
  } catch {
    return false
  }
}
