/** Compares two files with diffoscope, and writes a report of a pair of files. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { WrittenFacts } from '../making/write-diff.ts'
import { writeReport } from '../making/write-diffoscope.ts'
import type { ReportPart } from '../report/assemble.ts'
import { NOT_COMPARED } from '../report/scan/incomplete.ts'
import { type DiffoscopeOptions, runDiffoscope } from '../tools/run-diffoscope.ts'
import type { ExtractedFiles } from './file-job.ts'

export interface CompareOptions extends DiffoscopeOptions {
  /** Private, on the file system of the cache. */
  readonly outputDir: string
  readonly signal: AbortSignal
}

/**
 * Writes the report to `options.outputPath`. It says itself if diffoscope cannot compare the files.
 * @throws as `runDiffoscope`
 */
export async function compareFiles(files: ExtractedFiles, options: CompareOptions): Promise<WrittenFacts> {
  const sources = { source1: files.oldName, source2: files.newName }
  const { outputDir, outputPath, ...run } = options
  const jsonPath = join(outputDir, `${randomUUID()}.json`)
  const { outcome, lacksTools } = await runDiffoscope(files.oldPath, files.newPath, {
    ...run,
    outputPath: jsonPath,
  })
  const parts: ReportPart[] = []
  if (outcome === 'differs') parts.push({ ...sources, jsonPath })
  else if (outcome === 'same')
    parts.push({ ...sources, comment: 'The bytes differ, but diffoscope finds no difference.' })
  else parts.push({ ...sources, comment: NOT_COMPARED + outcome.crash })
  if (files.attributesPath)
    parts.push({
      jsonPath: files.attributesPath,
      source1: `attributes of ${files.oldName}`,
      source2: `attributes of ${files.newName}`,
    })
  await writeReport(outputPath, parts, options.signal)
  return { lacksTools }
}
