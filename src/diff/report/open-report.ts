/** Opens a report for reading. Builds its index first if no index fits it. */
import { DamagedReportError } from '../../errors.ts'
import { untilAborted } from '../../until-aborted.ts'
import { type ContentFile, openContent } from '../content/content-file.ts'
import { memoryContent } from '../content/memory-content.ts'
import { buildIndex, indexInMemory } from './index/build-index.ts'
import { IndexReader } from './index/index-reader.ts'
import { IndexedReport } from './indexed-report.ts'
import { enqueueScan } from './scan/scan-queue.ts'
import type { Report } from './types.ts'

/** Up to this size, building an index takes less time than finding and reading a stored one. */
const MAX_SMALL_BYTES = 256 * 1024
/** A report that is replaced so often while it is opened indicates a mistake elsewhere. */
const ATTEMPTS = 5

/**
 * Indexes in progress by path, so that each is built once. The map is shared by the whole process because the
 * files are: two engines with one cache must not build the same index twice. An entry removes itself when its
 * build ends.
 */
const building = new Map<string, Promise<void>>()

/**
 * @param reportPath a diffoscope report of JSON version 1
 * @param indexPath path of its index, which is rebuilt if it is missing, damaged, of another version, or
 *   belongs to another report
 * @param signal stops waiting for the index; the build continues because other callers may wait for it
 * @throws DamagedReportError for an invalid or truncated report; OverloadedError if too many scans wait; file
 *   system errors, `ENOENT` if the report does not exist
 */
export async function openReport(
  reportPath: string,
  indexPath: string,
  signal?: AbortSignal,
): Promise<Report> {
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted()
    const file = await openContent(reportPath)
    let index: IndexReader | null = null
    try {
      index = await IndexReader.open(indexPath)
      if (index !== null && fits(file, index)) return new IndexedReport(file, index)
    } catch (error) {
      await Promise.all([file.close(), index?.close()])
      throw error
    }
    await Promise.all([file.close(), index?.close()])
    if (attempt === ATTEMPTS) throw new DamagedReportError(reportPath, 'it keeps changing while it is opened')
    await untilAborted(ensureIndex(reportPath, indexPath), signal)
  }
}

/** A report that is in memory with its index: nothing is stored beside it. */
export interface SmallReport {
  /** Of the report and its index. */
  readonly sizeBytes: number
  open(): Report
}

/**
 * @returns null for a large report
 * @throws DamagedReportError for an invalid or truncated report; file system errors
 */
export async function readSmallReport(reportPath: string): Promise<SmallReport | null> {
  const file = await openContent(reportPath)
  try {
    if (file.sizeBytes > MAX_SMALL_BYTES) return null
    const bytes = Buffer.allocUnsafeSlow(file.sizeBytes)
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0)
    const content = memoryContent(bytes.subarray(0, bytesRead), file)
    const indexContent = await indexInMemory(content)
    const index = await IndexReader.of(indexContent)
    if (!index) throw new Error('the index that was just built cannot be read')
    return {
      sizeBytes: content.sizeBytes + indexContent.sizeBytes,
      open: () => new IndexedReport(content, index),
    }
  } finally {
    await file.close()
  }
}

/**
 * Builds a report's index before the report is opened for the first time.
 * @throws the errors of `openReport`
 */
export function ensureIndex(reportPath: string, indexPath: string): Promise<void> {
  let build = building.get(indexPath)
  if (build === undefined) {
    build = enqueueScan(() => buildIndex(reportPath, indexPath)).finally(() => building.delete(indexPath))
    building.set(indexPath, build)
  }
  return build
}

function fits({ sizeBytes, mtimeNs }: ContentFile, index: IndexReader): boolean {
  const { report } = index.footer
  return sizeBytes === report.sizeBytes && String(mtimeNs) === report.mtimeNs
}
