/**
 * Filters a diffoscope report. The result is stored as a separate report beside the index, so every reader
 * handles it like any report, at the same cost.
 */
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DamagedReportError } from '../../../errors.ts'
import { compressIfLarge } from '../../content/compress-file.ts'
import { openReport } from '../open-report.ts'
import { enqueueScan } from '../scan/scan-queue.ts'
import type { Report, ReportCounts } from '../types.ts'
import { writeFiltered } from './filter-pass.ts'
import type { HiddenNoise, ReportFilter } from './filter-rules.ts'

export interface FilteredReport extends Report {
  /** What the filter removed. A removed hunk counts with all its lines. */
  readonly hidden: ReportCounts
  /** The same by class of noise; empty for a filter without classes. */
  readonly hiddenNoise: readonly HiddenNoise[]
}

type Opened = Report & Pick<FilteredReport, 'hiddenNoise'>

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
  filter: ReportFilter,
  basePath: string,
): Promise<FilteredReport> {
  try {
    const facts = JSON.stringify([filter.facts, report.digest])
    const key = createHash('sha256').update(facts).digest('hex').slice(0, 16)
    const filtered = await openOrMake(report, filter, `${basePath}.${key}.filtered`)
    return Object.assign(filtered, { hidden: subtract(report.counts, filtered.counts) })
  } finally {
    await report.close()
  }
}

async function openOrMake(report: Report, filter: ReportFilter, path: string): Promise<Opened> {
  try {
    return await openMade(path)
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    if (!missing && !(error instanceof DamagedReportError)) throw error
  }
  let made = inProgress.get(path)
  if (made === undefined) {
    made = enqueueScan(() => make(report, filter, path)).finally(() => inProgress.delete(path))
    inProgress.set(path, made)
  }
  await made
  return openMade(path)
}

/** @throws DamagedReportError if a file is damaged; system errors, `ENOENT` if one is missing */
async function openMade(path: string): Promise<Opened> {
  const hiddenNoise = await readHidden(`${path}.hidden`)
  return Object.assign(await openReport(path, `${path}.index`), { hiddenNoise })
}

async function readHidden(path: string): Promise<readonly HiddenNoise[]> {
  const text = await readFile(path, 'utf8')
  try {
    return JSON.parse(text) as HiddenNoise[]
  } catch {
    throw new DamagedReportError(path, 'it is not a list of hidden noise')
  }
}

/** Writes to a temporary file and renames it, so that no reader sees an unfinished one. */
async function make(report: Report, filter: ReportFilter, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const temporary = `${path}.${randomUUID()}.tmp`
  const file = await open(temporary, 'wx')
  try {
    const rules = await filter.createRules(report)
    await writeFiltered(report, rules, file)
    await file.close()
    const readyPath = await compressIfLarge(temporary)
    await writeFile(`${temporary}.hidden`, JSON.stringify(rules.hidden?.() ?? []), { flag: 'wx' })
    await rename(`${temporary}.hidden`, `${path}.hidden`)
    await rename(readyPath, path)
  } finally {
    await file.close()
    const drafts = [temporary, `${temporary}.zst`, `${temporary}.hidden`]
    await Promise.all(drafts.map((one) => rm(one, { force: true })))
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
