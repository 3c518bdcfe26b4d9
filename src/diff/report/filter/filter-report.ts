/**
 * A diffoscope report without what every rebuild changes. What the filter leaves is kept as a report of its own beside the index, so
 * every format and every reader takes it as it takes any report, at the same cost.
 */
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DamagedReportError } from '../../../errors.ts'
import { openReport } from '../open-report.ts'
import { enqueueScan } from '../scan/scan-queue.ts'
import type { Report, ReportCounts } from '../types.ts'
import { writeFiltered } from './filter-pass.ts'
import type { BuildVersions } from './filter-rules.ts'

/** Counted up whenever the filter leaves something else of an unchanged report. */
const FILTER_VERSION = 2

export interface FilteredReport extends Report {
  /** What is not shown; a hunk that is hidden counts with all its lines. */
  readonly hidden: ReportCounts
}

/** Filtered reports that are being made, so that each is made once. */
const making = new Map<string, Promise<void>>()

/**
 * Opens what the filter leaves of `report`, making it where it is not there yet. Takes `report` over: it is closed, also on failure.
 * @param basePath where it is kept: the files' names begin with this; they can be deleted at any time
 * @throws as openReport and Report's methods; file system errors
 */
export async function openFilteredReport(
  report: Report,
  versions: BuildVersions,
  basePath: string,
): Promise<FilteredReport> {
  try {
    const { oldVersion, newVersion } = versions
    const facts = JSON.stringify([FILTER_VERSION, report.digest, oldVersion, newVersion])
    const key = createHash('sha256').update(facts).digest('hex').slice(0, 16)
    const filtered = await openOrMake(report, versions, `${basePath}.${key}.filtered`)
    return Object.assign(filtered, { hidden: difference(report.counts, filtered.counts) })
  } finally {
    await report.close()
  }
}

async function openOrMake(report: Report, versions: BuildVersions, path: string): Promise<Report> {
  const indexPath = `${path}.index`
  try {
    return await openReport(path, indexPath)
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    if (!missing && !(error instanceof DamagedReportError)) throw error
  }
  let made = making.get(path)
  if (made === undefined) {
    made = enqueueScan(() => make(report, versions, path)).finally(() => making.delete(path))
    making.set(path, made)
  }
  await made
  return openReport(path, indexPath)
}

/** Written aside and renamed, so that nobody meets half of it. */
async function make(report: Report, versions: BuildVersions, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const aside = `${path}.${randomUUID()}.tmp`
  const file = await open(aside, 'wx')
  try {
    await writeFiltered(report, versions, file)
    await file.close()
    await rename(aside, path)
  } catch (error) {
    await file.close()
    await rm(aside, { force: true })
    throw error
  }
}

function difference(all: ReportCounts, left: ReportCounts): ReportCounts {
  return {
    nodes: all.nodes - left.nodes,
    hunks: all.hunks - left.hunks,
    addedLines: all.addedLines - left.addedLines,
    removedLines: all.removedLines - left.removedLines,
  }
}
