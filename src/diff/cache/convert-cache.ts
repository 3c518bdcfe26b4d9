/** Stores diffoscope reports that are in the cache in the other format, one after the other. */
import { link, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { DamagedReportError } from '../../errors.ts'
import { MIN_COMPRESSED_BYTES, uncompressFile } from '../content/compress-file.ts'
import { instanceDirLater } from '../tools/instance-dir.ts'
import { removeTree } from '../tools/remove-tree.ts'
import { isMissingFile } from './disk-errors.ts'
import { type CacheFormat, EntryStore, isComplete } from './entry-store.ts'
import { idsOfKey } from './layout.ts'
import { type CacheFile, scanCache } from './scan-cache.ts'
import { readStamp } from './stamp.ts'

export interface ConvertedReport {
  readonly path: string
  readonly bytesBefore: number
  /** Null if the report is damaged, and stays as it was. */
  readonly bytesAfter: number | null
}

/**
 * Converts the reports whose ids can be part of a legacy path: the old service knows no others. Each is published
 * like a new one before the old file is removed, so a crash loses nothing, and the next call goes on. Reports that
 * are evicted meanwhile are left out.
 * @throws errors of the system
 */
export async function* convertCache(
  root: string,
  format: CacheFormat,
): AsyncGenerator<ConvertedReport, void, void> {
  const store = new EntryStore(root, { format })
  const drafts = await instanceDirLater(join(root, 'differ', 'incoming'))
  try {
    for await (const file of scanCache(root)) {
      const ids = idsToConvert(file, format)
      if (!ids) continue
      const dir = await drafts.jobDir()
      try {
        const bytesAfter = await convert(store, file, ids, join(dir, 'report'))
        yield { path: file.path, bytesBefore: file.bytes, bytesAfter }
      } catch (error) {
        if (!isMissingFile(error)) throw error
      } finally {
        await removeTree(dir)
      }
    }
  } finally {
    await drafts.remove()
  }
}

/** The ids of the pair if the file is a report in the other format. */
function idsToConvert({ role, bytes, entry }: CacheFile, format: CacheFormat): [string, string] | null {
  if (role !== 'diff' || entry?.kind !== 'diffoscope') return null
  const isOwn = entry.key.startsWith('+')
  if (isOwn ? format === 'compressed' : format === 'legacy' || bytes < MIN_COMPRESSED_BYTES) return null
  return idsOfKey(entry.key)
}

/** @returns the size of the new file; null if the report is damaged @throws `ENOENT` if it was evicted */
async function convert(
  store: EntryStore,
  { path, accessedMs, entry }: CacheFile,
  [oldId, newId]: [string, string],
  draftPath: string,
): Promise<number | null> {
  const stamp = entry ? await readStamp(entry.stampPath) : null
  if (!(await isComplete('diffoscope', path, (await stat(path)).size, stamp))) return null
  try {
    if (entry?.key.startsWith('+')) await uncompressFile(path, draftPath)
    else await link(path, draftPath)
  } catch (error) {
    if (error instanceof DamagedReportError) return null
    throw error
  }
  const { sizeBytes: _, ...origin } = stamp ?? { sizeBytes: 0 }
  const made = await store.publish('diffoscope', oldId, newId, draftPath, stamp && origin)
  // Its turn to be evicted stays the same.
  await utimes(made.path, accessedMs / 1000, accessedMs / 1000)
  return made.sizeBytes
}
