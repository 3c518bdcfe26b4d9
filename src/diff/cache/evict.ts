import { stat, unlink } from 'node:fs/promises'
import { ifThere } from './if-there.ts'
import { type CacheItem, lastUse } from './scan-cache.ts'

/**
 * Takes one item out of the cache, with what is noted of it. Whoever has it open reads on.
 * @returns `kept` where it was used again since it was looked at, or cannot be removed; `gone` where somebody else has removed it
 */
export async function evict({ role, path, usedMs, entry }: CacheItem): Promise<'evicted' | 'gone' | 'kept'> {
  try {
    if (role === 'diff' && entry) {
      const stats = await ifThere(stat(path))
      if (stats && (await lastUse(entry, stats)) !== usedMs) return 'kept'
    }
    if ((await ifThere(unlink(path).then(() => true))) === null) return 'gone'
    // The entry first: what dies between the two leaves litter, and never an entry that nobody vouches for.
    if (role === 'diff' && entry && !(await ifThere(stat(path))))
      await Promise.all([entry.stampPath, entry.usedPath].map((note) => ifThere(unlink(note))))
    return 'evicted'
  } catch {
    return 'kept'
  }
}
