/** Stores diffoscope reports that are in the cache in the other format, one after the other. */
import { link, mkdir, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DamagedReportError } from '../../errors.ts'
import { MIN_COMPRESSED_BYTES, uncompressFile } from '../content/compress-file.ts'
import { instanceDirLater } from '../tools/instance-dir.ts'
import { removeTree } from '../tools/remove-tree.ts'
import { isMissingFile } from './disk-errors.ts'
import { type CacheFormat, EntryStore, ReplacedMeanwhileError } from './entry-store.ts'
import { isComplete } from './is-complete.ts'
import { idsOfKey } from './layout.ts'
import { type CacheFile, scanCache } from './scan-cache.ts'
import { readStamp, type Stamp } from './stamp.ts'

export interface ConvertedReport {
  readonly path: string
  readonly bytesBefore: number
  /** Null if the report is damaged, and stays as it was. */
  readonly bytesAfter: number | null
}

/**
 * Converts the reports whose ids can be part of a legacy path: the old service knows no others. Each is published
 * like a new one before the old file is removed, so a crash loses nothing, and the next call goes on. Reports that
 * are evicted or made again meanwhile are left out, and so are those that lie only in a bucket.
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
      const stamp = ids && file.entry ? await readStamp(file.entry.stampPath) : null
      if (!ids || stamp?.shared?.isStub) continue
      const dir = await drafts.jobDir()
      try {
        const bytesAfter = await convert(store, file, stamp, ids, join(dir, 'report'))
        yield { path: file.path, bytesBefore: file.bytes, bytesAfter }
      } catch (error) {
        if (!isMissingFile(error) && !(error instanceof ReplacedMeanwhileError)) throw error
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

/**
 * @returns the size of the new file; null if the report is damaged
 * @throws `ENOENT` or ReplacedMeanwhileError if it was evicted or made again
 */
async function convert(
  store: EntryStore,
  { path, accessedMs, entry }: CacheFile,
  stamp: Stamp | null,
  [oldId, newId]: [string, string],
  draftPath: string,
): Promise<number | null> {
  const stats = await stat(path)
  if (!(await isComplete('diffoscope', path, stats.size, stamp))) return null
  try {
    if (entry?.key.startsWith('+')) await uncompressFile(path, draftPath)
    else await link(path, draftPath)
  } catch (error) {
    if (error instanceof DamagedReportError) return null
    throw error
  }
  // What the stamp says of a bucket's object remains true, so that it is not uploaded again.
  const { sizeBytes: _, ...facts } = stamp ?? { sizeBytes: 0 }
  const origin = stamp && facts
  const made = await store.publish('diffoscope', oldId, newId, draftPath, origin, { path, stats })
  // Its turn to be evicted stays the same. Times are rounded to milliseconds.
  if (accessedMs > made.modifiedMs + 1) await setAccessTime(made.accessTimePath, accessedMs)
  return made.sizeBytes
}

async function setAccessTime(accessTimePath: string, accessedMs: number): Promise<void> {
  await mkdir(dirname(accessTimePath), { recursive: true })
  await writeFile(accessTimePath, '', { flag: 'a' })
  await utimes(accessTimePath, accessedMs / 1000, accessedMs / 1000)
}
