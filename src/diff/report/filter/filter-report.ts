/**
 * Removes from a diffoscope report the changes that every rebuild causes. The result is stored as a separate
 * report beside the index, so every reader handles it like any report, at the same cost.
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

/** Increase it whenever the filter's result for the same report changes. */
const FILTER_VERSION = 2

export interface FilteredReport extends Report {
  /** What the filter removed. A removed hunk counts with all its lines. */
  readonly hidden: ReportCounts
}

/**
 * Filtered reports in progress by path, so that each is made once. Shared by the whole process because the
 * files are: two engines with one cache must not make the same file twice. An entry removes itself when it is
 * done.
 */
const inProgress = new Map<string, Promise<void>>()

/**
 * Opens the filtered report, and makes it first if it does not exist yet. Takes ownership of `report` and
 * closes it, also on failure.
 * @param basePath the paths of the result and of its index begin with it; both may be deleted at any time
 * @throws the errors of `openReport` and of Report's methods; file system errors
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
    return Object.assign(filtered, { hidden: subtract(report.counts, filtered.counts) })
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
  let made = inProgress.get(path)
  if (made === undefined) {
    made = enqueueScan(() => make(report, versions, path)).finally(() => inProgress.delete(path))
    inProgress.set(path, made)
  }
  await made
  return openReport(path, indexPath)
}

/** Writes to a temporary file and renames it, so that no reader sees an unfinished one. */
async function make(report: Report, versions: BuildVersions, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const temporary = `${path}.${randomUUID()}.tmp`
  const file = await open(temporary, 'wx')
  try {
    await writeFiltered(report, versions, file)
    await file.close()
    await rename(temporary, path)
  } catch (error) {
    await file.close()
    await rm(temporary, { force: true })
    throw error
  }
}

function subtract(all: ReportCounts, left: ReportCounts): ReportCounts {
  return {
    nodes: all.nodes - left.nodes,
    hunks: all.hunks - left.hunks,
    addedLines: all.addedLines - left.addedLines,
    removedLines: all.removedLines - left.removedLines,
  }
}
