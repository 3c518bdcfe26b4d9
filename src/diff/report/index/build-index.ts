/** Builds a report's index in one pass over the report. */
import { randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DamagedReportError } from '../../../errors.ts'
import { BLOCK_BYTES, compressIfLarge } from '../../content/compress-file.ts'
import { scanFile } from '../scan/scan-file.ts'
import { IndexBuilder } from './index-builder.ts'
import { INDEX_VERSION } from './index-format.ts'
import { IndexWriter } from './index-writer.ts'

/**
 * Writes the index of a report to `indexPath`, and creates its directory. Writes to a temporary file and
 * renames it, so that no reader sees an unfinished index.
 * @throws DamagedReportError if the report is invalid or incomplete; the signal's reason; file system errors
 */
export async function buildIndex(reportPath: string, indexPath: string, signal?: AbortSignal): Promise<void> {
  await mkdir(dirname(indexPath), { recursive: true })
  const temporary = `${indexPath}.${randomBytes(6).toString('hex')}.tmp`
  let file: FileHandle | undefined
  try {
    file = await open(temporary, 'wx')
    const writer = new IndexWriter(file)
    const builder = new IndexBuilder(writer.tables)
    const { sizeBytes, mtimeNs, digest } = await scanFile(reportPath, builder, {
      signal,
      afterChunk: async () => {
        await writer.flush()
        return false
      },
    })
    if (builder.counts.nodes === 0) throw new DamagedReportError(reportPath, 'it has no nodes')
    await writer.finish({
      version: INDEX_VERSION,
      report: { sizeBytes, mtimeNs: String(mtimeNs), digest },
      counts: builder.counts,
      root: builder.root,
      incomplete: builder.incomplete,
      incompleteCount: builder.incompleteCount,
    })
    await file.close()
    file = undefined
    // A larger one is read a record here and a record there, for which blocks of it would be decompressed again and again.
    const readyPath = writer.writtenBytes <= BLOCK_BYTES ? await compressIfLarge(temporary) : temporary
    await rename(readyPath, indexPath)
  } catch (error) {
    // The first error is the one to report.
    await file?.close().catch(() => {})
    throw error
  } finally {
    await Promise.all([temporary, `${temporary}.zst`].map((draft) => rm(draft, { force: true })))
  }
}
