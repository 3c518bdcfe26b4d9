/** Opens a report for reading, making its index first where there is none that fits. */
import { type FileHandle, open } from 'node:fs/promises'
import { DamagedReportError } from '../../errors.ts'
import { untilAborted } from '../../until-aborted.ts'
import { buildIndex } from './index/build-index.ts'
import { IndexReader } from './index/index-reader.ts'
import { IndexedReport } from './indexed-report.ts'
import { enqueueScan } from './scan/scan-queue.ts'
import type { Report } from './types.ts'

/** A report that is replaced again and again while it is opened is somebody's mistake. */
const ATTEMPTS = 5

/** Indexes that are being made, so that each is made once. */
const building = new Map<string, Promise<void>>()

/**
 * @param reportPath a diffoscope report (JSON version 1)
 * @param indexPath where its index is kept; it is made, and made again if it is damaged, of another version or not that of this report
 * @param signal ends the waiting for an index; the making goes on, as others may wait for it
 * @throws DamagedReportError where the report is no whole report; file system errors (`ENOENT` where it does not exist).
 */
export async function openReport(
  reportPath: string,
  indexPath: string,
  signal?: AbortSignal,
): Promise<Report> {
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted()
    const file = await open(reportPath)
    let index: IndexReader | null = null
    try {
      index = await IndexReader.open(indexPath)
      if (index !== null && (await fits(file, index))) return new IndexedReport(reportPath, file, index)
    } catch (error) {
      await Promise.all([file.close(), index?.close()])
      throw error
    }
    await Promise.all([file.close(), index?.close()])
    if (attempt === ATTEMPTS) throw new DamagedReportError(reportPath, 'it keeps changing while it is opened')
    await untilAborted(ensureIndex(reportPath, indexPath), signal)
  }
}

/** Makes a report's index now rather than when it is opened for the first time. @throws as `openReport` */
export function ensureIndex(reportPath: string, indexPath: string): Promise<void> {
  let made = building.get(indexPath)
  if (made === undefined) {
    made = enqueueScan(() => buildIndex(reportPath, indexPath)).finally(() => building.delete(indexPath))
    building.set(indexPath, made)
  }
  return made
}

async function fits(file: FileHandle, index: IndexReader): Promise<boolean> {
  const { size, mtimeNs } = await file.stat({ bigint: true })
  const { report } = index.footer
  return Number(size) === report.sizeBytes && String(mtimeNs) === report.mtimeNs
}
