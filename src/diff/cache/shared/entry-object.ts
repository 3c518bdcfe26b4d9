/** What an entry is uploaded as. */
import { open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ObjectSource } from '../../../bucket/bucket.ts'
import { compressFile, compressIfLarge } from '../../content/compress-file.ts'
import { openContent } from '../../content/content-file.ts'
import { ensureIndex } from '../../report/open-report.ts'
import { sha256OfFile } from '../../streams/sha256-of-file.ts'
import { type CacheEntry, COMPRESSED_KINDS } from '../entry-store.ts'
import { objectOf, type SharedFile, SMALL_BYTES } from './shared-object.ts'

/**
 * The object of an entry, which the caller closes. A large report is compressed, also where it is not in the cache of
 * this machine, and has its index beside it, so that another machine reads a page of it without reading all.
 * @param dir for files that are made
 * @throws DamagedReportError if the entry is damaged; errors of the system, `ENOENT` if it was evicted
 */
export async function entryObject(
  key: string,
  entry: CacheEntry,
  dir: string,
): Promise<ObjectSource & { close(): Promise<void> }> {
  const path = await compressedEntry(entry, join(dir, 'entry'))
  const paths = [path]
  const main = await describe(path)
  const files = [main]
  if (main.tables !== null && main.bytes > SMALL_BYTES) {
    const indexPath = await compressedIndex(entry, join(dir, 'index'))
    paths.push(indexPath)
    files.push(await describe(indexPath))
  }
  const { origin } = entry
  return objectOf({ key, modifiedS: Math.round(entry.modifiedMs) / 1000, origin, files }, paths)
}

async function compressedEntry({ kind, path }: CacheEntry, compressedPath: string): Promise<string> {
  const content = await openContent(path)
  await content.close()
  const isReady = content.compressed !== null || !COMPRESSED_KINDS.has(kind)
  return isReady ? path : compressIfLarge(path, compressedPath)
}

/** Any index is compressed in the bucket: blocks of it are checked, and read by few requests. */
async function compressedIndex({ path, indexPath }: CacheEntry, compressedPath: string): Promise<string> {
  await ensureIndex(path, `${indexPath}.index`)
  const index = await openContent(`${indexPath}.index`)
  await index.close()
  if (index.compressed) return index.path
  await compressFile(index.path, compressedPath)
  return compressedPath
}

/** Reads a file completely. @throws DamagedReportError if a block is damaged; errors of the system */
async function describe(path: string): Promise<SharedFile> {
  const content = await openContent(path)
  const file = await open(path)
  try {
    const { size } = await stat(path)
    const table = content.compressed?.table
    for await (const _ of content.compressed?.rawBlocks(0, content.compressed.table.count) ?? []);
    const sha256 = await sha256OfFile(file, size)
    if (!table) return { bytes: size, sha256, tables: null }
    const tables = Buffer.alloc(size - table.blocksEnd)
    await file.read(tables, 0, tables.length, table.blocksEnd)
    return { bytes: size, sha256, tables: tables.toString('base64') }
  } finally {
    await Promise.all([content.close(), file.close()])
  }
}
