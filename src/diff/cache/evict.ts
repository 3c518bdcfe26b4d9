import { stat, unlink } from 'node:fs/promises'
import { nullIfMissing } from './null-if-missing.ts'
import { type CacheFile, lastAccess } from './scan-cache.ts'

/**
 * Removes one file from the cache, with the stamp and access time of an entry. Readers that have it open are
 * not affected.
 * @returns `kept` if the entry was used since the scan or cannot be removed; `gone` if another process
 *   removed it
 */
export async function evict({
  role,
  path,
  accessedMs,
  entry,
}: CacheFile): Promise<'evicted' | 'gone' | 'kept'> {
  try {
    const isEntry = role === 'diff' || role === 'part'
    if (isEntry && entry) {
      const stats = await nullIfMissing(stat(path))
      if (stats && (await lastAccess(entry, stats)) !== accessedMs) return 'kept'
    }
    if ((await nullIfMissing(unlink(path).then(() => true))) === null) return 'gone'
    // The entry goes first: a crash in between must not leave an entry without its stamp, only files to
    // sweep.
    if (isEntry && entry && !(await nullIfMissing(stat(path))))
      await Promise.all([entry.stampPath, entry.accessTimePath].map((note) => nullIfMissing(unlink(note))))
    return 'evicted'
  } catch {
    return 'kept'
  }
}
