/** `differ summary` and `differ check`: what changed between two builds, and whether it matters. */
import { writeFile } from 'node:fs/promises'
import type { Config } from '../../config/load.ts'
import { renderSummary, type SummaryFormat } from '../../diff/rendering/summary/render-summary.ts'
import type { Summary } from '../../diff/summary/types.ts'
import { UsageError } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import { type Sides, usePair } from '../use-pair.ts'

/** The least that makes `differ check` fail: see `exceeds`. */
export type FailOn = 'bad' | 'verify' | 'substantive'

export interface SummaryRequest extends Sides {
  readonly format: SummaryFormat
  /** ANSI colours, for text on a terminal. */
  readonly color: boolean
  /** File for the summary; standard output if omitted. */
  readonly outputPath?: string | undefined
}

/**
 * Writes the summary to standard output, or to a file.
 * @throws UsageError, and all errors of the engine
 */
export async function summariseSides(config: Config, log: Logger, request: SummaryRequest): Promise<Summary> {
  return usePair(config, log, request, async ({ engine, pair, makeOptions, clearProgress }) => {
    const { summary } = await engine.make('summary', pair, makeOptions)
    clearProgress()
    const text = renderSummary(summary, request.format, request.color)
    if (request.outputPath === undefined)
      await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()))
    else
      await writeFile(request.outputPath, text).catch((error: NodeJS.ErrnoException) => {
        throw new UsageError(`Cannot write ${request.outputPath}: ${error.message}`)
      })
    return summary
  })
}

/**
 * Whether `differ check` fails. It always fails for an undecided summary, because some packages were not
 * compared.
 */
export function exceeds({ verdict, findings }: Summary, failOn: FailOn): boolean {
  if (verdict === 'UNDECIDED') return true
  if (failOn === 'substantive') return verdict === 'SUBSTANTIVE'
  return findings.some(({ severity }) => severity === 'BAD' || (failOn === 'verify' && severity === 'VERIFY'))
}
