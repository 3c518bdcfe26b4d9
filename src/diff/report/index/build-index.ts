/** Builds the index of a report in one pass over the report. */
import { randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DamagedReportError } from '../../../errors.ts'
import { BLOCK_BYTES } from '../../content/block-table.ts'
import { compressIfLarge } from '../../content/compress-file.ts'
import type { ContentFile } from '../../content/content-file.ts'
import { memoryContent } from '../../content/memory-content.ts'
import type { ReportVisitor } from '../scan/report-scanner.ts'
import { type ScannedFile, type ScanOptions, scanContent, scanFile } from '../scan/scan-file.ts'
import { IndexBuilder } from './index-builder.ts'
import { INDEX_VERSION } from './index-format.ts'
import { type IndexSink, IndexWriter } from './index-writer.ts'

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
    const writtenBytes = await writeIndex(
      reportPath,
      file,
      (...scan) => scanFile(reportPath, ...scan),
      signal,
    )
    await file.close()
    file = undefined
    // A larger one is read a record here and a record there, for which blocks of it would be decompressed again and again.
    const readyPath = writtenBytes <= BLOCK_BYTES ? await compressIfLarge(temporary) : temporary
    await rename(readyPath, indexPath)
  } catch (error) {
    // The first error is the one to report.
    await file?.close().catch(() => {})
    throw error
  } finally {
    await Promise.all([temporary, `${temporary}.zst`].map((draft) => rm(draft, { force: true })))
  }
}

/**
 * The index of a report, in memory.
 * @param report stays open
 * @throws DamagedReportError if the report is invalid or incomplete; file system errors
 */
export async function indexInMemory(report: ContentFile): Promise<ContentFile> {
  const pieces: Buffer[] = []
  const sink: IndexSink = { writeFile: async (bytes) => void pieces.push(bytes) }
  await writeIndex(report.path, sink, (...scan) => scanContent(report, ...scan))
  return memoryContent(Buffer.concat(pieces), { ...report, path: `${report.path}.index` })
}

/** @param scan scans the report @returns the size of the index */
async function writeIndex(
  reportPath: string,
  sink: IndexSink,
  scan: (visitor: ReportVisitor, options: ScanOptions) => Promise<ScannedFile>,
  signal?: AbortSignal,
): Promise<number> {
  const writer = new IndexWriter(sink)
  const builder = new IndexBuilder(writer.tables)
  const afterChunk = async () => {
    await writer.flush()
    return false
  }
  const { sizeBytes, mtimeNs, digest } = await scan(builder, { signal, afterChunk })
  if (builder.counts.nodes === 0) throw new DamagedReportError(reportPath, 'it has no nodes')
  await writer.finish({
    version: INDEX_VERSION,
    report: { sizeBytes, mtimeNs: String(mtimeNs), digest },
    counts: builder.counts,
    root: builder.root,
    incomplete: builder.incomplete,
    incompleteCount: builder.incompleteCount,
  })
  return writer.writtenBytes
}
