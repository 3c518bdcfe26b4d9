import { open, rename, rm } from 'node:fs/promises'
import type { Config } from '../../config/load.ts'
import type { FilterOptions, Format } from '../../diff/rendering/format.ts'
import type { StoredDiffoscope } from '../../diff/stored/stored-diffoscope.ts'
import type { StoredDiff } from '../../diff/stored/stored-diffs.ts'
import { TypedDebdiff } from '../../diff/stored/typed-debdiff.ts'
import { parseHide } from '../../diff/summary/noise-classes.ts'
import { UsageError } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import type { DiffKind } from '../../model.ts'
import { type Sides, usePair } from '../use-pair.ts'

export interface DiffRequest extends Sides {
  readonly tool: DiffKind
  readonly format: Format
  /** Classes of noise to hide, as `parseHide` takes them. */
  readonly hide: string
  /** File for the result; standard output if omitted. */
  readonly outputPath?: string | undefined
}

/**
 * Compares two builds with the engine of the service and writes the result.
 * @returns whether the written result shows a difference
 * @throws UsageError, and all errors of the engine
 */
export async function compare(config: Config, log: Logger, request: DiffRequest): Promise<boolean> {
  const classes = parseHide(request.hide)
  return usePair(config, log, request, async ({ engine, pair, makeOptions, clearProgress }) => {
    const stored = await engine.make(request.tool, pair, makeOptions)
    // It says what is noise, and what debdiff's output lacks.
    const needsSummary = classes.length > 0 || stored.kind === 'debdiff'
    const summary = needsSummary ? await engine.make('summary', pair, makeOptions) : null
    clearProgress()
    const options: FilterOptions = { filterBoring: false, hide: summary?.hide(classes) }
    await write(stored, options, request)
    if (stored.kind === 'diffoscope') return reportDiffers(stored, options)
    return summary !== null && !new TypedDebdiff(summary, classes).isEmpty
  })
}

async function write(
  stored: StoredDiff,
  options: FilterOptions,
  { format, outputPath }: DiffRequest,
): Promise<void> {
  const chunks = stored.render(format, options)
  if (outputPath === undefined) {
    for await (const chunk of chunks)
      await new Promise<void>((resolve, reject) =>
        process.stdout.write(chunk, (error) => (error ? reject(error) : resolve())),
      )
    return
  }
  // Renamed when complete, so that the requested name never stands for a partial result.
  const incomplete = `${outputPath}.differ-${process.pid}`
  const file = await open(incomplete, 'w').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`Cannot write ${outputPath}: ${error.message}`)
  })
  try {
    for await (const chunk of chunks) await file.writeFile(chunk)
    await file.close()
    await rename(incomplete, outputPath)
  } catch (error) {
    await file.close()
    await rm(incomplete, { force: true })
    throw error
  }
}

/** Says on standard error what is hidden. @returns whether the report shows a difference */
async function reportDiffers(stored: StoredDiffoscope, options: FilterOptions): Promise<boolean> {
  const report = await stored.open(options)
  try {
    const hidden = report.hiddenNoise.map((one) => `${one.class} ${one.files}`)
    if (hidden.length > 0)
      process.stderr.write(`Hidden noise, in files and lists by class: ${hidden.join(', ')}\n`)
    return report.counts.nodes > 1
  } finally {
    await report.close()
  }
}
