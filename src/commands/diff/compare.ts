import { open, rename, rm } from 'node:fs/promises'
import type { Config } from '../../config/load.ts'
import type { Format } from '../../diff/rendering/format.ts'
import type { StoredDiff } from '../../diff/stored/stored-diffs.ts'
import { UsageError } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import type { DiffKind } from '../../model.ts'
import { type Sides, usePair } from '../use-pair.ts'

export interface DiffRequest extends Sides {
  readonly tool: DiffKind
  readonly format: Format
  readonly filterBoring: boolean
  /** File for the result; standard output if omitted. */
  readonly outputPath?: string | undefined
}

/**
 * Compares two builds with the engine of the service and writes the result.
 * @returns whether the written result shows a difference
 * @throws UsageError, and all errors of the engine
 */
export async function compare(config: Config, log: Logger, request: DiffRequest): Promise<boolean> {
  return usePair(config, log, request, async ({ engine, pair, makeOptions, clearProgress }) => {
    const stored = await engine.make(request.tool, pair, makeOptions)
    clearProgress()
    await write(stored, request)
    return differs(stored, request.filterBoring)
  })
}

async function write(stored: StoredDiff, { format, filterBoring, outputPath }: DiffRequest): Promise<void> {
  const chunks = stored.render(format, { filterBoring })
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

async function differs(stored: StoredDiff, filterBoring: boolean): Promise<boolean> {
  if (stored.kind === 'debdiff') return !(await stored.isEmpty(filterBoring))
  const report = await stored.open(filterBoring)
  try {
    return report.counts.nodes > 1
  } finally {
    await report.close()
  }
}
